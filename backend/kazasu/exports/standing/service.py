"""Whether a check went out: what a decision may still undo hangs on it."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import select

from kazasu.db import Session
from kazasu.exports.models import ExportItemRow

__all__ = ["EXPORT_LOCK", "exported_among", "is_exported"]

EXPORT_LOCK: Final = "export-batch"
"""Held by whoever makes or withdraws a batch, or undoes a decision; taken before the order of the audit log."""


async def is_exported(session: Session, check: str) -> bool:
    """Whether the check is out in a batch that stands: its decision is then not undone before that is withdrawn."""
    return bool(await exported_among(session, [check]))


async def exported_among(session: Session, checks: Iterable[str]) -> set[str]:
    """Those of the checks that are out in a batch that stands."""
    return set(await session.scalars(select(ExportItemRow.standing).where(ExportItemRow.standing.in_(list(checks)))))
