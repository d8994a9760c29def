"""The states of a bulk job. Pure."""

from enum import StrEnum

__all__ = ["BulkState"]


class BulkState(StrEnum):
    """Where one request to the bulk interface stands.

    `asked` is to be sent; `received` has a reception number and waits for its result; `done` and `failed` are the end:
    what a failed one asked about goes into another.
    """

    ASKED = "asked"
    RECEIVED = "received"
    DONE = "done"
    FAILED = "failed"

    @property
    def is_due(self) -> bool:
        """Whether something is still to be done for it."""
        return self in (BulkState.ASKED, BulkState.RECEIVED)
