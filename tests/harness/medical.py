"""Checks whose medical information is open: both consents given, the answer fetched from the government's page."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from harness.door import NOW, AnswerRow, Door

import checksync as cs
from kazasu import audit
from kazasu.gateway import Answer, BulkKind, ConsentFlag
from kazasu.gateway.simulator import Simulator
from kazasu.inquiries.bulk.models import PatientAnswerRow, PatientInquiryRow
from kazasu.inquiries.state import InquiryState
from kazasu.medical.guard import Closed, Opened
from kazasu.medical.looking import Look, Looker, Wanted, kinds_of, look
from kazasu.problems import ProblemError
from kazasu.rules import ConsentKind
from kazasu.staff import Role

EVERY = tuple(ConsentKind)
MEDICAL = (
    ConsentKind.MEDICATION,
    ConsentKind.TREATMENT,
    ConsentKind.CHECK_UPS,
    ConsentKind.CLINICAL_DOCUMENTS,
)


def choices(given: Iterable[str] = EVERY, declined: Iterable[str] = ()) -> list[cs.ConsentChoice]:
    """What an intent carries."""
    return [
        *(cs.ConsentChoice(kind=str(kind), given=True, text=f"{kind}-v1") for kind in given),
        *(cs.ConsentChoice(kind=str(kind), given=False, text=f"{kind}-v1") for kind in declined),
    ]


def fetched_consent(door: Door, check: str) -> None:
    """The patient also consented on the government's page, which the device records as a document."""
    if isinstance(door.context.gateway, Simulator):
        door.simulator.answer_consents_singly()
    body = cs.SubstituteBody(
        check=check, visit=None, duty_pass=door.duty_pass, reason="consent", document="government_consent", fields={}
    )
    door.record("substitute", body)


async def consented(
    door: Door, person: str = "yoshida", *, patient: str | None = None, is_fetched: bool = True, **intent: Any
) -> str:
    """A check with consents to everything, asked and answered."""
    intent = {"consents": choices(), "setting": "house_call"} | intent
    whose = patient if patient is not None else await door.patient(person)
    check = door.record_check(person, subject=cs.PatientSubject(id=whose), **intent)
    if is_fetched:
        fetched_consent(door, check)
    await door.push()
    while await door.work():
        pass
    return check


def visitor(door: Door, *roles: Role) -> Looker:
    """The staff member of the door, with these roles (visitor where none is named)."""
    return Looker(audit.staff_actor(door.staff), frozenset(roles or (Role.VISITOR,)), {})


async def reasons(door: Door, check: str, kind: ConsentKind = ConsentKind.MEDICATION, *roles: Role) -> list[str]:
    """Why a kind is closed, as the list of kinds and a look both say; empty where it is open and was shown."""
    listed = (await kinds_of(door.context, visitor(door, *roles), check))[kind]
    told = [reason.value for reason in listed.reasons] if isinstance(listed, Closed) else []
    wanted = Wanted(check, kind)
    if not told:
        assert isinstance(listed, Opened)
        assert isinstance(await look(door.context, visitor(door, *roles), wanted), Look)
        return []
    with pytest.raises(ProblemError, match="medical-information-closed") as raised:
        await look(door.context, visitor(door, *roles), wanted)
    assert [reason["reason"] for reason in raised.value.members["reasons"]] == told
    return told


async def asked_again(door: Door, patient: str, **changes: Any) -> None:
    """A re-inquiry's answer about the patient, as its worker keeps it."""
    fetched = (await door.rows(AnswerRow))[-1]
    answer = msgspec.convert(fetched.content, Answer)
    [qualification] = answer.qualifications
    flags = {"medication": ConsentFlag(code="1", at="20261210090000")}
    qualification = msgspec.structs.replace(qualification, **{"consents": flags, **changes})
    day = date(2026, 12, 10)
    visit = await door.visit(patient)
    async with door.context.database.writing() as session:
        session.add(
            PatientInquiryRow(
                id="e" * 32, patient=patient, day=day, kind=BulkKind.RE_INQUIRY, state=InquiryState.ANSWERED,
                visit=visit, number_hash=b"n" * 32, job=None, attempts=1, next_at=NOW, last_error=None, result=None,
                is_simulated=True, changes=[], is_flagged=False, made_at=NOW, answered_at=NOW,
            )
        )  # fmt: skip
        await session.flush()
        session.add(
            PatientAnswerRow(
                id="f" * 32, inquiry="e" * 32, sequence=1, patient=patient, result=fetched.result, is_simulated=True,
                changes=[], content=msgspec.to_builtins(
                    msgspec.structs.replace(answer, qualifications=(qualification,))
                ), answered_at=NOW, stored_at=NOW + timedelta(days=9),
            )
        )  # fmt: skip
        await session.commit()
