"""What an entry means: reading, verifying, the check and its state."""
