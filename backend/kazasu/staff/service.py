"""Staff and their sign-in. Everything that changes is audited; a password is never in an argument that is logged."""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from kazasu import audit
from kazasu.context import Context
from kazasu.db import Session, new_id
from kazasu.journal import Journal, JournalKind
from kazasu.problems import ProblemError
from kazasu.staff.models import OfficeSessionRow, StaffRow
from kazasu.staff.password import (
    MINIMUM_LENGTH,
    PasswordTooWeakError,
    hash_password,
    is_due_for_rehash,
    is_password_right,
)
from kazasu.staff.role import Role
from kazasu.throttle import Limit, attempt_key, forgive, note_failure, refuse_while_blocked


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A person signed in, or listed."""

    id: str
    login: str
    name: str
    roles: frozenset[Role]
    is_active: bool = True

    def has(self, *roles: Role) -> bool:
        """Whether one of these roles is theirs."""
        return not self.roles.isdisjoint(roles)


def _member(row: StaffRow) -> StaffMember:
    roles = frozenset(Role(role) for role in row.roles)
    return StaffMember(row.id, row.login, row.name, roles, row.deactivated_at is None)


def token_hash(token: str) -> bytes:
    """How a token is known in the database. Tokens are 256 random bits: no salt, no slow hash needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


async def add_staff(
    session: Session, *, login: str, name: str, password: str, roles: Iterable[Role], actor: str, at: datetime
) -> StaffMember:
    """A new person; problems `login-taken`, `password-too-weak`."""
    try:
        hashed = await hash_password(password)
    except PasswordTooWeakError:
        raise ProblemError("password-too-weak", minimum_length=MINIMUM_LENGTH) from None
    row = StaffRow(
        id=new_id(),
        login=login.strip().casefold(),
        name=name.strip(),
        roles=sorted(role.value for role in set(roles)),
        password_hash=hashed,
        made_at=at,
        deactivated_at=None,
    )
    try:
        async with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise ProblemError("login-taken") from None
    await audit.append(session, actor, "staff_added", "staff", row.id, {"roles": row.roles}, at)
    return _member(row)


async def deactivate_staff(session: Session, staff: str, *, actor: str, journal: Journal, at: datetime) -> StaffMember:
    """The person signs in no more and is signed out at once; problems `not-found`, `last-administrator`."""
    active = (await session.scalars(select(StaffRow).where(StaffRow.deactivated_at.is_(None)).with_for_update())).all()
    row = await session.get(StaffRow, staff)
    if row is None:
        raise ProblemError("not-found")
    if row.deactivated_at is not None:
        return _member(row)
    if not any(Role.ADMINISTRATOR in other.roles for other in active if other.id != staff):
        raise ProblemError("last-administrator")
    journal.append(JournalKind.STAFF_DEACTIVATED, staff, at)
    row.deactivated_at = at
    await session.execute(
        update(OfficeSessionRow)
        .where(OfficeSessionRow.staff == staff, OfficeSessionRow.ended_at.is_(None))
        .values(ended_at=at)
    )
    await audit.append(session, actor, "staff_deactivated", "staff", staff, {}, at)
    return _member(row)


async def list_staff(session: Session) -> Sequence[StaffMember]:
    """Everyone, by login."""
    return [_member(row) for row in await session.scalars(select(StaffRow).order_by(StaffRow.login))]


async def find_by_login(session: Session, login: str) -> StaffMember | None:
    """The active person of this login."""
    row = await session.scalar(
        select(StaffRow).where(StaffRow.login == login.strip().casefold(), StaffRow.deactivated_at.is_(None))
    )
    return _member(row) if row is not None else None


async def identify(context: Context, *, login: str, password: str, came_from: str) -> StaffMember:
    """The person of this login and password, throttled by login and by where the attempts come from.

    Problems `sign-in-refused`, `too-many-attempts`. Hashing runs outside of any transaction.
    """
    login = login.strip().casefold()
    settings = context.settings
    wait = timedelta(seconds=settings.sign_in_wait_s)
    # One login from one place is guessing; one login from everywhere or one place for everyone needs more to be so.
    by_login_from = attempt_key("login-from", login, came_from)
    by_login = attempt_key("login", login)
    limits = {
        by_login_from: Limit(settings.sign_in_attempts, wait),
        by_login: Limit(settings.sign_in_attempts * 10, wait),
        attempt_key("from", came_from): Limit(settings.sign_in_attempts * 10, wait),
    }
    await refuse_while_blocked(context, limits)
    async with context.database.reading() as session:
        row = await session.scalar(select(StaffRow).where(StaffRow.login == login, StaffRow.deactivated_at.is_(None)))
    if not await is_password_right(password, row.password_hash if row else None) or row is None:
        await note_failure(
            context, limits, action="sign_in_failed", subject_type="staff", subject=row.id if row else "unknown"
        )
        raise ProblemError("sign-in-refused")
    rehashed = await hash_password(password) if is_due_for_rehash(row.password_hash) else row.password_hash
    async with context.database.writing() as session:
        # What is counted for the whole address stays: one right sign-in does not make its others right.
        await forgive(session, by_login_from, by_login)
        if rehashed != row.password_hash:
            await session.execute(update(StaffRow).where(StaffRow.id == row.id).values(password_hash=rehashed))
        await session.commit()
    return _member(row)


async def open_office_session(
    session: Session, member: StaffMember, *, lifetime: timedelta, at: datetime
) -> tuple[str, datetime]:
    """An opaque bearer token, given out once, and when it ends."""
    token = secrets.token_urlsafe(32)
    expires_at = at + lifetime
    session.add(
        OfficeSessionRow(
            token_hash=token_hash(token), staff=member.id, made_at=at, expires_at=expires_at, ended_at=None
        )
    )
    await session.flush()
    await audit.append(session, audit.staff_actor(member.id), "office_sign_in", "staff", member.id, {}, at)
    return token, expires_at


async def end_office_session(session: Session, token: str, *, at: datetime) -> None:
    """Signed out; harmless where it was already."""
    row = await session.get(OfficeSessionRow, token_hash(token))
    if row is not None and row.ended_at is None:
        row.ended_at = at
        await audit.append(session, audit.staff_actor(row.staff), "office_sign_out", "staff", row.staff, {}, at)


async def member_of_token(session: Session, token: str, *, at: datetime) -> StaffMember:
    """Who holds this office token now; problem `token-not-valid`."""
    row = await session.scalar(
        select(StaffRow)
        .join(OfficeSessionRow, OfficeSessionRow.staff == StaffRow.id)
        .where(
            OfficeSessionRow.token_hash == token_hash(token),
            OfficeSessionRow.ended_at.is_(None),
            OfficeSessionRow.expires_at > at,
            StaffRow.deactivated_at.is_(None),
        )
    )
    if row is None:
        raise ProblemError("token-not-valid")
    return _member(row)
