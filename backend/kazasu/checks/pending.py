"""Entries that named a check before it was here are read again when it comes. Imports no SQL."""

from kazasu.checks.recorded import waiting_for
from kazasu.checks.rereading import reread_entry
from kazasu.context import Context
from kazasu.db import Session

__all__ = ["apply_pending"]


async def apply_pending(session: Session, context: Context, check: str, *, not_entry: int) -> None:
    """Reads again, oldest first, what is held for want of this check."""
    for entry in await waiting_for(session, check):
        if entry != not_entry:
            await reread_entry(session, context, entry)
