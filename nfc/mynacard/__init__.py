"""Reads the My Number card."""
