"""Numbers of exports: each once, whatever is restored."""

from kazasu.exports.numbering.service import take_export_number

__all__ = ["take_export_number"]
