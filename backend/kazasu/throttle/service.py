"""Counting failed attempts, in transactions of their own: the request that failed has nothing to commit."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from kazasu import audit
from kazasu.context import Context
from kazasu.db import Session
from kazasu.problems import ProblemError
from kazasu.throttle.limit import Attempts, Limit, after_failure
from kazasu.throttle.models import FailedAttemptRow

# Longer than any wait that can be set; by then nothing would count any more.
_FORGOTTEN_AFTER = timedelta(days=2)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def attempt_key(*parts: str) -> bytes:
    """What failures are counted under: hashed, so that a password typed into the login field is not kept."""
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).digest()


async def refuse_while_blocked(context: Context, limits: Mapping[bytes, Limit]) -> None:
    """Problem `too-many-attempts` with Retry-After while any of these must wait."""
    async with context.database.reading() as session:
        rows = await session.scalars(select(FailedAttemptRow).where(FailedAttemptRow.key.in_(list(limits))))
        now = context.clock.now()
        wait_s = max((_attempts(row).wait_s(now) for row in rows), default=0)
    if wait_s:
        raise ProblemError("too-many-attempts", headers={"Retry-After": str(wait_s)})


async def note_failure(
    context: Context, limits: Mapping[bytes, Limit], *, action: str, subject_type: str, subject: str
) -> None:
    """Counts one failure under every key and audits it."""
    async with context.database.writing() as session:
        now = context.clock.now()
        await session.execute(delete(FailedAttemptRow).where(FailedAttemptRow.last_at < now - _FORGOTTEN_AFTER))
        for key, limit in limits.items():
            row = await _locked(session, key)
            after = after_failure(_attempts(row) if row.failures else None, limit, now)
            row.failures, row.last_at, row.blocked_until = after.failures, after.last_at, after.blocked_until
        await audit.append(session, audit.SYSTEM, action, subject_type, subject, {}, now)
        await session.commit()


async def forgive(session: Session, *keys: bytes) -> None:
    """Forgets the failures under these keys, in the caller's transaction."""
    await session.execute(delete(FailedAttemptRow).where(FailedAttemptRow.key.in_(keys)))


async def _locked(session: Session, key: bytes) -> FailedAttemptRow:
    wanted = select(FailedAttemptRow).where(FailedAttemptRow.key == key).with_for_update()
    row = await session.scalar(wanted)
    if row is None:
        try:
            async with session.begin_nested():
                row = FailedAttemptRow(key=key, failures=0, last_at=_NEVER, blocked_until=None)
                session.add(row)
        except IntegrityError:
            row = (await session.scalars(wanted)).one()
    return row


def _attempts(row: FailedAttemptRow) -> Attempts:
    return Attempts(row.failures, row.last_at, row.blocked_until)
