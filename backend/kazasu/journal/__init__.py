"""The journal: what no restored backup may undo, one synced line each, outside of the database and its backups."""

from kazasu.journal.journal import Journal, JournalDamagedError, JournalUnavailableError
from kazasu.journal.record import JournalKind, JournalRead, JournalRecord, read_journal

__all__ = [
    "Journal",
    "JournalDamagedError",
    "JournalKind",
    "JournalRead",
    "JournalRecord",
    "JournalUnavailableError",
    "read_journal",
]
