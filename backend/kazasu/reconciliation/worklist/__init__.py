"""The open holds in the order in which they are worked off, filtered, page by page."""

from kazasu.reconciliation.worklist.cursor import WorkPlace
from kazasu.reconciliation.worklist.service import WorkFilter, list_work

__all__ = ["WorkFilter", "WorkPlace", "list_work"]
