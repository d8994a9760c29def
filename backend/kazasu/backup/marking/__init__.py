"""What a verified backup changes: devices may forget what it holds."""

from kazasu.backup.marking.service import mark_backed_up_logs

__all__ = ["mark_backed_up_logs"]
