"""The device log and its sync."""
