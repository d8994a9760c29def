"""Two people, one patient: checks of several devices are one visit or two by rule, with both proofs, asked once."""

from pathlib import Path
from typing import Any

import pytest
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
)  # fmt: skip
from harness.office import Office, opened_office, problem

import checksync as cs
from kazasu.checks.models import VisitJoinRow
from kazasu.checks.reading import read_entry
from kazasu.checks.state import CheckState
from kazasu.db import Database
from kazasu.inquiries.models import AnswerRow
from kazasu.reconciliation.deciding import make_decision
from kazasu.reconciliation.decision import Decision
from kazasu.reports.service import checks_of_month
from kazasu.staff import Role
from kazasu.sync.models import FeedItemRow, LogEntryRow

DAYS = {"since": "2026-12-01", "until": "2026-12-31"}


@pytest.fixture
async def doctor(database: Database, tmp_path: Path) -> Door:
    return await make_door(database, tmp_path)


@pytest.fixture
async def nurse(doctor: Door) -> Door:
    return await second_device(doctor)


def touch(door: Door, patient: str, person: str = "sato", **more: Any) -> str:
    return door.record_check(person, subject=cs.PatientSubject(id=patient), **more)


async def visits(door: Door) -> dict[str, set[str]]:
    """By the check that counts, all checks of its visit."""
    found: dict[str, set[str]] = {}
    for row in await door.rows(CheckRow):
        if row.state is not CheckState.VOID:
            found.setdefault(row.repeat_of or row.id, set()).add(row.id)
    return found


async def both(doctor: Door, nurse: Door, *, minutes: float, first: str = "doctor", **more: Any) -> tuple[str, str]:
    """A doctor's check, the nurse's so many minutes later, both without a connection; synced in the order given."""
    patient = await doctor.patient("sato")
    one = touch(doctor, patient, **more)
    later(doctor, minutes=minutes)
    two = touch(nurse, patient, **more)
    later(doctor, hours=6)
    for door in (doctor, nurse) if first == "doctor" else (nurse, doctor):
        await door.push()
        await door.work()
    return one, two


@pytest.mark.parametrize("first", ["doctor", "nurse"])
async def test_one_visit_is_asked_once_counted_once_and_told_to_both(doctor: Door, nurse: Door, first: str) -> None:
    one, two = await both(doctor, nurse, minutes=20, first=first)
    assert await visits(doctor) == {one: {one, two}}
    assert len(await doctor.rows(AnswerRow)) == 1
    (inquiry,) = await doctor.rows(InquiryRow)
    assert inquiry.check == one
    assert await doctor.holds() == []
    rows = {row.id: row for row in await doctor.rows(CheckRow)}
    assert {row.state for row in rows.values()} == {CheckState.RECONCILED}
    # Both proofs are kept: each check has its own entry, device, assurance.
    assert {row.device for row in rows.values()} == {doctor.device.id, nurse.device.id}
    assert {row.assurance.value for row in rows.values()} == {"card_signed"}
    assert len({(row.log, row.entry_number) for row in rows.values()}) == 2
    assert len(await doctor.rows(LogEntryRow)) == 2
    answers = await doctor.rows(FeedItemRow, FeedItemRow.kind == "answer")
    assert {(row.device, row.data["check"]) for row in answers} == {(doctor.device.id, one), (nurse.device.id, two)}
    async with doctor.context.database.reading() as session:
        usage = await checks_of_month(session, 2026, 12)
    assert (usage.card_checks, usage.all_checks) == (1, 1)
    assert await states_by_audit(doctor.context.database) == await states_by_table(doctor.context.database)


async def test_what_lies_hours_apart_is_two_visits(doctor: Door, nurse: Door) -> None:
    one, two = await both(doctor, nurse, minutes=200)
    assert await visits(doctor) == {one: {one}, two: {two}}
    assert len(await doctor.rows(AnswerRow)) == 2


@pytest.mark.parametrize("first", ["doctor", "nurse"])
async def test_what_is_unclear_stays_apart_until_a_person_joins_it(doctor: Door, nurse: Door, first: str) -> None:
    one, two = await both(doctor, nurse, minutes=100, first=first)
    assert await visits(doctor) == {one: {one}, two: {two}}
    (hold,) = await doctor.rows(HoldRow)
    assert (hold.reason.value, hold.check, hold.evidence["with"]) == ("perhaps_one_visit", two, one)
    async with opened_office(doctor.context, read_entry) as office:
        headers = await signed_in(office)
        body = {"other": one, "is_one": True, "reason": "往診の医師と看護師"}
        shown = await office.client.post(f"/checks/{two}/visit", json=body, headers=headers)
        assert shown.status_code == 200, shown.text
        assert shown.json()["counted"] == one
        assert [check["device"] for check in shown.json()["checks"]] == [doctor.device.id, nurse.device.id]
        assert shown.json()["joins"][-1]["why"] == "decided"
    assert await doctor.holds() == []
    assert await visits(doctor) == {one: {one, two}}


async def signed_in(office: Office) -> dict[str, str]:
    await office.add_staff("office", Role.BACK_OFFICE)
    return await office.sign_in("office")


async def test_a_join_is_undone_by_a_decision_and_each_is_asked_for_itself(doctor: Door, nurse: Door) -> None:
    one, two = await both(doctor, nurse, minutes=20)
    async with opened_office(doctor.context, read_entry) as office:
        headers = await signed_in(office)
        body = {"other": one, "is_one": False, "reason": "別々に訪問した"}
        shown = (await office.client.post(f"/checks/{two}/visit", json=body, headers=headers)).json()
        assert shown["counted"] == two
        assert await visits(doctor) == {one: {one}, two: {two}}
        await doctor.work()
        assert (await doctor.check(two)).state is CheckState.RECONCILED
        assert len(await doctor.rows(AnswerRow)) == 2
        # The last word counts.
        body |= {"is_one": True, "reason": "やはり一緒だった"}
        shown = (await office.client.post(f"/checks/{one}/visit", json={**body, "other": two}, headers=headers)).json()
        assert shown["counted"] == one
        assert await visits(doctor) == {one: {one, two}}
        listed = (await office.client.get(f"/checks/{two}/visit", headers=headers)).json()
        assert sorted(join["parted_at"] is None for join in listed["joins"]) == [False, True]
        nowhere = await office.client.post(f"/checks/{'0' * 32}/visit", json=body, headers=headers)
        assert problem(nowhere) == "not-found"
        assert problem(await office.client.get(f"/checks/{'0' * 32}/visit", headers=headers)) == "not-found"
        itself = await office.client.post(f"/checks/{one}/visit", json={**body, "other": one}, headers=headers)
        assert problem(itself) == "request-not-valid"
    assert await states_by_audit(doctor.context.database) == await states_by_table(doctor.context.database)


async def test_what_went_out_as_one_is_not_parted_and_a_late_check_joins_what_went_out(
    doctor: Door, nurse: Door
) -> None:
    patient = await doctor.patient("sato")
    early = touch(doctor, patient)
    later(doctor, minutes=20)
    late = touch(nurse, patient)
    await nurse.push()
    await nurse.work()
    async with opened_office(doctor.context, read_entry) as office:
        headers = await signed_in(office)
        assert (await office.client.post("/exports", json=DAYS, headers=headers)).status_code == 201
        await doctor.push()
        # The earlier check would count; but the later one is out already.
        assert await visits(doctor) == {late: {early, late}}
        body = {"other": late, "is_one": False, "reason": "x"}
        refused = await office.client.post(f"/checks/{early}/visit", json=body, headers=headers)
        assert problem(refused) == "decision-exported"
        assert problem(await office.client.post("/exports", json=DAYS, headers=headers)) == "nothing-to-export"
    assert len(await doctor.rows(AnswerRow)) == 1


async def test_a_doubtful_check_does_not_hide_in_a_clean_visit_and_joins_it_when_explained(
    doctor: Door, nurse: Door
) -> None:
    patient = await doctor.patient("sato")
    one = touch(doctor, patient)
    later(doctor, minutes=5)
    two = touch(nurse, patient, identity_method="visual", with_attestation=False)
    await doctor.push()
    await nurse.push()
    await doctor.work()
    assert await visits(doctor) == {one: {one}, two: {two}}
    (hold,) = await doctor.rows(HoldRow)
    async with doctor.context.database.writing() as session:
        await make_decision(session, doctor.context, hold.id, Decision.ACCEPT, reason="確認", staff=doctor.staff)
        await session.commit()
    assert await visits(doctor) == {one: {one, two}}
    assert await doctor.work() == 0
    assert len(await doctor.rows(AnswerRow)) == 1


@pytest.mark.parametrize("taken_back", ["first", "second"])
async def test_a_taken_back_check_leaves_the_other_standing(doctor: Door, nurse: Door, taken_back: str) -> None:
    one, two = await both(doctor, nurse, minutes=20)
    door, gone, left = (doctor, one, two) if taken_back == "first" else (nurse, two, one)
    door.record("void", cs.VoidBody(check=gone, duty_pass=door.duty_pass, reason="mistake"))
    await door.push()
    await door.work()
    assert await visits(doctor) == {left: {left}}
    assert (await doctor.check(left)).state is CheckState.RECONCILED
    assert (await doctor.check(left)).result is not None
    assert await states_by_audit(doctor.context.database) == await states_by_table(doctor.context.database)


async def test_an_earlier_check_takes_the_answer_and_its_holds_over(doctor: Door, nurse: Door) -> None:
    patient = await doctor.patient("yamamoto")
    early = touch(doctor, patient, "yamamoto")
    later(doctor, minutes=20)
    late = touch(nurse, patient, "yamamoto")
    await nurse.push()
    await nurse.work()
    assert await doctor.holds(late) == ["answer_invalid"]
    await doctor.push()
    await doctor.work()
    assert await visits(doctor) == {early: {early, late}}
    assert await doctor.holds(late) == []
    assert await doctor.holds(early) == ["answer_invalid"]
    assert len(await doctor.rows(AnswerRow)) == 1
    (hold,) = await doctor.rows(HoldRow)
    async with doctor.context.database.writing() as session:
        await make_decision(
            session, doctor.context, hold.id, Decision.OLD_QUALIFICATION, reason="確認", staff=doctor.staff
        )
        await session.commit()
    assert {row.state for row in await doctor.rows(CheckRow)} == {CheckState.RECONCILED}
    assert await states_by_audit(doctor.context.database) == await states_by_table(doctor.context.database)


async def test_an_answer_on_its_way_while_the_visit_is_joined_finds_the_visit(doctor: Door, nurse: Door) -> None:
    from kazasu.inquiries.answering import take_answer
    from kazasu.inquiries.asking import request_of
    from kazasu.inquiries.service import claim_due
    from kazasu.inquiries.worker import LEASE

    patient = await doctor.patient("sato")
    early = touch(doctor, patient)
    later(doctor, minutes=20)
    late = touch(nurse, patient)
    await nurse.push()
    context = doctor.context
    async with context.database.writing() as session:
        (claimed,) = await claim_due(
            session, keys=doctor.simulator.keys, lease_id="l", lease=LEASE, limit=1, now=doctor.clock.now()
        )
        await session.commit()
    async with context.database.reading() as session:
        request = await request_of(session, context, claimed)
    assert request is not None
    assert claimed.check == late
    await doctor.push()
    answer = await doctor.simulator.ask(request)
    async with context.database.writing() as session:
        assert await take_answer(
            session, context, inquiry=claimed.id, check=claimed.check, key=claimed.key, answer=answer,
            at=doctor.clock.now(), lease="l",
        )  # fmt: skip
        await session.commit()
    assert await visits(doctor) == {early: {early, late}}
    assert {row.state for row in await doctor.rows(CheckRow)} == {CheckState.RECONCILED}
    assert (await doctor.check(early)).result is not None


async def test_a_document_for_either_check_serves_the_visit(doctor: Door, nurse: Door) -> None:
    patient = await doctor.patient("ito", with_number=False)
    one = touch(doctor, patient, "ito", setting="drive_through")
    later(doctor, minutes=5)
    two = touch(nurse, patient, "ito", setting="drive_through")
    await doctor.push()
    await nurse.push()
    assert await visits(doctor) == {one: {one, two}}
    from kazasu.gateway.simulator import REGISTRY

    qualification = REGISTRY["ito"].current[0]
    fields: dict[str, Any] = {
        "insurer_number": qualification.insurer_number.strip(), "symbol": qualification.symbol,
        "number": qualification.number, "birth_date": REGISTRY["ito"].birth_date.isoformat(),
    }  # fmt: skip
    body = cs.SubstituteBody(check=two, duty_pass=nurse.duty_pass, reason="card", document="notice", fields=fields)
    nurse.record("substitute", body)
    await nurse.push()
    await nurse.work()
    assert (await doctor.check(one)).result is not None
    assert len([row for row in await doctor.rows(VisitJoinRow) if row.standing]) == 1
