"""The widget: a session that computes, a stage that shows, and `ExplainerWidget` that composes them."""
