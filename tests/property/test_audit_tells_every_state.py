"""Invariant 9: whatever happens, the states of checks, holds and inquiries follow from the audit log alone."""

import random
from pathlib import Path

import pytest
from harness.door import Door, HoldRow, InquiryRow, later, make_door, states_by_audit, states_by_table

import checksync as cs
from kazasu.checks.rereading import reread_held
from kazasu.db import Database
from kazasu.gateway.simulator import REGISTRY
from kazasu.problems import ProblemError
from kazasu.reconciliation.deciding import make_decision
from kazasu.reconciliation.decision import Decision

PEOPLE = ("sato", "takahashi", "yamamoto", "kimura", "mori", "nakamura", "kobayashi")


class Day:
    """A day of things happening in an order that a seed chooses."""

    def __init__(self, door: Door, seed: int) -> None:
        self.door = door
        self.random = random.Random(seed)  # noqa: S311 - a test's dice
        self.patients: dict[str, str] = {}

    async def step(self) -> None:
        happenings = (
            self.touch,
            self.touch,
            self.document,
            self.void,
            self.withdraw,
            self.push,
            self.push,
            self.work,
            self.work,
            self.decide,
            self.decide,
            self.time,
            self.outage,
            self.unknown,
        )
        await self.random.choice(happenings)()

    async def touch(self) -> None:
        person = self.random.choice(PEOPLE)
        subject = None
        if self.random.random() < 0.6:
            if person not in self.patients:
                self.patients[person] = await self.door.patient(person)
            subject = cs.PatientSubject(id=self.patients[person])
        before = self.random.choice([None, None, *self.door.ids[-3:]])
        is_visual = self.random.random() < 0.3
        self.door.record_check(
            person,
            subject=subject,
            identity_method="visual" if is_visual else "pin",
            with_attestation=self.random.random() < 0.7,
            card="android" if not is_visual and self.random.random() < 0.15 else "plastic",
            repeat_of=before,
        )

    async def document(self) -> None:
        person = self.random.choice(PEOPLE)
        qualification = (REGISTRY[person].current or (REGISTRY[person].old,))[0]
        assert qualification is not None
        fields: dict[str, str | int | bool | None] = {
            "insurer_number": qualification.insurer_number.strip(),
            "symbol": qualification.symbol,
            "number": qualification.number if self.random.random() < 0.8 else "",
            "birth_date": REGISTRY[person].birth_date.isoformat(),
        }
        check = self.random.choice([*self.door.ids, cs.new_identifier()])
        self.door.record(
            "substitute",
            cs.SubstituteBody(
                check=check, duty_pass=self.door.duty_pass, reason="card", document="notice", fields=fields
            ),
        )

    async def void(self) -> None:
        check = self.random.choice([*self.door.ids, cs.new_identifier()])
        self.door.record("void", cs.VoidBody(check=check, duty_pass=self.door.duty_pass, reason="mistake"))

    async def withdraw(self) -> None:
        check = self.random.choice([*self.door.ids, cs.new_identifier()])
        body = cs.ConsentWithdrawnBody(consent=check, duty_pass=self.door.duty_pass, reason="asked to")
        self.door.record("consent_withdrawn", body)

    async def push(self) -> None:
        if self.door.log.last > self.door.pushed:
            await self.door.push()

    async def work(self) -> None:
        await self.door.work()

    async def decide(self) -> None:
        holds = await self.door.rows(HoldRow)
        if not holds:
            return
        hold, decision = self.random.choice(holds), self.random.choice(list(Decision))
        async with self.door.context.database.writing() as session:
            try:
                await make_decision(session, self.door.context, hold.id, decision, reason="x", staff=self.door.staff)
            except ProblemError:
                return
            await session.commit()

    async def time(self) -> None:
        later(self.door, minutes=self.random.choice([1, 10, 20]))
        await reread_held(self.door.context)

    async def outage(self) -> None:
        self.door.simulator.is_down = not self.door.simulator.is_down

    async def unknown(self) -> None:
        self.door.record("prophecy", b"{}")


@pytest.mark.parametrize("seed", range(4))
async def test_states_recomputed_from_the_audit_log_equal_the_tables(
    database: Database, tmp_path: Path, seed: int
) -> None:
    door = await make_door(database, tmp_path)
    day = Day(door, seed)
    for _ in range(40):
        await day.step()
    await day.push()
    by_audit = await states_by_audit(database)
    assert by_audit == await states_by_table(database)
    assert by_audit["check"]
    assert by_audit["hold"]
    # Nothing was lost: every entry has become something, or is held.
    from kazasu.sync.models import LogEntryRow

    entries = await door.rows(LogEntryRow)
    assert len(entries) == door.log.last
    assert {row.outcome.value for row in entries} <= {"accepted", "held"}
    # Nothing counts twice.
    inquiries = [(row.check, row.key) for row in await door.rows(InquiryRow)]
    assert len(inquiries) == len(set(inquiries))
