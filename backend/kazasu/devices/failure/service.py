"""The last failures of each device, and the counts of each day."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select, update

from kazasu.clock import day_in_japan
from kazasu.db import Session, insert_if_absent
from kazasu.devices.models import DeviceFailureCountRow, DeviceFailureRow

__all__ = ["KEPT_COUNT_DAYS", "KEPT_FAILURES", "failure_counts", "last_failures", "note_failure"]

KEPT_FAILURES = 50
"""Of each device, the newest."""
KEPT_COUNT_DAYS = 400


async def note_failure(
    session: Session, device: str, *, name: str, reason: str | None, log: str | None, at: datetime
) -> None:
    """Keeps it in the caller's transaction; the oldest beyond the limit goes, its count stays."""
    row = DeviceFailureRow(
        device=device, at=at, name=name[:60], reason=reason[:80] if reason else None, log=log[:64] if log else None
    )
    session.add(row)
    await session.flush()
    newest = (
        select(DeviceFailureRow.id)
        .where(DeviceFailureRow.device == device)
        .order_by(DeviceFailureRow.id.desc())
        .offset(KEPT_FAILURES)
        .limit(1)
    )
    last_kept = await session.scalar(newest)
    if last_kept is not None:
        await session.execute(
            delete(DeviceFailureRow).where(DeviceFailureRow.device == device, DeviceFailureRow.id <= last_kept)
        )
    day = day_in_japan(at)
    counted = {"device": device, "day": day, "name": name[:60], "count": 0}
    await insert_if_absent(session, DeviceFailureCountRow.__table__, [counted])
    await session.execute(
        update(DeviceFailureCountRow)
        .where(
            DeviceFailureCountRow.device == device,
            DeviceFailureCountRow.day == day,
            DeviceFailureCountRow.name == name[:60],
        )
        .values(count=DeviceFailureCountRow.count + 1)
    )
    await session.execute(
        delete(DeviceFailureCountRow).where(
            DeviceFailureCountRow.device == device, DeviceFailureCountRow.day < day - timedelta(days=KEPT_COUNT_DAYS)
        )
    )


async def last_failures(session: Session, device: str) -> Sequence[DeviceFailureRow]:
    """The newest first."""
    found = await session.scalars(
        select(DeviceFailureRow).where(DeviceFailureRow.device == device).order_by(DeviceFailureRow.id.desc())
    )
    return found.all()


async def failure_counts(session: Session, device: str, *, since: date) -> Sequence[DeviceFailureCountRow]:
    """The newest day first."""
    found = await session.scalars(
        select(DeviceFailureCountRow)
        .where(DeviceFailureCountRow.device == device, DeviceFailureCountRow.day >= since)
        .order_by(DeviceFailureCountRow.day.desc(), DeviceFailureCountRow.name)
    )
    return found.all()
