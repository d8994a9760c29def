"""A patient's consents as the office sees and takes them back."""
