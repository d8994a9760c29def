"""Holds that were raised before there was a worklist get their place in it."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from kazasu.db import Database
from kazasu.db.migration import downgrade, upgrade

BEFORE = "0006"


@pytest.fixture
async def empty(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    try:
        yield opened
    finally:
        await opened.close()


DEVICE = text(
    "INSERT INTO devices (id, name, jwk, thumbprint, state, enrolled_at) "
    "VALUES ('d', 'tablet', '{}', 't', 'confirmed', :at)"
)
CHECK = text(
    "INSERT INTO checks (id, state, log, entry_number, entry, device, duty_pass, check_type, setting, identity_method, "
    "assurance, card_kind, serves_for_medical_information, device_checked_at, checked_at, checked_on, received_at) "
    "VALUES ('c', 'held', 'l', 1, 1, 'd', 'p', 'home_consent', 'home_visit', 'pin', 'card_signed', 'plastic', false, "
    ":at, :at, '2026-11-30', :at)"
)
HOLD = text(
    'INSERT INTO holds (id, reason, state, "check", evidence, raised_at) '
    "VALUES (:id, :reason, 'open', :check, '{}', :at)"
)
HOLDS = (("h1", "other_person", "c"), ("h2", "log_gap", None), ("h3", "push_refused", None))


async def test_holds_of_before_are_placed_by_their_checks_day(empty: Database) -> None:
    await upgrade(empty, BEFORE)
    at = "2026-12-31 20:00:00.000000" + ("+00:00" if empty.url.get_backend_name() == "postgresql" else "")
    async with empty.engine.begin() as connection:
        await connection.execute(DEVICE, {"at": at})
        await connection.execute(CHECK, {"at": at})
        for id_, reason, check in HOLDS:
            await connection.execute(HOLD, {"id": id_, "reason": reason, "check": check, "at": at})
    await upgrade(empty)
    async with empty.engine.connect() as connection:
        found = await connection.execute(
            text("SELECT id, severity, deadline, rank, month, device FROM holds ORDER BY id")
        )
        rows = [tuple(str(value) for value in row) for row in found]
    # The day is the check's where there is one; else that of the raising, as the database has it.
    assert rows[0] == ("h1", "blocking", "2026-12-10", "-7", "2026-11-01", "d")
    assert rows[1] == ("h2", "unclean", "2027-01-10", "-7", "2026-12-01", "None")
    assert rows[2] == ("h3", "notice", "9999-12-31", "0", "2026-12-01", "None")
    await downgrade(empty, BEFORE)
    await upgrade(empty)
