"""Backups: the whole database in one encrypted file, verified by reading it back."""
