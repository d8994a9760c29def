"""Reading stored entries in their order, and noting what became of each."""

from kazasu.sync.entries.service import READING_FAILED, read_all, read_guarded, set_outcome

__all__ = ["READING_FAILED", "read_all", "read_guarded", "set_outcome"]
