"""The protocol between Python and the browser. It knows bytes, not models."""
