"""The desk: what staff record where there is no device, and what the rules propose there."""
