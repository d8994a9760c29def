"""The complete Kazasu device in Python."""
