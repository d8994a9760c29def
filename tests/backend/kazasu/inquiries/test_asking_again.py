"""What may have changed is asked again for the claim: by insured number, on its day, never for medical information."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest
from harness.answering import shown
from harness.door import AnswerRow, Door, HoldRow, InquiryRow, later, make_door
from harness.office import opened_office, problem

import checksync as cs
from kazasu.checks.reading import read_entry
from kazasu.checks.state import CheckState
from kazasu.db import Database
from kazasu.gateway import Answer, InquiryRequest, Result
from kazasu.inquiries import worker
from kazasu.inquiries.again import AskedAgain, ask_due_again_now
from kazasu.inquiries.state import InquiryState
from kazasu.patients.service import PatientData, change_patient, find_patient
from kazasu.reconciliation.deciding import make_decision
from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.state import HoldState
from kazasu.rules import InquiryKey
from kazasu.staff import Role


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> Door:
    return await make_door(database, tmp_path)


async def invalid(door: Door, **more: Any) -> str:
    patient = await door.patient("yamamoto")
    check = door.record_check("yamamoto", subject=cs.PatientSubject(id=patient), **more)
    await door.push()
    await door.work()
    assert await door.holds(check) == ["answer_invalid"]
    return check


async def settled(door: Door) -> None:
    (hold,) = await door.rows(HoldRow, HoldRow.state == HoldState.OPEN)
    async with door.context.database.writing() as session:
        await make_decision(session, door.context, hold.id, Decision.OLD_QUALIFICATION, reason="x", staff=door.staff)
        await session.commit()


async def test_it_is_asked_on_its_day_and_not_before_and_only_once(door: Door) -> None:
    check = await invalid(door)
    await settled(door)
    later(door, days=4)
    assert await ask_due_again_now(door.context) == AskedAgain(0, 0)
    later(door, days=1)
    assert await ask_due_again_now(door.context) == AskedAgain(1, 0)
    assert await ask_due_again_now(door.context) == AskedAgain(0, 0)
    # What somebody decided stands while it is asked, and after the same answer.
    assert (await door.check(check)).state is CheckState.RECONCILED
    await door.work()
    assert len(await door.rows(AnswerRow)) == 2
    assert (await door.check(check)).state is CheckState.RECONCILED
    assert await ask_due_again_now(door.context) == AskedAgain(0, 0)


async def test_never_for_medical_information(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    consents = [cs.ConsentChoice(kind=kind, given=True, text="v1") for kind in ("medication", "limit_amount")]
    check = await invalid(door, consents=consents)
    later(door, days=6)
    assert (await ask_due_again_now(door.context)).asked == 1
    asked: list[InquiryRequest] = []

    async def ask(request: InquiryRequest) -> Answer:
        asked.append(request)
        qualification = shown("yamamoto", consents=shown("sato")[0].consents)
        return Answer(
            result=Result.INVALID, asked_for=request.asked_for, answered_at=door.clock.now(), simulated=True,
            qualifications=qualification,
        )  # fmt: skip

    monkeypatch.setattr(door.simulator, "ask", ask)
    await door.work()
    (request,) = asked
    assert (request.key, request.consents, request.certificate) == (InquiryKey.INSURED_NUMBER, (), None)
    assert request.limit_amount_consent is True
    assert request.number is not None
    answer = (await door.rows(AnswerRow))[-1]
    assert "medication" not in str(answer.content)
    (row,) = await door.rows(InquiryRow, InquiryRow.check == check)
    assert row.for_claim is True


async def test_without_a_number_nothing_is_asked_and_it_is_said(door: Door) -> None:
    patient = await door.patient("kimura")
    check = door.record_check("kimura", subject=cs.PatientSubject(id=patient))
    await door.push()
    await door.work()
    assert await door.holds(check) == ["answer_not_found"]
    async with door.context.database.writing() as session:
        row = await find_patient(session, patient)
        assert row is not None
        data = PatientData(None, row.name, row.name_kana, row.birth_date, row.sex, None)
        await change_patient(session, patient, data, actor="shell", at=door.clock.now())
        await session.commit()
    later(door, days=6)
    assert await ask_due_again_now(door.context) == AskedAgain(0, 1)


async def test_the_office_asks_again_over_http_and_what_went_out_is_left_alone(door: Door) -> None:
    await invalid(door)
    later(door, days=6)
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("office", Role.BACK_OFFICE)
        await office.add_staff("visitor2", Role.VISITOR)
        headers = await office.sign_in("office")
        refused = await office.client.post("/inquiries/again", headers=await office.sign_in("visitor2"))
        assert problem(refused) == "role-not-allowed"
        done = await office.client.post("/inquiries/again", headers=headers)
        assert (done.status_code, done.json()) == (200, {"asked": 1, "without_number": 0})
        await door.work()
        await settled(door)
        days = {"since": "2026-12-01", "until": "2026-12-31"}
        assert (await office.client.post("/exports", json=days, headers=headers)).status_code == 201
        later(door, days=6)
        headers = await office.sign_in("office")
        done = await office.client.post("/inquiries/again", headers=headers)
        assert done.json() == {"asked": 0, "without_number": 0}


async def test_the_worker_asks_again_by_itself(door: Door) -> None:
    await invalid(door)
    later(door, days=6)
    running = asyncio.create_task(worker.run(door.context))
    try:
        async with asyncio.timeout(20):
            while len(await door.rows(AnswerRow)) < 2:  # noqa: ASYNC110 - the worker tells nobody
                await asyncio.sleep(0.05)
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
    assert {row.state for row in await door.rows(InquiryRow)} == {InquiryState.ANSWERED}
