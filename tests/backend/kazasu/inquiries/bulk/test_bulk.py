"""Tomorrow's patients asked about beforehand: once each, durably, each for himself, flagged where not as it was."""

import asyncio
import dataclasses
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from harness.door import Door, FeedItemRow, InquiryRow, later, make_door
from harness.office import PASSWORD, opened_office, problem
from sqlalchemy import select

import checksync as cs
from kazasu.audit import AuditEntry
from kazasu.checks.reading import read_entry
from kazasu.cli import main
from kazasu.clock import SystemClock, day_in_japan
from kazasu.db import Database, new_id
from kazasu.facility import FacilityMode
from kazasu.gateway import BulkKind, BulkRequest, BulkResult, Result
from kazasu.inquiries.bulk import worker
from kazasu.inquiries.bulk.jobs.service import claim_job, end_job
from kazasu.inquiries.bulk.models import BulkJobRow, PatientAnswerRow, PatientInquiryRow
from kazasu.inquiries.bulk.planning import Planned, plan_day
from kazasu.inquiries.bulk.state import BulkState
from kazasu.inquiries.state import InquiryState
from kazasu.patients.models import PatientRow
from kazasu.patients.service import end_home_visits
from kazasu.problems import ProblemError
from kazasu.rules import Setting
from kazasu.staff import Role
from kazasu.visits.models import VisitRow
from kazasu.visits.service import VisitData, add_visit, change_visit, find_visit

TOMORROW = date(2026, 12, 2)
AT = datetime(2026, 12, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> Door:
    return await make_door(database, tmp_path)


async def book(door: Door, patient: str, at: datetime = AT, setting: Setting = Setting.HOME_VISIT) -> str:
    async with door.context.database.writing() as session:
        data = VisitData(patient, at, setting, None, door.device.id, None)
        row = await add_visit(session, door.context.keys.storage, data, actor="shell", at=door.clock.now())
        await session.commit()
    return row.id


async def cancel(door: Door, visit: str, at: datetime | None = None) -> None:
    async with door.context.database.writing() as session:
        row = await find_visit(session, visit)
        assert row is not None
        data = VisitData(row.patient, at or row.at, row.setting, None, row.device, None, is_cancelled=at is None)
        await change_visit(session, door.context.keys.storage, visit, data, actor="shell", at=door.clock.now())
        await session.commit()


async def plan(door: Door, day: date = TOMORROW) -> Planned:
    return await plan_day(door.context, day, actor="shell")


async def step(door: Door) -> bool:
    """One step of the worker, as soon as one is due."""
    for wait_s in (0, 5, 30, 120):
        later(door, seconds=wait_s)
        if await worker.work_once(door.context):
            return True
    return False


async def work(door: Door) -> None:
    while await step(door):
        pass


async def asked(door: Door, *people: str, setting: Setting = Setting.HOME_VISIT) -> dict[str, str]:
    """These persons booked for tomorrow and asked about; their patients by name."""
    patients = {}
    for person in people:
        patients[person] = await door.patient(person)
        await book(door, patients[person], setting=setting)
    await plan(door)
    await work(door)
    return patients


async def inquiry_of(door: Door, patient: str) -> PatientInquiryRow:
    (row,) = await door.rows(PatientInquiryRow, PatientInquiryRow.patient == patient)
    assert isinstance(row, PatientInquiryRow)
    return row


async def checked(door: Door, patient: str, person: str, *consents: tuple[str, bool], **intent: Any) -> str:
    """The patient's card, checked now at a home visit."""
    given = [cs.ConsentChoice(kind=kind, given=is_given, text=f"{kind}-v1") for kind, is_given in consents]
    check = door.record_check(person, subject=cs.PatientSubject(id=patient), consents=given, **intent)
    await door.push()
    await door.work()
    return check


async def test_everyone_of_the_day_is_asked_about_and_each_has_his_own_result(door: Door) -> None:
    people = ("sato", "kimura", "yamamoto", "nakamura", "mori")
    patients = await asked(door, *people)
    results = {person: (await inquiry_of(door, patients[person])).result for person in people}
    assert results == {
        "sato": Result.VALID,
        "kimura": Result.NOT_FOUND,
        "yamamoto": Result.INVALID,
        "nakamura": Result.REFUSED,
        "mori": Result.SEVERAL_MATCH,
    }
    (job,) = await door.rows(BulkJobRow)
    assert (job.state, job.processed, job.normal, job.errors) == (BulkState.DONE, 5, 4, 1)
    assert (job.kind, job.day) == (BulkKind.BEFORE_VISIT, TOMORROW)
    assert len(await door.rows(PatientAnswerRow)) == 5
    # No card was touched: nothing of it is a check's.
    assert await door.rows(InquiryRow) == []
    (sent,) = door.simulator.bulk.requests
    assert (sent.asked_for, len(sent.units)) == (TOMORROW, 5)


async def test_run_twice_nobody_is_asked_about_twice(door: Door) -> None:
    patient = await door.patient("sato")
    await book(door, patient)
    await book(door, patient, AT + timedelta(hours=3))
    first = await plan(door)
    assert (first.asked, first.already, first.waits_because) == (1, 0, None)
    again = await plan(door)
    assert (again.asked, again.already) == (0, 1)
    await work(door)
    assert (await plan(door)).already == 1
    await work(door)
    assert len(door.simulator.bulk.requests) == 1
    assert len(await door.rows(PatientAnswerRow)) == 1


async def test_two_at_once_ask_about_nobody_twice(door: Door) -> None:
    for person in ("sato", "kobayashi", "takahashi"):
        await book(door, await door.patient(person))
    planned = await asyncio.gather(plan(door), plan(door), plan(door))
    assert sum(one.asked for one in planned) == 3
    assert sum(one.already for one in planned) == 6
    for _ in range(6):
        await asyncio.gather(*(worker.work_once(door.context) for _ in range(3)))
        later(door, seconds=10)
    assert sorted(len(request.units) for request in door.simulator.bulk.requests) == [3]
    assert len(await door.rows(PatientAnswerRow)) == 3


async def test_a_corrected_number_is_asked_about_again(door: Door) -> None:
    patients = await asked(door, "sato")
    async with door.context.database.writing() as session:
        row = await session.get_one(PatientRow, patients["sato"])
        row.number = "999"
        await session.commit()
    assert (await plan(door)).asked == 1
    await work(door)
    inquiry = await inquiry_of(door, patients["sato"])
    assert (inquiry.result, inquiry.changes) == (Result.NOT_FOUND, ["no_longer_valid"])
    answers = await door.rows(PatientAnswerRow)
    assert sorted((answer.sequence, answer.result) for answer in answers) == [
        (1, Result.VALID),
        (2, Result.NOT_FOUND),
    ]


async def test_who_has_no_number_or_no_visit_any_more_is_not_asked_about(door: Door) -> None:
    without = await door.patient("sato", with_number=False)
    await book(door, without)
    gone = await book(door, await door.patient("kobayashi"))
    await cancel(door, gone)
    other_day = await door.patient("takahashi")
    await book(door, other_day, AT + timedelta(days=1))
    planned = await plan(door)
    assert (planned.asked, planned.without_number, planned.cancelled) == (0, 1, 1)
    assert await door.rows(PatientInquiryRow) == []


async def test_a_visit_cancelled_or_moved_before_the_request_goes_out_is_withdrawn_and_comes_back_with_another(
    door: Door,
) -> None:
    patients = {person: await door.patient(person) for person in ("sato", "kobayashi", "takahashi")}
    visits = {person: await book(door, patient) for person, patient in patients.items()}
    await plan(door)
    await cancel(door, visits["sato"])
    await cancel(door, visits["kobayashi"], AT + timedelta(days=1))
    await work(door)
    states = {person: (await inquiry_of(door, patient)).state for person, patient in patients.items()}
    assert states == {
        "sato": InquiryState.WITHDRAWN,
        "kobayashi": InquiryState.WITHDRAWN,
        "takahashi": InquiryState.ANSWERED,
    }
    await book(door, patients["sato"])
    assert (await plan(door)).asked == 1
    await work(door)
    assert (await inquiry_of(door, patients["sato"])).state is InquiryState.ANSWERED


@pytest.mark.parametrize(("day", "fits"), [(0, True), (31, True), (-1, False), (32, False)])
async def test_days_that_are_over_or_too_far_ahead_are_refused(door: Door, day: int, fits: bool) -> None:
    if fits:
        assert (await plan(door, date(2026, 12, 1) + timedelta(days=day))).asked == 0
        return
    with pytest.raises(ProblemError) as refused:
        await plan(door, date(2026, 12, 1) + timedelta(days=day))
    assert refused.value.problem.name == "request-not-valid"


async def test_without_a_gateway_it_waits_and_says_so_and_goes_out_when_one_is_set(door: Door) -> None:
    context = door.context
    door.context = dataclasses.replace(context, gateway=None)
    await book(door, await door.patient("sato"))
    assert (await plan(door)).waits_because == "no_gateway"
    assert not await worker.work_once(door.context)
    door.context = context
    await work(door)
    (row,) = await door.rows(PatientInquiryRow)
    assert row.state is InquiryState.ANSWERED


async def test_while_the_other_side_is_down_or_working_the_job_waits_and_is_never_sent_twice(door: Door) -> None:
    door.simulator.bulk.polls = 3
    await book(door, await door.patient("sato"))
    await plan(door)
    door.simulator.is_down = True
    assert await worker.work_once(door.context)
    (job,) = await door.rows(BulkJobRow)
    assert (job.state, job.last_error, job.attempts) == (BulkState.ASKED, "simulator_down", 1)
    assert not await worker.work_once(door.context)
    door.simulator.is_down = False
    for _ in range(40):
        later(door, seconds=5)
        await worker.work_once(door.context)
    (job,) = await door.rows(BulkJobRow)
    assert (job.state, job.last_error) == (BulkState.DONE, None)
    assert len(door.simulator.bulk.requests) == 1


async def test_a_request_that_failed_as_a_whole_goes_out_again_in_another(door: Door) -> None:
    door.simulator.bulk.fails_next = 1
    patients = await asked(door, "sato", "kobayashi")
    jobs = {job.state: job for job in await door.rows(BulkJobRow)}
    assert set(jobs) == {BulkState.FAILED, BulkState.DONE}
    assert jobs[BulkState.FAILED].last_error == "EXERCISE-E0003"
    assert {(await inquiry_of(door, patient)).result for patient in patients.values()} == {Result.VALID}
    assert len(await door.rows(PatientAnswerRow)) == 2


class Forgetful:
    """The simulator, but of the first result of several a person is missing, and another stands in it twice."""

    name = "forgetful"
    is_simulated = True
    keys: frozenset[Any] = frozenset()
    bulk_kinds = frozenset({BulkKind.BEFORE_VISIT, BulkKind.RE_INQUIRY})
    bulk_limit = 2

    def __init__(self, door: Door) -> None:
        self._simulator = door.simulator
        self._is_first = True
        self.sent: list[BulkRequest] = []

    async def ask(self, request: Any) -> Any:
        raise AssertionError(request)

    async def send_bulk(self, request: BulkRequest) -> str:
        self.sent.append(request)
        return await self._simulator.send_bulk(request)

    async def fetch_bulk(self, reception_number: str) -> BulkResult:
        result = await self._simulator.fetch_bulk(reception_number)
        if len(result.units) > 1 and self._is_first:
            self._is_first = False
            return msgspec.structs.replace(result, units=(result.units[0], result.units[0]))
        return result


async def test_who_is_missing_in_a_result_is_asked_about_again_and_requests_keep_to_the_interfaces_size(
    door: Door,
) -> None:
    gateway = Forgetful(door)
    door.context = dataclasses.replace(door.context, gateway=gateway)
    await asked(door, "sato", "kobayashi", "takahashi")
    assert sorted(len(request.units) for request in gateway.sent) == [1, 1, 2]
    rows = await door.rows(PatientInquiryRow)
    assert {row.state for row in rows} == {InquiryState.ANSWERED}
    assert len(await door.rows(PatientAnswerRow)) == 3


async def test_a_worker_that_dies_loses_its_job_to_the_next_and_late_it_changes_nothing(door: Door) -> None:
    await book(door, await door.patient("sato"))
    await plan(door)
    assert await worker.work_once(door.context)  # sent
    later(door, seconds=5)
    async with door.context.database.writing() as session:
        dead = await claim_job(
            session, kinds=set(BulkKind), lease_id=new_id(), lease=worker.LEASE, now=door.clock.now()
        )
        await session.commit()
    assert dead is not None
    assert not await worker.work_once(door.context)
    later(door, minutes=11)
    await work(door)
    (job,) = await door.rows(BulkJobRow)
    assert job.state is BulkState.DONE
    async with door.context.database.writing() as session:
        assert not await end_job(session, dead, BulkState.FAILED, at=door.clock.now())
        await session.commit()
    (job,) = await door.rows(BulkJobRow)
    assert job.state is BulkState.DONE


async def test_a_simulated_result_never_reaches_a_live_facility(door: Door) -> None:
    await book(door, await door.patient("sato"))
    await plan(door)
    live = dataclasses.replace(door.context.facility, mode=FacilityMode.LIVE)
    door.context = dataclasses.replace(door.context, facility=live)
    for _ in range(6):
        await step(door)
    assert await door.rows(PatientAnswerRow) == []


async def test_what_is_not_as_it_was_is_flagged_before_the_visit_for_the_office_and_on_the_device(door: Door) -> None:
    people = ("sato", "suzuki", "yamamoto")
    patients = await asked(door, *people)
    later(door, days=1)
    # Since then: another insurer's number is on file for suzuki, who is really found under sato's.
    async with door.context.database.writing() as session:
        sato = await session.get_one(PatientRow, patients["sato"])
        suzuki = await session.get_one(PatientRow, patients["suzuki"])
        suzuki.insurer_number, suzuki.symbol, suzuki.number = sato.insurer_number, sato.symbol, sato.number
        suzuki.branch, suzuki.birth_date = sato.branch, sato.birth_date
        await session.commit()
    for patient in patients.values():
        await book(door, patient, AT + timedelta(days=1), Setting.HOUSE_CALL)
    await plan(door, TOMORROW + timedelta(days=1))
    await work(door)
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("nurse", Role.VISITOR)
        headers = await office.sign_in("nurse")
        url = "/patient-inquiries?day=2026-12-03"
        everyone = (await office.client.get(url, headers=headers)).json()["items"]
        flagged = (await office.client.get(f"{url}&flagged=true", headers=headers)).json()["items"]
        visits = (await office.client.get("/visits?since=2026-12-02T15:00:00Z", headers=headers)).json()["items"]
    assert len(everyone) == 3
    told = {item["patient"]: [one["change"] for one in item["eligibility"]["changes"]] for item in flagged}
    assert told == {patients["suzuki"]: ["insurer", "symbol_or_number"], patients["yamamoto"]: []}
    shown = {visit["patient"]: visit["eligibility"] for visit in visits}
    assert shown[patients["sato"]]["flagged"] is False
    assert shown[patients["suzuki"]]["flagged"] is True
    assert all(one["say"]["ja"] and one["say"]["en"] for one in shown[patients["suzuki"]]["changes"])
    assert shown[patients["yamamoto"]]["result"] == "invalid"
    roster = {item["patient"]: item for item in await door.feed("roster") if "eligibility" in item}
    part = roster[patients["suzuki"]]["eligibility"]
    assert part == {
        "kind": "before_visit",
        "result": "valid",
        "changes": ["insurer", "symbol_or_number"],
        "asked_for": "2026-12-03",
        "answered_at": part["answered_at"],
        "simulated": True,
    }
    assert cs.RosterVisit(**{"visit": "ab", "eligibility": cs.VisitEligibility(**part)}).eligibility is not None


async def test_the_card_that_showed_more_before_is_what_a_change_is_measured_by(door: Door) -> None:
    # The last known of the patient is a check's answer by another, newer, insurer than the roster's.
    patient = await door.patient("suzuki_yui", old=True)
    await checked(door, patient, "suzuki_yui")
    await book(door, patient, setting=Setting.HOUSE_CALL)
    await plan(door)
    await work(door)
    row = await inquiry_of(door, patient)
    assert (row.result, row.is_flagged) == (Result.INVALID_NEWER_EXISTS, True)


async def test_a_continuing_visit_is_asked_again_and_a_first_one_is_not(door: Door) -> None:
    first, second = await door.patient("sato"), await door.patient("kobayashi")
    await checked(door, second, "kobayashi")
    for patient in (first, second):
        await book(door, patient)
    planned = await plan(door)
    assert (planned.asked, planned.re_inquiries) == (2, 1)
    await work(door)
    kinds = {row.patient: row.kind for row in await door.rows(PatientInquiryRow)}
    assert kinds == {first: BulkKind.BEFORE_VISIT, second: BulkKind.RE_INQUIRY}
    assert {job.kind for job in await door.rows(BulkJobRow)} == {BulkKind.BEFORE_VISIT, BulkKind.RE_INQUIRY}


@pytest.mark.parametrize("why", ["void", "doubted", "ended", "house_call", "other_setting"])
async def test_what_is_no_continuing_visit_is_asked_as_any_other(door: Door, why: str) -> None:
    patient = await door.patient("sato")
    setting = Setting.HOUSE_CALL if why == "house_call" else Setting.HOME_VISIT
    # Another person's card at this patient's visit leaves the person in doubt.
    person = "sato"
    if why == "doubted":
        await checked(door, await door.patient("kobayashi"), "kobayashi")
        person = "kobayashi"
    intent = {"setting": "house_call"} if why == "other_setting" else {}
    check = await checked(door, patient, person, **intent)
    if why == "void":
        door.record("void", cs.VoidBody(check=check, duty_pass=door.duty_pass, reason="mistake"))
        await door.push()
    if why == "ended":
        async with door.context.database.writing() as session:
            await end_home_visits(session, patient, date(2026, 12, 1), actor="shell", at=door.clock.now())
            await session.commit()
    await book(door, patient, setting=setting)
    await plan(door)
    assert (await inquiry_of(door, patient)).kind is BulkKind.BEFORE_VISIT


MEDICAL = ("medication", "treatment", "specified_illness")


async def test_asked_again_the_answer_keeps_what_the_first_consent_still_allows(door: Door) -> None:
    patient = await door.patient("yoshida")
    choices = [("medication", True), ("treatment", False), ("specified_illness", True), ("limit_amount", True)]
    await checked(door, patient, "yoshida", *choices)
    await book(door, patient)
    await plan(door)
    await work(door)
    (sent,) = door.simulator.bulk.requests
    assert (sent.units[0].consents, sent.units[0].limit_amount_consent) == (("medication", "specified_illness"), True)
    (answer,) = await door.rows(PatientAnswerRow)
    (one,) = answer.content["qualifications"]
    assert {kind: flag["code"] for kind, flag in one["consents"].items()} == {
        "medication": "1",
        "specified_illness": "1",
        "limit_amount": "1",
    }
    assert one["specified_illnesses"]
    # Nothing of it leaves by the feed, nor is it shown with the patient.
    items = json.dumps([row.data for row in await door.rows(FeedItemRow)])
    roster = json.dumps(await door.feed("roster"))
    assert '"eligibility"' in roster
    assert not [word for word in (*MEDICAL, "consents") if word in roster]
    assert '"consents"' not in items
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("counter", Role.COUNTER)
        headers = await office.sign_in("counter")
        inquiry = await inquiry_of(door, patient)
        detail = await office.client.get(f"/patient-inquiries/{inquiry.id}", headers=headers)
    assert detail.json()["answers"][0]["content"]["qualifications"][0]["insurer_number"]
    assert not [word for word in MEDICAL if word in detail.text]


async def test_a_consent_withdrawn_while_the_answer_is_on_its_way_opens_nothing(door: Door) -> None:
    patient = await door.patient("yoshida")
    check = await checked(door, patient, "yoshida", ("medication", True), ("specified_illness", True))
    await book(door, patient)
    await plan(door)
    assert await worker.work_once(door.context)
    door.record("consent_withdrawn", cs.ConsentWithdrawnBody(consent=check, duty_pass=door.duty_pass, reason="asked"))
    await door.push()
    await work(door)
    (answer,) = await door.rows(PatientAnswerRow)
    (one,) = answer.content["qualifications"]
    assert set(one.get("consents", {})) <= {"limit_amount"}
    assert "specified_illnesses" not in one


async def test_before_a_visit_nothing_medical_is_kept_whatever_comes(door: Door) -> None:
    patient = await door.patient("yoshida")
    await checked(door, patient, "yoshida", ("medication", True), ("specified_illness", True))
    await book(door, patient, setting=Setting.HOUSE_CALL)
    await plan(door)
    assert await worker.work_once(door.context)
    # The other side answers as if it had been asked again, on consents that hold for home visits.
    received = next(iter(door.simulator.bulk._received.values()))
    units = tuple(
        msgspec.structs.replace(unit, consents=("medication", "specified_illness")) for unit in received.request.units
    )
    received.request = msgspec.structs.replace(received.request, kind=BulkKind.RE_INQUIRY, units=units)
    await work(door)
    (answer,) = await door.rows(PatientAnswerRow)
    (one,) = answer.content["qualifications"]
    assert set(one.get("consents", {})) <= {"limit_amount"}
    assert "specified_illnesses" not in one


async def test_every_state_is_in_the_audit_log(door: Door) -> None:
    door.simulator.bulk.fails_next = 1
    patients = await asked(door, "sato", "kobayashi")
    await cancel(door, await book(door, await door.patient("takahashi")))
    for subject, model in (("patient_inquiry", PatientInquiryRow), ("bulk_job", BulkJobRow)):
        told: dict[str, str] = {}
        async with door.context.database.reading() as session:
            entries = await session.scalars(
                select(AuditEntry).where(AuditEntry.subject_type == subject).order_by(AuditEntry.number)
            )
            for entry in entries:
                details = json.loads(entry.details)
                assert details["from"] == told.get(entry.subject)
                told[entry.subject] = details["to"]
        assert told == {row.id: row.state.value for row in await door.rows(model)}
    assert len(patients) == 2


async def test_over_http_the_day_is_asked_about_by_who_may_and_its_requests_are_listed(door: Door) -> None:
    await book(door, await door.patient("sato"))
    async with opened_office(door.context, read_entry) as office:
        for login, role in (("counter", Role.COUNTER), ("nurse", Role.VISITOR)):
            await office.add_staff(login, role)
        headers, nurse = await office.sign_in("counter"), await office.sign_in("nurse")
        body = {"visits_on": "2026-12-02"}
        refused = await office.client.post("/bulk-inquiries", json=body, headers=nurse)
        assert problem(refused) == "role-not-allowed"
        planned = await office.client.post("/bulk-inquiries", json=body, headers=headers)
        assert planned.json() == {
            "day": "2026-12-02",
            "asked": 1,
            "re_inquiries": 0,
            "already": 0,
            "without_number": 0,
            "cancelled": 0,
            "waits_because": None,
        }
        over = await office.client.post("/bulk-inquiries", json={"visits_on": "2026-11-30"}, headers=headers)
        assert problem(over) == "request-not-valid"
        await work(door)
        jobs = (await office.client.get("/bulk-inquiries?day=2026-12-02", headers=nurse)).json()["items"]
        assert [(job["state"], job["processed"], job["errors"]) for job in jobs] == [("done", 1, 0)]
        assert jobs[0]["reception_number"].startswith("EXERCISE")
        assert (await office.client.get("/bulk-inquiries?day=2026-12-03", headers=nurse)).json()["items"] == []
        missing = await office.client.get("/patient-inquiries/" + "0" * 32, headers=headers)
        assert problem(missing) == "not-found"
        patient = (await office.client.get("/patients", headers=headers)).json()["items"][0]["id"]
        ended = await office.client.put(
            f"/patients/{patient}/home-visits", json={"ended_on": "2026-12-31"}, headers=headers
        )
        assert ended.json()["home_visits_ended_on"] == "2026-12-31"
        open_again = await office.client.put(
            f"/patients/{patient}/home-visits", json={"ended_on": None}, headers=headers
        )
        assert open_again.json()["home_visits_ended_on"] is None


async def test_a_day_of_many_visits_is_planned_in_slices_and_sent_in_batches(door: Door) -> None:
    async with door.context.database.writing() as session:
        for index in range(450):
            patient = PatientRow(
                id=f"{index:032x}", name="訓練", name_kana="ｸﾝﾚﾝ", birth_date=date(1950, 1, 1), sex="1",
                insurer_number="01990019", symbol="1", number=str(index), branch="", number_source="roster",
                made_at=door.clock.now(), changed_at=door.clock.now(),
            )  # fmt: skip
            session.add(patient)
        await session.flush()
        for index in range(450):
            session.add(
                VisitRow(
                    # Many at the same minute: pages go by time and id.
                    id=f"f{index:031x}", patient=f"{index:032x}", at=AT + timedelta(minutes=index // 300),
                    setting=Setting.HOUSE_CALL, made_at=door.clock.now(), changed_at=door.clock.now(),
                )
            )  # fmt: skip
        await session.commit()
    assert (await plan(door)).asked == 450
    assert (await plan(door)).already == 450
    door.simulator.bulk.polls = 0
    await work(door)
    assert [len(request.units) for request in door.simulator.bulk.requests] == [450]
    states = {row.state for row in await door.rows(PatientInquiryRow)}
    assert states == {InquiryState.ANSWERED}


def test_the_command_asks_about_tomorrow_and_says_what_it_came_to(tmp_path: Path) -> None:
    def run(*arguments: str) -> Any:
        environment = {"KAZASU_HOME": "", "KAZASU_DATABASE": "", "KAZASU_GATEWAY": "none"}
        return CliRunner().invoke(main, arguments, input=f"{PASSWORD}\n", env=environment)

    home = ("--home", str(tmp_path / "home"))
    made = run(
        "init", *home, "--mode", "exercise", "--name", "訓練", "--institution-code", "9910000018",
        "--kind", "medical_institution", "--login", "admin", "--password-stdin", "--tls", "none",
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    tomorrow = day_in_japan(SystemClock().now()) + timedelta(days=1)
    planned = run("inquire", *home, "--json")
    assert planned.exit_code == 0, planned.output
    assert json.loads(planned.output) == {
        "day": tomorrow.isoformat(), "asked": 0, "re_inquiries": 0, "already": 0, "without_number": 0,
        "cancelled": 0, "waits_because": "no_gateway",
    }  # fmt: skip
    words = run("inquire", *home, "--visits-on", tomorrow.isoformat()).output
    assert "照会 0" in words
    assert "gateway is set" in words
    over = run("inquire", *home, "--visits-on", "2020-01-01")
    assert (over.exit_code, ProblemError("request-not-valid").problem.happened.en in over.output) == (1, True)
