"""Device logs as stored, the push endpoint, the feed."""

from kazasu.sync.seam import EntryOutcome, Outcome, ReadEntry, StoredEntry

__all__ = ["EntryOutcome", "Outcome", "ReadEntry", "StoredEntry"]
