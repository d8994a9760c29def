"""A patient met by several people on one day: whatever order their devices sync in, it comes to the same visits."""

import random
from pathlib import Path
from typing import Any

import pytest
from harness.database import _make_tables
from harness.door import (
    CheckRow,
    Door,
    HoldRow,
    InquiryRow,
    later,
    make_door,
    second_device,
    states_by_audit,
    states_by_table,
)

import checksync as cs
from kazasu.db import Database
from kazasu.inquiries.models import AnswerRow
from kazasu.inquiries.state import InquiryState
from kazasu.reports.service import checks_of_month

pytestmark = pytest.mark.database

MINUTES = (0, 5, 12, 40, 55, 100, 170, 260)


async def day(folder: Path, seed: int, arrival: int) -> dict[str, Any]:
    """One day by one seed, synced in one of many orders; what it came to, by the order of the touches."""
    url = f"sqlite:///{folder / 'kazasu.db'}"
    _make_tables(url)
    database = Database(url)
    try:
        dice = random.Random(seed)  # noqa: S311 - a test's dice
        first = await make_door(database, folder)
        doors: list[Door] = [first, await second_device(first), await second_device(first)]
        person = dice.choice(["sato", "yamamoto"])
        patient = await first.patient(person)
        visit = await first.visit(patient)
        touches: list[str] = []
        now = 0
        for minute in sorted(dice.sample(MINUTES, 5)):
            later(first, minutes=minute - now)
            now = minute
            subject: Any = cs.PatientSubject(id=patient)
            if dice.random() < 0.3:
                subject = cs.VisitSubject(id=visit)
            door = dice.choice(doors)
            touches.append(door.record_check(person, subject=subject, with_attributes=dice.random() < 0.3))
        later(first, hours=8)
        order = random.Random(arrival)  # noqa: S311
        waiting = [door for door in doors if door.log.last]
        order.shuffle(waiting)
        for door in waiting:
            await door.push()
            if order.random() < 0.5:
                await first.work()
        while await first.work():
            pass
        place = {check: index for index, check in enumerate(touches)}
        rows = await first.rows(CheckRow)
        assert await states_by_audit(database) == await states_by_table(database)
        # Asked once a visit, whoever's check came first.
        counted = {row.repeat_of or row.id for row in rows}
        asked = await first.rows(InquiryRow, InquiryRow.state != InquiryState.WITHDRAWN)
        assert {row.check for row in asked} == counted
        async with database.reading() as session:
            usage = await checks_of_month(session, 2026, 12)
        return {
            "visits": sorted((place[row.repeat_of or row.id], place[row.id]) for row in rows),
            "states": sorted((place[row.id], row.state.value) for row in rows),
            "holds": sorted(
                (place[row.check], row.reason.value, place.get(row.evidence.get("with", ""), -1))
                for row in await first.rows(HoldRow, HoldRow.closed_at.is_(None))
            ),
            "answers": len(await first.rows(AnswerRow)),
            "counted": usage,
        }
    finally:
        await database.close()


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """One for each order of arrival."""
    made = [tmp_path / str(arrival) for arrival in range(4)]
    for folder in made:
        folder.mkdir()
    return made


@pytest.mark.parametrize("seed", range(6))
async def test_the_order_of_arrival_does_not_matter(folders: list[Path], seed: int) -> None:
    expected = None
    for arrival, folder in enumerate(folders):
        found = await day(folder, seed, arrival)
        usage = found.pop("counted")
        found["usage"] = usage.card_checks
        assert found["answers"] == found["usage"] == len({root for root, _ in found["visits"]})
        expected = expected or found
        assert found == expected, arrival
