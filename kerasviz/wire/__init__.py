"""The protocol between Python and the browser: knows bytes, not models."""
