"""A model as the Python code that builds it."""
