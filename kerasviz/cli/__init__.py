"""The command `kerasviz`, and what it says about an installation."""
