"""Holds are decided by a person, with who, why and what they had before them; the check stands where they leave it."""

from pathlib import Path

import pytest
from harness.door import CheckRow, DecisionRow, Door, HoldRow, InquiryRow, later, make_door
from harness.office import opened_office, problem

import checksync as cs
from kazasu.checks.reading import read_entry
from kazasu.checks.state import CheckState, may_follow
from kazasu.db import Database
from kazasu.inquiries.models import AnswerRow
from kazasu.problems import ProblemError
from kazasu.reconciliation.deciding import make_decision
from kazasu.reconciliation.decision import SAY, Decision
from kazasu.reconciliation.reason import REASONS, HoldReason, Severity
from kazasu.reconciliation.state import HoldState
from kazasu.staff import Role


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> Door:
    return await make_door(database, tmp_path)


async def decided(door: Door, decision: Decision, reason: HoldReason | None = None) -> HoldRow:
    """The one open hold (of this reason), decided."""
    where = [HoldRow.closed_at.is_(None)] + ([HoldRow.reason == reason] if reason else [])
    (hold,) = await door.rows(HoldRow, *where)
    async with door.context.database.writing() as session:
        row = await make_decision(session, door.context, hold.id, decision, reason="電話で確かめた", staff=door.staff)
        await session.commit()
    return row


async def held_by_answer(door: Door) -> str:
    """A check whose qualification is invalid."""
    check = door.record_check("yamamoto", subject=cs.PatientSubject(id=await door.patient("yamamoto")))
    await door.push()
    await door.work()
    assert (await door.check(check)).state is CheckState.HELD
    return check


def test_every_reason_says_what_it_means_and_what_to_do_in_both_languages() -> None:
    assert set(REASONS) == set(HoldReason)
    for reason, about in REASONS.items():
        assert len(reason.value) <= 40
        for text in (about.means.ja, about.means.en, about.to_do.ja, about.to_do.en):
            assert text.endswith(("。", "."))
    assert set(SAY) == set(Decision)


def test_a_doubt_about_the_person_stops_asking_and_an_unclean_answer_does_not() -> None:
    for reason in (HoldReason.OTHER_PERSON, HoldReason.CARD_SIGNATURE_NOT_VALID, HoldReason.STAFF_NOT_ON_DUTY):
        assert REASONS[reason].stops_asking
    for reason, about in REASONS.items():
        if reason.value.startswith("answer_"):
            assert about.severity is Severity.UNCLEAN
            assert not about.stops_asking


def test_nothing_leads_out_of_void_and_every_other_state_can_become_void() -> None:
    for state in CheckState:
        assert not may_follow(CheckState.VOID, state)
        assert may_follow(state, CheckState.VOID) is (state is not CheckState.VOID)


async def test_a_decision_closes_the_hold_and_reconciles_the_check(door: Door) -> None:
    check = await held_by_answer(door)
    hold = await decided(door, Decision.OLD_QUALIFICATION)
    assert hold.state is HoldState.DECIDED
    assert (await door.check(check)).state is CheckState.RECONCILED
    (made,) = await door.rows(DecisionRow)
    assert (made.decision, made.staff, made.reason) == (Decision.OLD_QUALIFICATION, door.staff, "電話で確かめた")
    assert made.evidence["result"] == "invalid"
    assert made.evidence["check_state"] == "held"
    assert made.evidence["simulated"] is True
    assert made.decided_at == door.clock.now()


async def test_a_step_keeps_the_hold_open_until_it_is_closed(door: Door) -> None:
    check = await held_by_answer(door)
    assert (await decided(door, Decision.ASK_PATIENT)).state is HoldState.WAITING
    assert (await door.check(check)).state is CheckState.HELD
    assert (await decided(door, Decision.UNKNOWN)).state is HoldState.DECIDED
    assert (await door.check(check)).state is CheckState.RECONCILED
    assert len(await door.rows(DecisionRow)) == 2


async def test_a_closed_hold_is_not_decided_again(door: Door) -> None:
    await held_by_answer(door)
    hold = await decided(door, Decision.OLD_QUALIFICATION)
    async with door.context.database.writing() as session:
        with pytest.raises(ProblemError) as refused:
            await make_decision(session, door.context, hold.id, Decision.PRIVATE_PAYMENT, reason="x", staff=door.staff)
    assert refused.value.problem.name == "conflict"
    assert len(await door.rows(DecisionRow)) == 1


async def test_a_check_with_two_holds_is_reconciled_only_when_both_are_closed(door: Door) -> None:
    later_than_device = door.clock.now()
    patient = await door.patient("yamamoto")
    later(door, days=1)
    anchor = cs.AnchorSeen(statement=door.anchor(at=door.clock.now()), elapsed_ms=0)
    check = door.record_check(
        "yamamoto", subject=cs.PatientSubject(id=patient), device_time=later_than_device, anchor=anchor
    )
    await door.push()
    assert await door.holds(check) == ["device_time_implausible", "staff_not_on_duty"]
    await decided(door, Decision.ACCEPT, HoldReason.STAFF_NOT_ON_DUTY)
    await door.work()
    assert await door.holds(check) == ["answer_invalid", "device_time_implausible"]
    await decided(door, Decision.OLD_QUALIFICATION, HoldReason.ANSWER_INVALID)
    assert (await door.check(check)).state is CheckState.HELD
    await decided(door, Decision.ACCEPT, HoldReason.DEVICE_TIME_IMPLAUSIBLE)
    assert (await door.check(check)).state is CheckState.RECONCILED


async def test_what_was_explained_is_asked_then(door: Door) -> None:
    check = door.record_check(
        "sato",
        subject=cs.PatientSubject(id=await door.patient("sato")),
        identity_method="visual",
        with_attestation=False,
    )
    await door.push()
    assert await door.rows(InquiryRow) == []
    await decided(door, Decision.ACCEPT)
    assert (await door.check(check)).state is CheckState.ASKING
    await door.work()
    assert (await door.check(check)).state is CheckState.RECONCILED


async def test_a_corrected_roster_is_asked_again_and_both_answers_are_kept(door: Door) -> None:
    from kazasu.patients.service import change_patient
    from kazasu.rules import InsuredNumber

    patient = await door.patient("suzuki_yui", old=True)
    check = door.record_check("suzuki_yui", subject=cs.PatientSubject(id=patient))
    await door.push()
    await door.work()
    assert await door.holds(check) == ["answer_invalid_newer_exists"]
    # The new number, of a person whom the number finds as valid.
    from kazasu.gateway.simulator import REGISTRY
    from kazasu.patients.service import PatientData

    new = REGISTRY["suzuki_yui"].current[0]
    data = PatientData(
        None,
        new.name,
        new.name_kana,
        REGISTRY["suzuki_yui"].birth_date,
        "2",
        InsuredNumber.proven(new.insurer_number, new.symbol, new.number, new.branch),
    )
    async with door.context.database.writing() as session:
        await change_patient(session, patient, data, actor="shell", at=door.clock.now())
        await session.commit()
    await decided(door, Decision.CORRECT_ROSTER)
    assert await door.work() == 1
    assert len(await door.rows(InquiryRow)) == 1
    assert [row.sequence for row in await door.rows(AnswerRow)] == [1, 2]


async def test_the_back_office_sees_and_decides_over_http_and_others_may_not(door: Door) -> None:
    check = await held_by_answer(door)
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("office", Role.BACK_OFFICE)
        await office.add_staff("counter", Role.COUNTER)
        back_office, counter = await office.sign_in("office"), await office.sign_in("counter")
        assert problem(await office.client.get("/holds")) == "token-not-valid"
        page = (await office.client.get("/holds?hold_state=open", headers=back_office)).json()
        (hold,) = page["items"]
        assert (hold["reason"], hold["check"], hold["proposal"]) == ("answer_invalid", check, "old_qualification")
        assert hold["means"]["ja"]
        assert page["next"] is None
        body = {"decision": "old_qualification", "reason": "患者に確認済み"}
        refused = await office.client.post(f"/holds/{hold['id']}/decision", json=body, headers=counter)
        assert problem(refused) == "role-not-allowed"
        for wrong in ({"decision": "forget_it", "reason": "x"}, {"decision": "unknown", "reason": ""}):
            answer = await office.client.post(f"/holds/{hold['id']}/decision", json=wrong, headers=back_office)
            assert problem(answer) == "request-not-valid"
        made = await office.client.post(f"/holds/{hold['id']}/decision", json=body, headers=back_office)
        assert made.status_code == 201
        assert made.json()["decisions"][0]["reason"] == "患者に確認済み"
        again = await office.client.post(f"/holds/{hold['id']}/decision", json=body, headers=back_office)
        assert problem(again) == "conflict"
        nowhere = await office.client.post(f"/holds/{'0' * 32}/decision", json=body, headers=back_office)
        assert problem(nowhere) == "not-found"
        shown = (await office.client.get(f"/checks/{check}", headers=back_office)).json()
        assert shown["check"]["state"] == "reconciled"
        assert shown["check"]["road"] == "insured_number"
        assert shown["check"]["simulated"] is True
        assert shown["check"]["assurance"] == "card_signed"
        assert shown["answer"]["content"]["simulated"] is True
        assert shown["answer"]["result"] == "invalid"
        assert shown["holds"][0]["state"] == "decided"
        inquiries = (await office.client.get("/inquiries", headers=counter)).json()
        assert [(row["check"], row["state"]) for row in inquiries["items"]] == [(check, "answered")]


async def test_lists_are_read_page_by_page_without_a_gap_or_a_repetition(door: Door) -> None:
    for index in range(5):
        person = ("kimura", "sato", "takahashi", "ito", "suzuki")[index]
        door.record_check(person, setting="drive_through")
        later(door, seconds=index % 2)  # some at the very same time
        await door.push()
    wanted = {row.id for row in await door.rows(CheckRow)}
    assert len(wanted) == 5
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("office", Role.BACK_OFFICE)
        headers = await office.sign_in("office")
        for path in ("/checks", "/holds"):
            seen: list[str] = []
            after = ""
            while True:
                page = (await office.client.get(f"{path}?limit=2{after}", headers=headers)).json()
                seen += [item["id"] for item in page["items"]]
                if page["next"] is None:
                    break
                after = f"&after={page['next']}"
            assert len(seen) == len(set(seen)) == 5
        for wrong in ("x", "%E3%81%82", "MTIz"):
            answer = await office.client.get(f"/checks?after={wrong}", headers=headers)
            assert problem(answer) == "request-not-valid"
        assert problem(await office.client.get("/checks?limit=0", headers=headers)) == "request-not-valid"
        assert problem(await office.client.get("/checks/" + "0" * 32, headers=headers)) == "not-found"


async def test_an_answer_read_off_the_terminal_is_typed_and_marked_as_exercise(door: Door) -> None:
    from kazasu.inquiries.service import make_inquiry
    from kazasu.rules import InquiryKey

    check = door.record_check("sato", with_attributes=True)
    await door.push()
    async with door.context.database.writing() as session:
        inquiry = await make_inquiry(
            session,
            check=check,
            key=InquiryKey.TERMINAL_SCREEN,
            asked_for=(await door.check(check)).checked_on,
            number=None,
            waits_because="by_hand",
            storage=door.context.keys.storage,
            at=door.clock.now(),
        )
        await session.commit()
    assert await door.work() == 0
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("counter", Role.COUNTER)
        headers = await office.sign_in("counter")
        body = {
            "result": "valid",
            "qualifications": [{"insurer_number": "01990015", "number": "0000101", "birth_date": "19800112"}],
        }
        answer = await office.client.post(f"/inquiries/{inquiry.id}/answer", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        assert answer.json()["state"] == "answered"
        again = await office.client.post(f"/inquiries/{inquiry.id}/answer", json=body, headers=headers)
        assert problem(again) == "conflict"
    row = await door.check(check)
    assert (row.state, row.is_simulated) == (CheckState.RECONCILED, True)
    (stored,) = await door.rows(AnswerRow)
    assert stored.typed_by is not None
