"""The durable job: one a check and key, never lost with its worker, never stored twice; and what its answer does."""

import asyncio
import dataclasses
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from harness.door import NOW, AnswerRow, CheckRow, Door, HoldRow, InquiryRow, later, make_door

import checksync as cs
from kazasu.checks.state import CheckState
from kazasu.db import Database
from kazasu.facility import FacilityKind, FacilityMode
from kazasu.gateway import (
    Answer,
    ConsentFlag,
    GatewayUnavailableError,
    InquiryRequest,
    NumberAsked,
    Qualification,
    QualificationKind,
    Result,
    SpecifiedIllness,
)
from kazasu.gateway.simulator import Simulator
from kazasu.inquiries import worker
from kazasu.inquiries.answering import SimulatedAnswerError, take_answer
from kazasu.inquiries.service import Claimed, claim_due, fail, make_inquiry
from kazasu.inquiries.state import LONGEST_WAIT_S, InquiryState, back_off_s
from kazasu.inquiries.worker import LEASE
from kazasu.rules import InquiryKey


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> Door:
    return await make_door(database, tmp_path)


async def asked(door: Door, person: str = "sato", **intent: Any) -> str:
    """A check that is due to be asked."""
    check = door.record_check(person, subject=cs.PatientSubject(id=await door.patient(person)), **intent)
    assert (await door.push_one()).outcome == "accepted"
    return check


async def claim(door: Door, lease_id: str, keys: tuple[InquiryKey, ...] = tuple(InquiryKey)) -> list[Claimed]:
    async with door.context.database.writing() as session:
        claimed = await claim_due(
            session,
            keys=keys,
            lease_id=lease_id,
            lease=LEASE,
            limit=10,
            now=door.clock.now(),
        )
        await session.commit()
    return claimed


async def answer(door: Door, job: Claimed, given: Answer) -> bool:
    async with door.context.database.writing() as session:
        taken = await take_answer(
            session,
            door.context,
            inquiry=job.id,
            check=job.check,
            key=job.key,
            answer=given,
            at=door.clock.now(),
            lease=job.lease,
        )
        await session.commit()
    return taken


def valid(**changes: Any) -> Answer:
    qualification = Qualification(
        kind=QualificationKind.INSURANCE,
        insurer_number="01990012",
        number="1",
        birth_date="19800112",
        name="佐藤　花子",
        address="東京都千代田区",
    )
    fields: dict[str, Any] = {
        "result": Result.VALID,
        "asked_for": NOW.date(),
        "answered_at": NOW,
        "simulated": True,
        "qualifications": (qualification,),
    }
    return Answer(**(fields | changes))


class Scripted:
    """A gateway that answers what a test says."""

    name = "scripted"
    is_simulated = True
    keys = frozenset({InquiryKey.INSURED_NUMBER, InquiryKey.CERTIFICATE})

    def __init__(self, *answers: Answer | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[InquiryRequest] = []

    async def ask(self, request: InquiryRequest) -> Answer:
        self.requests.append(request)
        given = self.answers.pop(0)
        if isinstance(given, Exception):
            raise given
        return given


def script(door: Door, *answers: Answer | Exception) -> Scripted:
    gateway = Scripted(*answers)
    door.context = dataclasses.replace(door.context, gateway=gateway)
    return gateway


async def test_there_is_one_inquiry_a_check_and_key_however_often_it_is_made(door: Door) -> None:
    check = await asked(door)
    (first,) = await door.rows(InquiryRow)
    for _ in range(3):
        async with door.context.database.writing() as session:
            row = await make_inquiry(
                session,
                check=check,
                key=InquiryKey.INSURED_NUMBER,
                asked_for=NOW.date(),
                number=NumberAsked(
                    insurer_number="01990012", symbol="", number="9", branch="", birth_date="1980-01-12", source="x"
                ),
                waits_because=None,
                storage=door.context.keys.storage,
                at=NOW,
            )
            await session.commit()
        assert row.id == first.id
    assert len(await door.rows(InquiryRow)) == 1


async def test_two_workers_at_once_never_claim_the_same_job(door: Door) -> None:
    for person in ("sato", "takahashi", "ito", "suzuki"):
        await asked(door, person)
    claims = await asyncio.gather(*(claim(door, f"{number:032x}") for number in range(4)))
    ids = [job.id for jobs in claims for job in jobs]
    assert len(ids) == len(set(ids)) == 4


async def test_a_claimed_job_is_nobody_elses_until_its_lease_is_over(door: Door) -> None:
    await asked(door)
    (job,) = await claim(door, "a" * 32)
    later(door, seconds=LEASE.total_seconds() - 1)
    assert await claim(door, "b" * 32) == []
    later(door, seconds=1)
    (again,) = await claim(door, "b" * 32)
    assert (again.id, again.attempts) == (job.id, 2)
    # The worker that was taken for dead answers after all: its job is the other's now.
    assert not await answer(door, job, valid())
    assert await answer(door, again, valid())
    assert not await answer(door, again, valid())
    assert len(await door.rows(AnswerRow)) == 1


async def test_a_worker_killed_between_answer_and_commit_leaves_the_job_due(door: Door) -> None:
    check = await asked(door)
    (job,) = await claim(door, "a" * 32)
    async with door.context.database.writing() as session:
        await take_answer(
            session, door.context, inquiry=job.id, check=job.check, key=job.key, answer=valid(), at=NOW, lease=job.lease
        )
        # No commit: the process is gone.
    assert await door.rows(AnswerRow) == []
    later(door, minutes=3)
    await door.work()
    assert (await door.check(check)).state is CheckState.RECONCILED


async def test_a_gateway_that_is_down_is_asked_again_later_and_says_why(door: Door) -> None:
    check = await asked(door)
    door.simulator.is_down = True
    assert await door.work() == 1
    (row,) = await door.rows(InquiryRow)
    assert (row.state, row.last_error, row.leased_by) == (InquiryState.FAILED_DUE_AGAIN, "simulator_down", None)
    assert row.next_at == NOW + timedelta(seconds=5)
    assert await door.work() == 0
    later(door, seconds=5)
    assert await door.work() == 1
    assert (await door.rows(InquiryRow))[0].next_at == door.clock.now() + timedelta(seconds=10)
    door.simulator.is_down = False
    later(door, minutes=15)
    assert await door.work() == 1
    assert (await door.check(check)).state is CheckState.RECONCILED
    assert (await door.rows(InquiryRow))[0].attempts == 3


async def test_a_gateways_hint_is_waited_for_and_its_fault_keeps_no_text(door: Door) -> None:
    await asked(door)
    script(door, GatewayUnavailableError("maintenance", 600.0), RuntimeError("佐藤　花子"))
    await door.work()
    (row,) = await door.rows(InquiryRow)
    assert row.next_at == NOW + timedelta(seconds=600)
    later(door, minutes=10)
    await door.work()
    (row,) = await door.rows(InquiryRow)
    assert row.last_error == "gateway_failed"


async def test_a_job_whose_number_was_damaged_does_not_hold_up_the_others(door: Door) -> None:
    await asked(door)
    (damaged,) = await door.rows(InquiryRow)
    async with door.context.database.writing() as session:
        (await session.get_one(InquiryRow, damaged.id)).number = b"\x01 damaged"
        await session.commit()
    other = await asked(door, "takahashi")
    assert await door.work() == 2
    assert (await door.check(other)).state is CheckState.RECONCILED
    (row,) = await door.rows(InquiryRow, InquiryRow.id == damaged.id)
    assert (row.state, row.last_error) == (InquiryState.FAILED_DUE_AGAIN, "stored_data_damaged")


def test_the_wait_doubles_to_fifteen_minutes_and_never_ends() -> None:
    waits = [back_off_s(attempts, None) for attempts in range(1, 12)]
    assert waits[:4] == [5.0, 10.0, 20.0, 40.0]
    assert waits == sorted(waits)
    assert back_off_s(10_000, None) == LONGEST_WAIT_S
    assert back_off_s(1, 3600.0) == 3600.0


async def test_a_failure_of_a_lost_lease_changes_nothing(door: Door) -> None:
    await asked(door)
    (job,) = await claim(door, "a" * 32)
    later(door, minutes=3)
    (again,) = await claim(door, "b" * 32)
    async with door.context.database.writing() as session:
        await fail(session, job, why="late", retry_after_s=None, now=door.clock.now())
        await session.commit()
    (row,) = await door.rows(InquiryRow)
    assert (row.last_error, row.leased_by) == (None, again.lease)


async def test_without_a_gateway_a_live_facilitys_inquiry_waits_and_says_so(door: Door) -> None:
    facility = dataclasses.replace(door.context.facility, mode=FacilityMode.LIVE)
    settings = msgspec.structs.replace(door.context.settings, gateway="none")
    roots = door.context
    door.context = dataclasses.replace(door.context, settings=settings, gateway=None)
    check = await asked(door)
    (row,) = await door.rows(InquiryRow)
    assert (row.state, row.last_error) == (InquiryState.WAITING, "no_gateway")
    assert (await door.check(check)).state is CheckState.ASKING
    assert await door.work() == 0
    assert not facility.is_exercise
    # Set later, it is asked by itself.
    door.context = roots
    assert await door.work() == 1
    assert (await door.check(check)).state is CheckState.RECONCILED


async def test_a_simulated_answer_never_reaches_a_live_facility(door: Door) -> None:
    await asked(door)
    (job,) = await claim(door, "a" * 32)
    live = dataclasses.replace(door.context.facility, mode=FacilityMode.LIVE)
    door.context = dataclasses.replace(door.context, facility=live)
    with pytest.raises(SimulatedAnswerError):
        await answer(door, job, valid())
    assert await door.rows(AnswerRow) == []
    assert await door.feed("answer") == []


@pytest.mark.parametrize(
    ("person", "old", "reason", "proposal"),
    [
        ("yamamoto", False, "answer_invalid", "old_qualification"),
        ("suzuki_yui", True, "answer_invalid_newer_exists", "ask_patient"),
        ("kimura", False, "answer_not_found", "ask_patient"),
        ("mori", False, "answer_several_match", "correct_roster"),
    ],
)
async def test_an_answer_that_is_not_clean_holds_the_check_with_a_proposal(
    door: Door, person: str, old: bool, reason: str, proposal: str
) -> None:
    check = door.record_check(person, subject=cs.PatientSubject(id=await door.patient(person, old=old)))
    await door.push()
    await door.work()
    (hold,) = await door.rows(HoldRow)
    assert (hold.reason.value, hold.check, hold.proposal.value) == (reason, check, proposal)
    assert hold.evidence["simulated"] is True
    row = await door.check(check)
    assert (row.state, row.is_simulated) == (CheckState.HELD, True)
    (told,) = await door.feed("hold")
    assert told["reason"] == reason


async def test_not_found_is_proposed_as_unknown_only_with_a_declaration_on_file(door: Door) -> None:
    check = await asked(door, "kimura")
    declaration = cs.DeclarationBody(check=check, duty_pass=door.duty_pass, form="2024-12", fields={"name": "x"})
    door.record("declaration", declaration)
    await door.push()
    await door.work()
    (hold,) = await door.rows(HoldRow)
    assert (hold.reason.value, hold.proposal.value) == ("answer_not_found", "unknown")


async def test_an_answer_by_one_road_ends_the_waiting_for_another(door: Door) -> None:
    check = await asked(door)
    async with door.context.database.writing() as session:
        await make_inquiry(
            session,
            check=check,
            key=InquiryKey.TERMINAL_SCREEN,
            asked_for=NOW.date(),
            number=None,
            waits_because="by_hand",
            storage=door.context.keys.storage,
            at=NOW,
        )
        await session.commit()
    await door.work()
    states = {row.key: row.state for row in await door.rows(InquiryRow)}
    assert states == {
        InquiryKey.INSURED_NUMBER: InquiryState.ANSWERED,
        InquiryKey.TERMINAL_SCREEN: InquiryState.WITHDRAWN,
    }
    assert (await door.check(check)).state is CheckState.RECONCILED


async def test_a_refusals_code_is_kept_as_it_came(door: Door) -> None:
    await asked(door)
    script(door, valid(result=Result.REFUSED, qualifications=(), code="OQC-OWSE0900000"))
    await door.work()
    (hold,) = await door.rows(HoldRow)
    assert (hold.reason.value, hold.evidence["code"]) == ("answer_refused", "OQC-OWSE0900000")
    (stored,) = await door.rows(AnswerRow)
    assert stored.content["code"] == "OQC-OWSE0900000"


async def test_valid_without_any_qualification_is_not_clean(door: Door) -> None:
    check = await asked(door)
    script(door, valid(qualifications=()))
    await door.work()
    assert await door.holds(check) == ["answer_without_qualification"]


async def test_an_answer_about_another_birth_date_is_held_as_another_person(door: Door) -> None:
    check = await asked(door)
    other = Qualification(kind=QualificationKind.INSURANCE, birth_date="19800113")
    script(door, valid(qualifications=(other,)))
    await door.work()
    assert await door.holds(check) == ["other_person"]


async def test_the_answer_keeps_every_field_as_text_and_the_feed_leaves_medical_things_out(door: Door) -> None:
    check = await asked(door, "takahashi", consents=[cs.ConsentChoice(kind="limit_amount", given=True, text="t")])
    await door.work()
    (stored,) = await door.rows(AnswerRow)
    kept = msgspec.convert(stored.content, Answer)
    assert kept.qualifications[0].share == "010"
    assert kept.qualifications[0].limit is not None
    assert stored.content["qualifications"][0]["number"] == "00000202"
    (told,) = await door.feed("answer")
    (shown,) = told["qualifications"]
    assert shown["limit"]["band"] == "B06"
    assert {"consents", "specified_illnesses", "address", "unknown"}.isdisjoint(shown)
    assert told["check"] == check


async def test_medical_information_in_an_eligibility_only_answer_is_thrown_away_and_held(
    database: Database, tmp_path: Path
) -> None:
    door = await make_door(database, tmp_path, kind=FacilityKind.TREATMENT_PRACTICE)
    check = door.record_check("sato", check_type="eligibility_only", setting="treatment")
    await door.push()
    leaking = Qualification(
        kind=QualificationKind.INSURANCE,
        specified_illnesses=(SpecifiedIllness(category="1"),),
        consents={"medication": ConsentFlag(code="1", at="20261201100000")},
        unknown={"SpecificHealthCheckups": "…"},
    )
    gateway = script(door, valid(qualifications=(leaking,)))
    await door.work()
    assert gateway.requests[0].consents == ()
    assert await door.holds(check) == ["medical_in_eligibility_only"]
    (stored,) = await door.rows(AnswerRow)
    text = str(stored.content) + str(await door.feed("answer"))
    assert "medication" not in text
    assert "SpecificHealthCheckups" not in text
    assert "category" not in text


async def test_only_consents_that_were_given_and_stand_are_told_to_the_gateway(door: Door) -> None:
    consents = [
        cs.ConsentChoice(kind="medication", given=True, text="t"),
        cs.ConsentChoice(kind="treatment", given=False, text="t"),
        cs.ConsentChoice(kind="limit_amount", given=True, text="t"),
    ]
    check = await asked(door, consents=consents)
    gateway = script(door, GatewayUnavailableError("down"), valid())
    await door.work()
    assert gateway.requests[0].consents == ("medication",)
    assert gateway.requests[0].limit_amount_consent
    door.record(
        "consent_withdrawn", cs.ConsentWithdrawnBody(consent=check, duty_pass=door.duty_pass, reason="asked to")
    )
    await door.push()
    later(door, minutes=1)
    await door.work()
    assert gateway.requests[1].consents == ()
    assert not gateway.requests[1].limit_amount_consent


async def test_a_check_taken_back_while_it_is_asked_stays_void(door: Door) -> None:
    check = await asked(door)
    (job,) = await claim(door, "a" * 32)
    door.record("void", cs.VoidBody(check=check, duty_pass=door.duty_pass, reason="wrong"))
    await door.push()
    assert not await answer(door, job, valid())
    row = await door.check(check)
    assert (row.state, row.result) == (CheckState.VOID, None)
    assert await door.feed("answer") == []


async def test_a_patient_without_a_number_learns_it_from_the_cards_answer(database: Database, tmp_path: Path) -> None:
    from kazasu.patients.models import PatientRow

    door = await make_door(database, tmp_path, kind=FacilityKind.TREATMENT_PRACTICE)
    patient = await door.patient("sato", with_number=False)
    door.record_check("sato", check_type="eligibility_only", setting="treatment", subject=cs.PatientSubject(id=patient))
    await door.push()
    await door.work()
    (row,) = await door.rows(PatientRow)
    assert (row.number, row.number_source) == ("0000101", "answer")


async def reconciled(door: Door, check: str) -> None:
    async with asyncio.timeout(20):
        # Another task commits; there is nothing here to wait on but the database.
        while (await door.check(check)).state is not CheckState.RECONCILED:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_the_worker_wakes_when_an_inquiry_is_committed_and_ends_when_cancelled(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_LOOK_EVERY_S", 3600.0)
    running = asyncio.create_task(worker.run(door.context))
    try:
        await asyncio.sleep(0.2)
        check = await asked(door)
        await reconciled(door, check)
    finally:
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running


async def test_the_worker_outlives_a_database_that_fails(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_AFTER_TROUBLE_S", 0.01)
    failures = 0
    real = worker.work_once

    async def failing(context: Any) -> int:
        nonlocal failures
        if failures < 2:
            failures += 1
            raise OSError("disk")
        return await real(context)

    monkeypatch.setattr(worker, "work_once", failing)
    check = await asked(door)
    running = asyncio.create_task(worker.run(door.context))
    try:
        await reconciled(door, check)
    finally:
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert failures == 2


async def test_two_workers_with_one_slow_gateway_store_one_answer(door: Door) -> None:
    for person in ("sato", "takahashi", "ito"):
        await asked(door, person)
    gateway = door.simulator
    assert isinstance(gateway, Simulator)
    gateway.delay_s = 0.05
    await asyncio.gather(*(door.work() for _ in range(3)))
    assert gateway.asked == 3
    assert len(await door.rows(AnswerRow)) == 3
    assert {row.state for row in await door.rows(CheckRow)} == {CheckState.RECONCILED}
