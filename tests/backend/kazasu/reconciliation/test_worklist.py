"""The worklist: ordered by deadline and by what hangs on a claim, filtered, paged; proposals accepted in one action."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from harness.door import CheckRow, DecisionRow, Door, HoldRow, later, make_door, second_device
from harness.office import Office, opened_office, problem
from harness.roster import data_of

import checksync as cs
from kazasu.audit import AuditEntry
from kazasu.checks.reading import read_entry
from kazasu.checks.state import CheckState
from kazasu.db import Database, new_id
from kazasu.patients.service import change_patient
from kazasu.problems import ProblemError
from kazasu.reconciliation.bulk import SAY, BulkOutcome, one_by_one
from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.placing import NO_DEADLINE
from kazasu.reconciliation.reason import REASONS, HoldReason, Severity
from kazasu.reconciliation.state import HoldState
from kazasu.reconciliation.worklist import WorkFilter, WorkPlace, list_work
from kazasu.staff import Role


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> Door:
    return await make_door(database, tmp_path)


async def signed_in(office: Office) -> dict[str, str]:
    await office.add_staff("office", Role.BACK_OFFICE)
    return await office.sign_in("office")


async def touch(door: Door, person: str, patient: str, **more: Any) -> str:
    check = door.record_check(person, subject=cs.PatientSubject(id=patient), **more)
    await door.push()
    await door.work()
    return check


async def rank_of(door: Door, check: str) -> int:
    (hold,) = await door.rows(HoldRow, HoldRow.check == check, HoldRow.closed_at.is_(None))
    return -hold.rank


async def test_a_hold_weighs_what_waits_for_its_claim(door: Door) -> None:
    patient = await door.patient("yamamoto")
    check = await touch(door, "yamamoto", patient)
    assert await rank_of(door, check) == 7
    later(door, hours=1)
    await touch(door, "yamamoto", patient)
    assert await rank_of(door, check) == 14
    # A visit that was taken back weighs nothing; a full charge weighs the whole.
    door.record("void", cs.VoidBody(check=door.ids[-1], duty_pass=door.duty_pass, reason="mistake"))
    await door.push()
    assert await rank_of(door, check) == 7
    body = cs.TroubleBody(
        check=check, duty_pass=door.duty_pass, category="invalid", response="other", full_charge=True, note=""
    )
    door.record("trouble", body)
    await door.push()
    assert await rank_of(door, check) == 10


async def test_a_known_share_weighs_what_the_patient_did_not_pay(door: Door) -> None:
    # Ten per cent paid at the window: nine tenths of each visit hang on the claim that one doubt stops.
    patient = await door.patient("takahashi")
    await touch(door, "takahashi", patient)
    later(door, hours=1)
    doubtful = await touch(door, "takahashi", patient, identity_method="visual", with_attestation=False)
    assert await door.holds(doubtful) == ["attestation_missing"]
    assert await rank_of(door, doubtful) == 9 + 7


async def test_runs_of_plain_checks_weigh_the_same_as_checks_read_alone(door: Door) -> None:
    checks = [door.record_check(person, setting="drive_through") for person in ("sato", "ito", "suzuki")]
    await door.push()
    rows = await door.rows(HoldRow)
    assert {row.check for row in rows} == set(checks)
    for row in rows:
        assert (row.rank, row.deadline, row.month) == (-7, date(2027, 1, 10), date(2026, 12, 1))
        assert (row.device, row.staff) == (door.device.id, door.staff)
        assert row.severity is REASONS[row.reason].severity


async def test_an_entry_that_cannot_be_read_may_be_a_visit_and_a_notice_has_no_deadline(door: Door) -> None:
    door.append(door.public.seal(b"no entry", door.log.log, door.log.last + 1))
    door.record("prophecy", b"{}")
    await door.push()
    rows = {row.reason: row for row in await door.rows(HoldRow)}
    (unread,) = [row for row in rows.values() if row.severity is not Severity.NOTICE]
    assert (unread.rank, unread.deadline) == (-7, date(2027, 1, 10))
    assert (rows[HoldReason.KIND_UNKNOWN].rank, rows[HoldReason.KIND_UNKNOWN].deadline) == (0, NO_DEADLINE)


async def test_another_person_on_the_differing_path_is_due_before_the_window_closes(door: Door) -> None:
    patient = await door.patient("sato")
    async with door.context.database.writing() as session:
        data = data_of("sato", birth_date=date(1980, 1, 11))
        await change_patient(session, patient, data, actor="shell", at=door.clock.now())
        await session.commit()
    check = await touch(door, "sato", patient, with_attributes=True, setting="drive_through")
    (hold,) = await door.rows(HoldRow, HoldRow.check == check)
    assert (hold.reason, hold.deadline) == (HoldReason.OTHER_PERSON, date(2026, 12, 2))


async def several(door: Door) -> list[str]:
    """Holds of two persons, two months, two devices."""
    yamamoto, kimura = await door.patient("yamamoto"), await door.patient("kimura")
    checks = [await touch(door, "kimura", kimura)]
    for _ in range(2):
        later(door, hours=1)
        checks.append(await touch(door, "yamamoto", yamamoto))
    other = await second_device(door)
    later(door, hours=1)
    checks.append(other.record_check("ito"))
    await other.push()
    await other.work()
    return checks


async def test_the_order_is_deadline_then_what_hangs_on_it_then_id(door: Door) -> None:
    await several(door)
    rows = await door.rows(HoldRow)
    async with door.context.database.reading() as session:
        listed = [row.id for row in await list_work(session, WorkFilter(), after=None, limit=100)]
    assert listed == [row.id for row in sorted(rows, key=lambda row: (row.deadline, row.rank, row.id))]
    assert len(listed) == len(rows) >= 4


async def test_pages_join_without_a_gap_or_a_repetition_and_every_filter_filters(door: Door) -> None:
    await several(door)
    rows = await door.rows(HoldRow)
    async with opened_office(door.context, read_entry) as office:
        headers = await signed_in(office)
        assert problem(await office.client.get("/worklist")) == "token-not-valid"
        seen: list[str] = []
        after = ""
        while True:
            page = (await office.client.get(f"/worklist?limit=1{after}", headers=headers)).json()
            seen += [item["id"] for item in page["items"]]
            if page["next"] is None:
                break
            after = f"&after={page['next']}"
        assert seen == [row.id for row in sorted(rows, key=lambda row: (row.deadline, row.rank, row.id))]
        one = rows[0]
        for query, wanted in {
            "hold_state=open": lambda row: row.state is HoldState.OPEN,
            "hold_state=waiting": lambda row: False,
            f"reason={one.reason}": lambda row: row.reason is one.reason,
            "severity=unclean": lambda row: row.severity is Severity.UNCLEAN,
            "severity=blocking": lambda row: row.severity is Severity.BLOCKING,
            "proposal=old_qualification": lambda row: row.proposal is Decision.OLD_QUALIFICATION,
            f"of_patient={one.patient}": lambda row: row.patient == one.patient,
            f"of_staff={door.staff}": lambda row: row.staff == door.staff,
            f"of_device={door.device.id}": lambda row: row.device == door.device.id,
            "month=2026-12": lambda row: True,
            "month=2026-11": lambda row: False,
        }.items():
            listed = (await office.client.get(f"/worklist?limit=200&{query}", headers=headers)).json()["items"]
            assert {item["id"] for item in listed} == {row.id for row in rows if wanted(row)}, query
        for wrong in ("month=2026-13", "month=2026", "after=x", "limit=0", "severity=loud"):
            assert problem(await office.client.get(f"/worklist?{wrong}", headers=headers)) == "request-not-valid"
        item = (await office.client.get("/worklist?limit=1", headers=headers)).json()["items"][0]
        assert item["deadline"] == "2027-01-10"
        assert item["tenths_at_stake"] > 0


def test_a_cursor_says_where_a_page_ended() -> None:
    place = WorkPlace(date(2027, 1, 10), -14, "0" * 32)
    assert WorkPlace.of(place.cursor()) == place
    for wrong in (WorkPlace(date(2027, 1, 10), 10**30, "0"), WorkPlace(date(2027, 1, 10), 1, "\x00")):
        with pytest.raises(ProblemError):
            WorkPlace.of(wrong.cursor())


def test_what_blocks_is_never_accepted_in_bulk() -> None:
    assert one_by_one(HoldReason.OTHER_PERSON)
    for reason, about in REASONS.items():
        assert one_by_one(reason) is (about.severity is Severity.BLOCKING)
    assert set(SAY) == set(BulkOutcome)


async def test_proposals_are_accepted_as_one_action_and_answered_hold_by_hold(door: Door) -> None:
    await several(door)
    doubtful = await door.patient("sato")
    blocked = await touch(door, "sato", doubtful, identity_method="visual", with_attestation=False)
    holds = {row.id: row for row in await door.rows(HoldRow)}
    body: dict[str, Any] = {
        "holds": [{"hold": row.id, "decision": row.proposal} for row in holds.values() if row.proposal],
        "reason": "提案どおり",
    }
    unlike = next(row for row in holds.values() if row.reason is HoldReason.ANSWER_NOT_FOUND)
    body["holds"] = [one for one in body["holds"] if one["hold"] != unlike.id]
    body["holds"] += [{"hold": unlike.id, "decision": "private_payment"}, {"hold": new_id(), "decision": "accept"}]
    async with opened_office(door.context, read_entry) as office:
        headers = await signed_in(office)
        done = (await office.client.post("/holds/accept", json=body, headers=headers)).json()
        outcomes = {one["hold"]: one["outcome"] for one in done["holds"]}
        again = (await office.client.post("/holds/accept", json=body, headers=headers)).json()
        assert problem(await office.client.post("/holds/accept", json={**body, "holds": []}, headers=headers)) == (
            "request-not-valid"
        )
    assert len(outcomes) == len(body["holds"])
    for id_, outcome in outcomes.items():
        row = holds.get(id_)
        if row is None:
            assert outcome == "not_found"
        elif row.check == blocked:
            assert outcome == "one_by_one"
        elif row is unlike:
            assert outcome == "proposal_changed"
        else:
            assert outcome == ("decided" if row.proposal is not None and row.proposal.closes_the_hold else "waiting")
    made = await door.rows(DecisionRow, DecisionRow.bulk == done["bulk"])
    assert len(made) == sum(outcome in ("decided", "waiting") for outcome in outcomes.values())
    assert {one["outcome"] for one in again["holds"]} >= {"closed", "one_by_one"}
    assert (await door.check(blocked)).state is CheckState.HELD
    (audited,) = [row for row in await door.rows(AuditEntry) if row.subject == done["bulk"]]
    assert audited.action == "proposals_accepted"
    assert [row.state for row in await door.rows(CheckRow, CheckRow.state == CheckState.RECONCILED)]
