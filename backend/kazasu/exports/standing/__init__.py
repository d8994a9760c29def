"""Which checks are out in a batch that stands."""

from kazasu.exports.standing.service import EXPORT_LOCK, exported_among, is_exported

__all__ = ["EXPORT_LOCK", "exported_among", "is_exported"]
