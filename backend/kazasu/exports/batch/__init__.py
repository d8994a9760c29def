"""Numbered export batches: made once, the same octets for ever, withdrawn as a whole."""

from kazasu.exports.batch.content import ExportedCheck, ExportFormat, batch_files
from kazasu.exports.batch.service import make_batch, withdraw_batch

__all__ = ["ExportFormat", "ExportedCheck", "batch_files", "make_batch", "withdraw_batch"]
