"""Medical information leaves the server by a look alone: every other route is walked with an answer full of it.

And a look leaves nothing behind: no table, no feed item, no log line, no audit entry, no evidence, no journal.
"""

import dataclasses
import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from harness.door import Door, HoldRow, InquiryRow, make_door
from harness.medical import MEDICAL, asked_again, consented, visitor
from harness.office import Office, opened_office
from sqlalchemy import select, text

from kazasu.app import schema
from kazasu.checks.reading import read_entry
from kazasu.db import Database
from kazasu.evidence.gathering import gather
from kazasu.gateway import Answer, MedicalEntry, MedicalRequest, MedicalResult, MedicalSection, SpecifiedIllness
from kazasu.medical.looking import Wanted, look
from kazasu.reconciliation.deciding import make_decision
from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.reason import HoldReason
from kazasu.reconciliation.service import Subject, raise_hold
from kazasu.rules import ConsentKind
from kazasu.staff import Role
from kazasu.tables import metadata

MARK = "MARKER-MEDICAL-9417"
"""In ASCII, so that no escape in JSON hides it."""
_LOOKS = {"/checks/{check_id}/medical/looks", "/device/medical/looks"}
_NOT_HERE = {"/enrolment/certificate", "/declarations/{declaration_id}"}
_PRINTED = (".pdf", ".png", ".svg")


@pytest.fixture
async def door(database: Database, tmp_path: Path, quick_passwords: None) -> Door:
    return await make_door(database, tmp_path)


@pytest.fixture
async def office(door: Door) -> AsyncIterator[Office]:
    async with opened_office(door.context, read_entry) as opened:
        yield opened


class Marking:
    """A gateway whose answers and records are full of markers."""

    name, is_simulated = "marking", True

    def __init__(self, door: Door) -> None:
        door.simulator.answer_consents_singly()
        self._simulator, self.keys = door.simulator, door.simulator.keys
        door.context = dataclasses.replace(door.context, gateway=self)

    async def ask(self, request: Any) -> Answer:
        answer = await self._simulator.ask(request)
        marked = tuple(
            msgspec.structs.replace(
                qualification,
                specified_illnesses=(SpecifiedIllness(category=f"{MARK} illness", self_pay=f"{MARK} pay"),),
                unknown={"Medicine": f"{MARK} unknown"},
                public_assistance={"InjuryName1": f"{MARK} injury", "StatusOfInfecton": f"{MARK} infection"},
            )
            for qualification in answer.qualifications
        )
        return msgspec.structs.replace(answer, qualifications=marked)

    async def fetch_medical(self, request: MedicalRequest) -> MedicalResult:
        entries = (MedicalEntry((("Name", f"{MARK} record"),)),)
        sections = tuple(MedicalSection(part, entries) for part in request.parts)
        return MedicalResult(sections, b"%PDF-" + MARK.encode(), self._simulator._clock.now(), True)


async def looked_at(door: Door) -> str:
    """A check whose answer and records hold markers, with every kind looked at."""
    Marking(door)
    patient = await door.patient("yoshida")
    await door.visit(patient)
    check = await consented(door, patient=patient)
    for kind in ConsentKind:
        shown = await look(door.context, visitor(door), Wanted(check, kind))
        found = [value for section in shown.sections for entry in section.entries for _, value in entry.fields]
        assert kind is ConsentKind.LIMIT_AMOUNT or any(MARK in value for value in found), kind
    await asked_again(door, patient)
    # A decision keeps what stood before the person's eyes.
    async with door.context.database.writing() as session:
        at = door.clock.now()
        hold = await raise_hold(session, HoldReason.OTHER_PERSON, Subject(check=check), evidence={}, at=at)
        await make_decision(session, door.context, hold.id, Decision.ACCEPT, reason="x", staff=door.staff)
        await session.commit()
    return check


async def test_no_other_route_shows_it(door: Door, office: Office) -> None:
    check = await looked_at(door)
    office.context = door.context
    await office.add_staff("everything", *Role)
    headers = await office.sign_in("everything")
    device = {"Authorization": f"Bearer {(await office.ask_token(door.device.id, door.key)).json()['token']}"}
    row = await door.check(check)
    batch = await office.client.post("/exports", json={"since": "2026-12-01", "until": "2026-12-31"}, headers=headers)
    ids = {
        "check_id": check, "patient_id": row.patient, "device_id": door.device.id, "log": door.log.log,
        "inquiry_id": (await door.rows(InquiryRow))[0].id, "visit_id": await door.visit(str(row.patient)),
        "batch_id": batch.json().get("id", "0"), "export_format": "csv",
        "hold_id": (await door.rows(HoldRow, HoldRow.reason == HoldReason.OTHER_PERSON))[0].id,
    }  # fmt: skip
    seen: dict[str, int] = {}
    for path, item in schema()["paths"].items():
        # A search says nothing of compressed pages and pictures: what they are made of is walked as JSON and CSV.
        if "get" not in item or path == "/sync/feed/stream" or path.endswith(_PRINTED):
            continue
        known = {**ids, "inquiry_id": "e" * 32} if path.startswith("/patient-inquiries") else ids
        url = re.sub(r"\{(\w+)\}", lambda found, known=known: known.get(found[1], "0" * 32), path)
        of_device = path.startswith(("/device/", "/sync/"))
        answer = await office.client.get(
            url,
            params=_query(item["get"]),
            headers=device if of_device else headers,
        )
        seen[path] = answer.status_code
        assert MARK not in answer.text, path
    # A walk that saw nothing but errors would prove nothing.
    assert {path for path in seen if "check" in path} <= {path for path, code in seen.items() if code == 200}
    for path in ("/inquiries", "/sync/feed", "/audit", "/patients/{patient_id}/consents", "/holds", "/holds/{hold_id}"):
        assert seen[path] == 200, path
    assert {path for path, code in seen.items() if code != 200} <= _NOT_HERE


def _query(operation: dict[str, Any]) -> dict[str, str]:
    """What the route needs: a month, a day, or the days of the month."""
    needed = [each for each in operation.get("parameters", ()) if each["in"] == "query" and each.get("required")]
    return {
        each["name"]: "2026-12"
        if "pattern" in each["schema"]
        else "2026-12-31"
        if each["name"] == "until"
        else "2026-12-01"
        for each in needed
    }


async def test_what_posts_answer_with_holds_none_of_it(door: Door, office: Office) -> None:
    check = await looked_at(door)
    await office.add_staff("everything", *Role)
    headers = await office.sign_in("everything")
    bodies: dict[str, Any] = {
        f"/checks/{check}/claim": {},
        "/exports": {"since": "2026-12-01", "until": "2026-12-31"},
        f"/checks/{check}/consents/withdrawals": {"because": "patient_said"},
    }
    for path, body in bodies.items():
        answer = await office.client.post(path, json=body, headers=headers)
        assert answer.status_code < 500, path
        assert MARK not in answer.text, path


async def test_only_looks_document_a_body_that_can_hold_it() -> None:
    holding = {
        path
        for path, item in schema()["paths"].items()
        for operation in item.values()
        if "LookView" in str(operation.get("responses", {}).get("200", {}))
    }
    assert holding == _LOOKS


async def test_a_look_leaves_nothing_in_any_table_log_journal_or_evidence(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="kazasu")
    check = await looked_at(door)
    async with door.context.database.reading() as session:
        for table in metadata.sorted_tables:
            rows = (await session.execute(select(table))).all()
            written = str(rows)
            # What the answer itself says of specified illness is kept with it; what was fetched is nowhere.
            assert f"{MARK} record" not in written, table.name
            if table.name not in ("answers", "patient_answers"):
                assert MARK not in written, table.name
        assert MARK in str((await session.execute(text("SELECT content FROM answers"))).all())
    for file in door.context.settings.home.rglob("*"):
        if file.is_file() and not file.name.startswith("kazasu.db"):
            assert MARK.encode() not in file.read_bytes(), file.name
    assert MARK not in caplog.text
    async with door.context.database.writing() as session:
        bundle = await gather(session, door.context, check, actor="shell", at=door.clock.now())
    assert MARK not in msgspec.json.encode(bundle).decode()


async def test_the_feed_has_neither_the_answer_nor_the_records(door: Door) -> None:
    await looked_at(door)
    [*told] = await door.feed("answer")
    assert told
    assert MARK not in str(told)
    for data in told:
        for qualification in data["qualifications"]:
            assert not {"consents", "specified_illnesses", "unknown"} & set(qualification)


@pytest.mark.parametrize("kind", MEDICAL)
async def test_a_second_look_asks_again_since_nothing_was_kept(door: Door, kind: ConsentKind) -> None:
    check = await consented(door)
    before = door.simulator.asked
    for _ in range(2):
        await look(door.context, visitor(door), Wanted(check, kind))
    assert door.simulator.asked == before + 2
