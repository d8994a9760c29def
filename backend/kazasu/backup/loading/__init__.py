"""Putting a backup's rows into an empty database."""

from kazasu.backup.loading.service import DatabaseNotEmptyError, load_backup, refuse_unless_empty

__all__ = ["DatabaseNotEmptyError", "load_backup", "refuse_unless_empty"]
