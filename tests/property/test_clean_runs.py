"""Reading many entries at once comes to the same as reading each alone: every table, and the audit log in its order.

The same pushes go to two copies of one database, one read with runs and one without.
"""

import dataclasses
import random
import sqlite3
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from harness.door import Door, later, make_door
from sqlalchemy import select

import checksync as cs
from kazasu.audit import AuditEntry, Verified, verify
from kazasu.checks.clean import run
from kazasu.checks.models import CertificateRow, CheckRow, ConsentRow, RecordedEntryRow
from kazasu.checks.reading import read_entry
from kazasu.context import Context
from kazasu.db import Base, Database, Session
from kazasu.inquiries.models import InquiryRow
from kazasu.inquiries.request import open_number
from kazasu.reconciliation.models import HoldRow
from kazasu.sync.models import FeedItemRow, LogEntryRow
from kazasu.sync.seam import EntryOutcome, StoredEntry
from kazasu.sync.service import store_push
from kazasu.tables import metadata

pytestmark = pytest.mark.database

PEOPLE = ("sato", "takahashi", "yamamoto", "kimura", "mori", "suzuki", "watanabe", "ito")
HIDDEN = {"id", "seq", "octets", "attributes", "fields", "number"}
"""Random, or encrypted with something random."""


async def alone(session: Session, stored: StoredEntry, context: Context) -> EntryOutcome:
    return await read_entry(session, stored, context)


class Contents:
    """Every row of a database, with ids that were drawn there told by what they name."""

    def __init__(self, context: Context, rows: dict[type[Base], list[Any]]) -> None:
        self.rows = rows
        self.context = context
        self.names: dict[str, str] = {row.id: f"card {row.keyed_hash.hex()}" for row in rows[CertificateRow]}
        self.names |= {row.id: f"inquiry {row.check} {row.key}" for row in rows[InquiryRow]}
        for row in rows[HoldRow]:
            self.names[row.id] = f"hold {row.check} {row.entry} {row.reason}"

    def told(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self.told(part) for name, part in value.items()}
        return self.names.get(value, value) if isinstance(value, str) else value

    def table(self, kind: type[Base]) -> list[Any]:
        columns = [column for column in kind.__mapper__.columns.keys() if column not in HIDDEN]  # noqa: SIM118
        plain = [{name: self.told(getattr(row, name)) for name in columns} for row in self.rows[kind]]
        for row in plain if kind is LogEntryRow else ():
            # Of several holds raised at one time an entry names any one.
            several = [hold for hold in self.rows[HoldRow] if hold.check == row["check"]]
            row["reason"] = row["reason"] if len(several) < 2 else "several"
        return sorted(plain, key=repr)

    def checks(self) -> dict[str, Any]:
        return {row.id: row.attributes is not None for row in self.rows[CheckRow]}

    def numbers(self) -> dict[tuple[str, str], Any]:
        storage = self.context.keys.storage
        return {
            (row.check, row.key.value): open_number(storage, row.id, row.number) if row.number else None
            for row in self.rows[InquiryRow]
        }

    def feed(self) -> list[Any]:
        return [(row.device, row.kind, row.data) for row in self.rows[FeedItemRow]]

    def audit(self) -> list[Any]:
        return [
            (row.number, row.actor, row.action, row.subject_type, self.told(row.subject), _told_text(row.details, self))
            for row in self.rows[AuditEntry]
        ]


def _told_text(text: str, contents: Contents) -> str:
    for id_, name in contents.names.items():
        text = text.replace(id_, name)
    return text


KINDS: tuple[type[Base], ...] = (
    CertificateRow, CheckRow, ConsentRow, RecordedEntryRow, InquiryRow, HoldRow, LogEntryRow, FeedItemRow, AuditEntry,
)  # fmt: skip


async def contents_of(context: Context) -> Contents:
    async with context.database.reading() as session:
        assert isinstance(await verify(session), Verified)
        rows: dict[type[Base], list[Any]] = {}
        for kind in KINDS:
            found = await session.scalars(select(kind).order_by(*kind.__mapper__.primary_key))
            rows[kind] = list(found.all())
        return Contents(context, rows)


def copied(context: Context, path: Path) -> Context:
    """The same facility, with a copy of its database."""
    source = sqlite3.connect(context.database.url.database or "")
    target = sqlite3.connect(path)
    source.backup(target)
    source.close()
    target.close()
    return dataclasses.replace(context, database=Database(f"sqlite:///{path}"))


class Day:
    """What happens at the door, in an order that a seed chooses; mostly plain checks, with everything else between."""

    def __init__(self, door: Door, seed: int, mess: float, patients: Sequence[str], visits: Sequence[str]) -> None:
        self.door = door
        self.random = random.Random(seed)  # noqa: S311 - a test's dice
        self.mess = mess
        self.patients = patients
        self.visits = visits

    def step(self) -> None:
        if self.random.random() > 0.2 * self.mess:
            self.check()
        else:
            self.random.choice([self.void, self.document, self.consent, self.prophecy, self.trouble, self.time])()

    def check(self) -> None:
        dice = self.random
        which = dice.randrange(len(PEOPLE))
        later(self.door, minutes=dice.choice([0, 6, 6, 16]))
        subject = dice.choice(
            [
                cs.VisitSubject(id=self.visits[which]),
                cs.VisitSubject(id=self.visits[which]),
                cs.PatientSubject(id=self.patients[which]),
                *[cs.PatientSubject(id=dice.choice(self.patients))] * (dice.random() < 0.2 * self.mess),
                *[cs.NotOnList()] * 3,
                *[cs.VisitSubject(id="ee" * 16)] * (dice.random() < 0.2 * self.mess),
            ]
        )
        is_visual = dice.random() < 0.2
        wrong = dice.random() / self.mess
        changes: dict[str, Any] = {}
        if wrong < 0.03:
            changes["signature"] = bytes(256)
        elif wrong < 0.04:
            changes["last_hash"] = "00" * 32
        elif wrong < 0.06 and self.door.ids:
            changes["check"] = dice.choice(self.door.ids)
        elif wrong < 0.08:
            changes["check_type"] = "eligibility_only"
        elif wrong < 0.10 and self.door.ids:
            changes["repeat_of"] = dice.choice(self.door.ids)
        elif wrong < 0.12:
            changes["device_time"] = self.door.clock.now() + timedelta(days=400)
        consents = [
            cs.ConsentChoice(kind=kind, given=dice.random() < 0.7, text="text-1")
            for kind in ("medication", "limit_amount", "medication")
            if dice.random() < 0.4
        ]
        self.door.record_check(
            PEOPLE[which],
            subject=subject,
            identity_method="visual" if is_visual else "pin",
            with_attestation=dice.random() > 0.1 * self.mess,
            with_attributes=dice.random() < 0.3,
            without_certificate=bool(self.door.ids) and dice.random() < 0.3 * self.mess,
            setting=dice.choice(["home_visit", "house_call", "online"]),
            consents=consents,
            **changes,
        )

    def _any_check(self) -> str:
        coming = "".join(self.random.choice("0123456789abcdef") for _ in range(32))
        return self.random.choice([*self.door.ids, coming])

    def void(self) -> None:
        self.door.record("void", cs.VoidBody(check=self._any_check(), duty_pass=self.door.duty_pass, reason="mistake"))

    def document(self) -> None:
        fields: dict[str, str | int | bool | None] = {"insurer_number": "06123453", "symbol": "1", "number": "2"}
        body = cs.SubstituteBody(
            check=self._any_check(), duty_pass=self.door.duty_pass, reason="card", document="notice", fields=fields
        )
        self.door.record("substitute", body)

    def consent(self) -> None:
        kinds = [cs.ConsentChoice(kind="medication", given=True, text="text-1")]
        body = cs.ConsentBody(
            consent=self._any_check(), check=self._any_check(), duty_pass=self.door.duty_pass, kinds=kinds
        )
        self.door.record("consent", body)

    def trouble(self) -> None:
        body = cs.TroubleBody(
            check=self._any_check(), duty_pass=self.door.duty_pass, category="reader", response="r", full_charge=False,
            note="",
        )  # fmt: skip
        self.door.record("trouble", body)

    def prophecy(self) -> None:
        self.door.record("prophecy", b"{}")

    def time(self) -> None:
        later(self.door, minutes=self.random.choice([1, 10, 20]))


def _plain(outcome: cs.EntryOutcome) -> tuple[Any, ...]:
    return outcome.number, outcome.outcome, outcome.check, outcome.reason is None


async def both(door: Door, path: Path) -> tuple[Contents, Contents, list[int]]:
    """Pushes what the door recorded to its own database and, entries read alone, to a copy."""
    other = copied(door.context, path)
    sizes: list[int] = []
    try:
        while door.pushed < door.log.last:
            last = min(door.log.last, door.pushed + 20)
            body = door.log.push(door.pushed + 1, last)
            at_once = await store_push(door.context, door.device, door.log.log, body, read_entry)
            one_by_one = await store_push(other, door.device, door.log.log, body, alone)
            assert [_plain(of) for of in at_once.outcomes] == [_plain(of) for of in one_by_one.outcomes]
            sizes.append(last - door.pushed)
            door.pushed = last
        return await contents_of(door.context), await contents_of(other), sizes
    finally:
        await other.database.close()


@pytest.fixture
async def door(tmp_path: Path) -> Any:
    database = Database(f"sqlite:///{tmp_path / 'kazasu.db'}")
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    yield await make_door(database, tmp_path)
    await database.close()


@pytest.mark.parametrize(("seed", "mess"), [(0, 1.0), (1, 1.0), (2, 0.4), (3, 0.1), (4, 0.1)])
async def test_reading_in_runs_comes_to_the_same_as_reading_each_entry_alone(
    door: Door, tmp_path: Path, seed: int, mess: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_runs = []
    write = run.write_clean

    async def counted(session: Session, context: Context, found: Any, known: Any) -> list[EntryOutcome]:
        in_runs.append(len(found))
        return await write(session, context, found, known)

    monkeypatch.setattr(run, "write_clean", counted)
    patients = [await door.patient(person, with_number=index % 3 > 0) for index, person in enumerate(PEOPLE)]
    visits = [await door.visit(patient) for patient in patients]
    day = Day(door, seed, mess, patients, visits)
    for _ in range(40):
        day.step()
    at_once, one_by_one, _ = await both(door, tmp_path / "copy.db")
    for kind in KINDS[:-2]:
        assert at_once.table(kind) == one_by_one.table(kind), kind.__tablename__
    assert at_once.audit() == one_by_one.audit()
    assert at_once.feed() == one_by_one.feed()
    assert at_once.numbers() == one_by_one.numbers()
    assert at_once.checks() == one_by_one.checks()
    assert sum(in_runs) > 1, "nothing was read in a run"


async def test_where_writing_a_run_fails_each_entry_is_read_alone_and_nothing_is_missing(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("佐藤")

    visits = [await door.visit(await door.patient(person)) for person in PEOPLE]
    for person, visit in zip(PEOPLE, visits, strict=True):
        door.record_check(person, subject=cs.VisitSubject(id=visit))
    monkeypatch.setattr("kazasu.checks.clean.service.make_first_inquiries", broken)
    at_once, one_by_one, _ = await both(door, tmp_path / "copy.db")
    for kind in KINDS[:-2]:
        assert at_once.table(kind) == one_by_one.table(kind), kind.__tablename__
    assert at_once.audit() == one_by_one.audit()
    assert {row.outcome.value for row in at_once.rows[LogEntryRow]} == {"accepted"}
    assert "alone: RuntimeError" in caplog.text
    assert "佐藤" not in caplog.text
