"""Reading one state of the whole database, row by row."""

from kazasu.backup.dump.service import dump_rows, read_summary

__all__ = ["dump_rows", "read_summary"]
