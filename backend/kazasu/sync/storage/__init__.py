"""checksync's port `LogStorage` over the server's database."""

from kazasu.sync.storage.service import SqlLogStorage

__all__ = ["SqlLogStorage"]
