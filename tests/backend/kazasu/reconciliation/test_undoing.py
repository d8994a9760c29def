"""A decision keeps what it stood on, is undone until it went out, and opens again when a later answer differs."""

from pathlib import Path
from typing import Any

import pytest
from harness.answering import answer_again, shown
from harness.door import DecisionRow, Door, HoldRow, later, make_door, states_by_audit, states_by_table
from harness.office import Office, opened_office, problem

import checksync as cs
from kazasu.audit import AuditEntry
from kazasu.checks.reading import read_entry
from kazasu.checks.state import CheckState
from kazasu.db import Database
from kazasu.gateway import Result
from kazasu.reconciliation.decided import forget_typed_claims
from kazasu.reconciliation.deciding import make_decision, undo_decision
from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.kept import open_kept
from kazasu.reconciliation.models import HoldRow as Hold
from kazasu.reconciliation.reason import HoldReason
from kazasu.reconciliation.state import HoldState
from kazasu.staff import Role

DAYS = {"since": "2026-12-01", "until": "2026-12-31"}


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> Door:
    return await make_door(database, tmp_path)


async def invalid(door: Door) -> tuple[str, Hold]:
    check = door.record_check("yamamoto", subject=cs.PatientSubject(id=await door.patient("yamamoto")))
    await door.push()
    await door.work()
    (hold,) = await door.rows(HoldRow, HoldRow.check == check)
    assert hold.reason is HoldReason.ANSWER_INVALID
    return check, hold


async def decide(door: Door, hold: str, decision: Decision = Decision.OLD_QUALIFICATION, **more: Any) -> None:
    async with door.context.database.writing() as session:
        await make_decision(session, door.context, hold, decision, reason="確かめた", staff=door.staff, **more)
        await session.commit()


async def undo(door: Door, hold: str) -> None:
    async with door.context.database.writing() as session:
        await undo_decision(session, door.context, hold, reason="取り違え", staff=door.staff)
        await session.commit()


async def hold_of(door: Door, hold: str) -> Hold:
    (row,) = await door.rows(HoldRow, HoldRow.id == hold)
    return row  # type: ignore[no-any-return]


async def test_an_undone_decision_opens_the_hold_and_stays_on_record(door: Door) -> None:
    check, hold = await invalid(door)
    await decide(door, hold.id)
    assert (await door.check(check)).state is CheckState.RECONCILED
    await undo(door, hold.id)
    assert (await door.check(check)).state is CheckState.HELD
    row = await hold_of(door, hold.id)
    assert (row.state, row.reopened_because, row.closed_at) == (HoldState.OPEN, "undone", None)
    (made,) = await door.rows(DecisionRow)
    assert (made.undone_by, made.undone_because) == (door.staff, "取り違え")
    await decide(door, hold.id, Decision.PRIVATE_PAYMENT)
    assert (await door.check(check)).state is CheckState.RECONCILED
    assert await states_by_audit(door.context.database) == await states_by_table(door.context.database)
    # Who undid it is audited; their words are not.
    assert not [row for row in await door.rows(AuditEntry) if "取り違え" in row.details]


async def test_undoing_a_step_leaves_the_hold_open_and_undoing_a_close_goes_back_to_the_step(door: Door) -> None:
    _, hold = await invalid(door)
    await decide(door, hold.id, Decision.ASK_PATIENT)
    await decide(door, hold.id, Decision.UNKNOWN)
    await undo(door, hold.id)
    assert (await hold_of(door, hold.id)).state is HoldState.WAITING
    await undo(door, hold.id)
    assert (await hold_of(door, hold.id)).state is HoldState.OPEN


async def test_the_answer_and_the_fields_are_kept_as_they_were_and_encrypted(door: Door) -> None:
    check, hold = await invalid(door)
    await decide(door, hold.id)
    (made,) = await door.rows(DecisionRow)
    old = shown("yamamoto")[0]
    assert old.number.encode() not in made.kept
    kept = open_kept(door.context.keys.storage, made.id, made.kept)
    assert kept.answer is not None
    assert kept.answer["result"] == "invalid"
    assert kept.route == "old"
    assert [(line.label, line.value) for line in kept.claim][-1] == ("摘要", "旧資格情報")
    assert kept.roster["name"] == old.name
    # A later answer does not change what this decision stood on.
    await answer_again(door, check, Result.NOT_FOUND)
    (made,) = await door.rows(DecisionRow, DecisionRow.decision == Decision.OLD_QUALIFICATION)
    assert open_kept(door.context.keys.storage, made.id, made.kept) == kept


async def test_the_same_answer_again_bothers_nobody(door: Door) -> None:
    check, hold = await invalid(door)
    await decide(door, hold.id)
    later(door, days=5)
    await answer_again(door, check, Result.INVALID, shown("yamamoto"))
    assert await door.holds(check) == []
    assert (await door.check(check)).state is CheckState.RECONCILED
    assert len(await door.rows(HoldRow)) == 1


async def test_what_somebody_waits_for_stays_waiting_while_the_answer_is_the_same(door: Door) -> None:
    check, hold = await invalid(door)
    await decide(door, hold.id, Decision.ASK_PATIENT)
    await answer_again(door, check, Result.INVALID, shown("yamamoto"))
    assert (await hold_of(door, hold.id)).state is HoldState.WAITING
    assert len(await door.rows(HoldRow)) == 1


async def test_a_new_qualification_opens_the_decision_again_and_is_proposed(door: Door) -> None:
    check, hold = await invalid(door)
    await decide(door, hold.id)
    later(door, days=5)
    await answer_again(door, check, Result.VALID, shown("yamamoto", disqualified_on="", valid_until=""))
    row = await hold_of(door, hold.id)
    assert (row.state, row.reopened_because) == (HoldState.OPEN, "answer_changed")
    assert row.proposal is Decision.CURRENT_QUALIFICATION
    assert row.evidence["result"] == "valid"
    (made,) = await door.rows(DecisionRow)
    assert (made.undone_by, made.undone_because) == (None, "answer_changed")
    assert (await door.check(check)).state is CheckState.HELD
    await decide(door, hold.id, Decision.CURRENT_QUALIFICATION)
    assert (await door.check(check)).state is CheckState.RECONCILED
    assert await states_by_audit(door.context.database) == await states_by_table(door.context.database)


async def test_another_reason_takes_the_place_of_the_one_that_was_decided(door: Door) -> None:
    check, hold = await invalid(door)
    await decide(door, hold.id)
    await answer_again(door, check, Result.NOT_FOUND)
    assert await door.holds(check) == ["answer_not_found"]
    assert (await hold_of(door, hold.id)).state is HoldState.RELEASED
    assert (await door.check(check)).state is CheckState.HELD


async def test_what_was_explained_about_the_touch_is_not_opened_by_an_answer(door: Door) -> None:
    patient = await door.patient("sato")
    check = door.record_check(
        "sato", subject=cs.PatientSubject(id=patient), identity_method="visual", with_attestation=False
    )
    await door.push()
    (hold,) = await door.rows(HoldRow, HoldRow.check == check)
    await decide(door, hold.id, Decision.ACCEPT)
    await door.work()
    assert (await hold_of(door, hold.id)).state is HoldState.DECIDED
    assert (await door.check(check)).state is CheckState.RECONCILED


async def signed_in(office: Office) -> dict[str, str]:
    await office.add_staff("office", Role.BACK_OFFICE)
    return await office.sign_in("office")


async def test_what_went_out_is_not_undone_before_its_batch_is_withdrawn(door: Door) -> None:
    check, hold = await invalid(door)
    async with opened_office(door.context, read_entry) as office:
        headers = await signed_in(office)
        body = {"decision": "old_qualification", "reason": "確認済み"}
        assert (await office.client.post(f"/holds/{hold.id}/decision", json=body, headers=headers)).status_code == 201
        batch = (await office.client.post("/exports", json=DAYS, headers=headers)).json()
        why = {"reason": "取り違え"}
        refused = await office.client.post(f"/holds/{hold.id}/undo", json=why, headers=headers)
        assert problem(refused) == "decision-exported"
        # A later answer does not go behind what went out: that is held, and the decision stands.
        await answer_again(door, check, Result.VALID, shown("yamamoto", disqualified_on="", valid_until=""))
        assert await door.holds(check) == ["exported_answer_changed"]
        assert (await hold_of(door, hold.id)).state is HoldState.DECIDED
        withdrawn = await office.client.post(f"/exports/{batch['id']}/withdraw", json=why, headers=headers)
        assert withdrawn.status_code == 200
        undone = await office.client.post(f"/holds/{hold.id}/undo", json=why, headers=headers)
        assert undone.status_code == 200, undone.text
        assert undone.json()["state"] == "open"
        assert undone.json()["decisions"][0]["undone_because"] == "取り違え"
        again = await office.client.post(f"/holds/{hold.id}/undo", json=why, headers=headers)
        assert problem(again) == "conflict"
        nowhere = await office.client.post(f"/holds/{'0' * 32}/undo", json=why, headers=headers)
        assert problem(nowhere) == "not-found"


UNKNOWN = {
    "name_kana": "ヤマモト　ケン",
    "scheme": "employees",
    "has_declaration": True,
    "contacted_on": "2026-12-08",
    "addresses": ["訓練県訓練市一丁目"],
    "telephone": "000-0000-0000",
    "insurer_name": "訓練健康保険組合",
}


async def test_unknown_is_decided_with_exactly_its_fields_and_remarks_and_goes_out_so(door: Door) -> None:
    patient = await door.patient("kimura", with_number=True)
    check = door.record_check("kimura", subject=cs.PatientSubject(id=patient))
    await door.push()
    await door.work()
    (hold,) = await door.rows(HoldRow, HoldRow.check == check)
    assert hold.reason is HoldReason.ANSWER_NOT_FOUND
    async with opened_office(door.context, read_entry) as office:
        headers = await signed_in(office)
        path = f"/holds/{hold.id}/decision"
        wrong = {"decision": "old_qualification", "reason": "x", "unknown": UNKNOWN}
        assert problem(await office.client.post(path, json=wrong, headers=headers)) == "request-not-valid"
        body = {"decision": "unknown", "reason": "申立書あり", "unknown": UNKNOWN}
        made = await office.client.post(path, json=body, headers=headers)
        assert made.status_code == 201, made.text
        assert "訓練県" not in made.text
        claim = (await office.client.get(f"/checks/{check}/claim", headers=headers)).json()
        assert claim["route"] == "unknown"
        values = [line["value"] for line in claim["lines"]]
        assert values[0] == "77777777"
        assert values[2] == "777777777"
        assert values[4:7] == ["不詳", "ヤマモト　ケン", "社保"]
        batch = (await office.client.post("/exports", json=DAYS, headers=headers)).json()
        table = (await office.client.get(f"/exports/{batch['id']}/csv", headers=headers)).text
        assert "77777777" in table
        assert "不詳" in table
        detail = (await office.client.get(f"/holds/{hold.id}", headers=headers)).json()
        assert detail["kept"][0]["evidence"]["unknown"]["telephone"] == "000-0000-0000"
    # What was typed from a declaration goes with it; the rest of what the decision stood on, and who and why, stays.
    async with door.context.database.writing() as session:
        await forget_typed_claims(session, door.context.keys.storage, check)
        await session.commit()
    (made_row,) = await door.rows(DecisionRow)
    kept = open_kept(door.context.keys.storage, made_row.id, made_row.kept)
    assert (kept.unknown, kept.claim, made_row.reason) == (None, [], "申立書あり")


async def test_the_detail_shows_the_claim_that_the_proposal_would_send_out_and_the_deadline_with_its_why(
    door: Door,
) -> None:
    _, hold = await invalid(door)
    async with opened_office(door.context, read_entry) as office:
        shown_hold = (await office.client.get(f"/holds/{hold.id}", headers=await signed_in(office))).json()
    assert shown_hold["hold"]["deadline"] == "2027-01-10"
    assert "10日" in shown_hold["deadline_say"]["ja"]
    assert shown_hold["proposal_claim"]["route"] == "old"
    assert shown_hold["proposal_claim"]["lines"][-1]["value"] == "旧資格情報"
