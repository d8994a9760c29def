"""What the server writes in clear about a whole day: logs, audit, holds, outcomes name no patient (docs/legal.md)."""

import logging
from pathlib import Path

import pytest
from harness.door import AnswerRow, Door, HoldRow, later, make_door

import checksync as cs
from kazasu.audit import AuditEntry
from kazasu.checks.models import CheckRow, RecordedEntryRow
from kazasu.db import Database
from kazasu.gateway.simulator import REGISTRY
from kazasu.inquiries.models import InquiryRow
from kazasu.sync.models import LogEntryRow
from mynacard.emulator import PEOPLE
from mynacard.emulator.credential import authentication


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> Door:
    return await make_door(database, tmp_path)


def written_of(person: str) -> set[str]:
    """What must not stand anywhere in clear."""
    insured, card = REGISTRY[person], PEOPLE[person]
    qualification = insured.current[0]
    family, _, given = card.name.partition("　")
    return {
        family,
        given,
        card.address,
        card.jpki_pin + "#",
        qualification.number,
        qualification.name_kana,
        card.birth_date.isoformat(),
        f"{card.birth_date:%Y%m%d}",
        f"{authentication(person).certificate.serial_number:x}",
        authentication(person).der.hex(),
        authentication(person).der.hex()[:64],
    } - {""}


async def test_no_log_audit_hold_or_listing_names_the_patient(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    qualification = REGISTRY["sato"].current[0]
    first = door.record_check("sato", with_attributes=True)
    fields: dict[str, str | int | bool | None] = {
        "insurer_number": qualification.insurer_number,
        "symbol": qualification.symbol,
        "number": "0000101",
        "branch": "x",
        "birth_date": "1980-01-12",
        "name": "佐藤　花子",
    }
    for branch in ("x", "00"):
        door.record(
            "substitute",
            cs.SubstituteBody(
                check=first,
                duty_pass=door.duty_pass,
                reason="card",
                document="notice",
                fields=fields | {"branch": branch},
            ),
        )
    door.record(
        "declaration",
        cs.DeclarationBody(check=first, duty_pass=door.duty_pass, form="2024-12", fields={"name": "佐藤　花子"}),
    )
    door.record(
        "trouble",
        cs.TroubleBody(
            check=first, duty_pass=door.duty_pass, category="●", response="x", full_charge=False, note="佐藤　花子"
        ),
    )
    await door.push()
    door.simulator.is_down = True
    await door.work()
    door.simulator.is_down = False
    later(door, minutes=1)
    await door.work()
    wrong = door.record_check("sato", subject=cs.PatientSubject(id=await door.patient("kimura")), with_attributes=True)
    await door.push()
    assert await door.holds(wrong) != []
    clear = [
        record.getMessage() for record in caplog.records if not record.name.startswith(("sqlalchemy", "aiosqlite"))
    ]
    for entry in await door.rows(AuditEntry):
        clear.append(f"{entry.subject} {entry.details}")
    for hold in await door.rows(HoldRow):
        clear.append(str(hold.evidence))
    for row in await door.rows(LogEntryRow):
        clear.append(f"{row.reason}")
    for recorded in await door.rows(RecordedEntryRow):
        clear.append(f"{recorded.facts}")
    for inquiry in await door.rows(InquiryRow):
        clear.append(f"{inquiry.last_error} {inquiry.number!r}")
    for check in await door.rows(CheckRow):
        clear.append(f"{check.attributes!r}")
    text = "\n".join(clear)
    for secret in written_of("sato"):
        assert secret not in text, secret
    # The test sees what it looks for where it may stand: in the stored answer.
    assert "佐藤" in str([answer.content for answer in await door.rows(AnswerRow)])
