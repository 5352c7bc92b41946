"""Pages that explore without a kernel: what the widget would be asked is asked beforehand, and the answers are kept."""
