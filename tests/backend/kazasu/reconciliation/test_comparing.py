"""What an answer differs in is held with reason; the values are encrypted or computed, never logged, fed or audited."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from harness.door import CheckRow, Door, HoldRow, later, make_door
from harness.office import opened_office, problem
from harness.roster import data_of

import checksync as cs
from kazasu.audit import AuditEntry
from kazasu.checks.reading import read_entry
from kazasu.checks.state import CheckState
from kazasu.db import Database
from kazasu.gateway.simulator import REGISTRY
from kazasu.patients.service import PatientData, add_patient, change_patient
from kazasu.reconciliation.comparing import recompare_patient
from kazasu.reconciliation.deciding import make_decision
from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.reason import REASONS, HoldReason, Severity
from kazasu.rules import InsuredNumber
from kazasu.staff import Role
from kazasu.sync.models import FeedItemRow


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> Door:
    return await make_door(database, tmp_path)


async def put_on_roster(door: Door, data: PatientData) -> str:
    async with door.context.database.writing() as session:
        row = await add_patient(session, data, actor="shell", at=door.clock.now())
        await session.commit()
    return row.id


async def correct(door: Door, patient: str, data: PatientData) -> None:
    """As the back office's route does it."""
    async with door.context.database.writing() as session:
        await change_patient(session, patient, data, actor="shell", at=door.clock.now())
        await recompare_patient(session, door.context, patient, at=door.clock.now())
        await session.commit()


async def answered(door: Door, person: str, patient: str, **touch: Any) -> str:
    check = door.record_check(person, subject=cs.PatientSubject(id=patient), **touch)
    await door.push()
    await door.work()
    return check


async def one_hold(door: Door, check: str) -> HoldRow:
    (hold,) = await door.rows(HoldRow, HoldRow.check == check, HoldRow.closed_at.is_(None))
    return hold  # type: ignore[no-any-return]


@pytest.mark.parametrize("person", ["sato", "takahashi"])
async def test_an_answer_that_agrees_with_roster_card_and_past_is_clean(door: Door, person: str) -> None:
    patient = await door.patient(person)
    for _ in range(2):
        check = await answered(door, person, patient, with_attributes=True)
        assert await door.holds(check) == []
        assert (await door.check(check)).state is CheckState.RECONCILED
        later(door, hours=1)


async def test_a_name_read_otherwise_is_held_and_a_corrected_roster_releases_it(door: Door) -> None:
    patient = await put_on_roster(door, data_of("sato", name="佐籐　華子"))
    check = await answered(door, "sato", patient)
    hold = await one_hold(door, check)
    assert (hold.reason, hold.proposal) == (HoldReason.ANSWER_NAME_DIFFERS, Decision.CORRECT_ROSTER)
    assert hold.evidence["against"] == ["roster"]
    assert hold.evidence["fields"] == ["name"]
    assert (await door.check(check)).state is CheckState.HELD
    await correct(door, patient, data_of("sato"))
    assert await door.holds(check) == []
    assert (await door.rows(HoldRow))[0].released_because == "compared_again"
    assert (await door.check(check)).state is CheckState.RECONCILED


async def test_another_sex_and_another_number_are_holds_of_their_own(door: Door) -> None:
    number = InsuredNumber.proven("138057", "12", "34", "")
    patient = await put_on_roster(door, data_of("sato", sex="1", insured_number=number))
    document = {"insurer_number": "", "number": ""}
    qualification = REGISTRY["sato"].current[0]
    document = {
        "insurer_number": qualification.insurer_number.strip(), "symbol": qualification.symbol,
        "number": qualification.number, "birth_date": REGISTRY["sato"].birth_date.isoformat(),
    }  # fmt: skip
    check = door.record_check("sato", subject=cs.PatientSubject(id=patient))
    body = cs.SubstituteBody(
        check=check, duty_pass=door.duty_pass, reason="card", document="notice", fields=dict(document)
    )
    door.record("substitute", body)
    await door.push()
    await door.work()
    assert await door.holds(check) == ["answer_number_differs", "answer_sex_differs"]
    (held,) = await door.rows(HoldRow, HoldRow.reason == HoldReason.ANSWER_NUMBER_DIFFERS)
    assert held.proposal is Decision.CURRENT_QUALIFICATION
    assert set(held.evidence["fields"]) == {"insurer_number", "symbol", "number"}


async def test_another_birth_date_is_another_person_and_nothing_else_is_said(door: Door) -> None:
    # The document finds the registered person; the roster means somebody born on another day.
    patient = await put_on_roster(door, data_of("sato", birth_date=date(1981, 1, 12), sex="1", insured_number=None))
    qualification = REGISTRY["sato"].current[0]
    check = door.record_check("sato", subject=cs.PatientSubject(id=patient))
    fields = {
        "insurer_number": qualification.insurer_number.strip(), "symbol": qualification.symbol,
        "number": qualification.number, "birth_date": REGISTRY["sato"].birth_date.isoformat(),
    }  # fmt: skip
    body = cs.SubstituteBody(
        check=check, duty_pass=door.duty_pass, reason="card", document="notice", fields=dict(fields)
    )
    door.record("substitute", body)
    await door.push()
    await door.work()
    assert await door.holds(check) == ["other_person"]
    assert REASONS[HoldReason.OTHER_PERSON].severity is Severity.BLOCKING
    hold = await one_hold(door, check)
    assert hold.evidence["fields"] == ["birth_date", "sex"]
    # The typing error is found and corrected: nothing is in doubt any more.
    await correct(door, patient, data_of("sato", insured_number=None))
    assert await door.holds(check) == []


async def test_the_birth_date_on_the_card_is_compared_again_when_the_roster_is_corrected(door: Door) -> None:
    patient = await put_on_roster(door, data_of("sato", birth_date=date(1980, 1, 11)))
    check = await answered(door, "sato", patient, with_attributes=True)
    assert await door.holds(check) == ["other_person"]
    assert (await door.check(check)).result is None
    await correct(door, patient, data_of("sato"))
    await door.work()
    assert await door.holds(check) == []
    assert (await door.check(check)).state is CheckState.RECONCILED


async def test_what_somebody_decided_on_the_same_values_is_not_raised_again(door: Door) -> None:
    wrong = data_of("sato", name="佐籐　華子")
    patient = await put_on_roster(door, wrong)
    check = await answered(door, "sato", patient)
    hold = await one_hold(door, check)
    async with door.context.database.writing() as session:
        await make_decision(session, door.context, hold.id, Decision.ACCEPT, reason="旧字体", staff=door.staff)
        await session.commit()
    await correct(door, patient, wrong)
    assert await door.holds(check) == []
    # Another name is another difference.
    await correct(door, patient, data_of("sato", name="佐東　華子"))
    assert await door.holds(check) == ["answer_name_differs"]


async def test_a_card_of_another_birth_date_read_by_the_repeat_is_compared_with_the_answer(door: Door) -> None:
    patient = await door.patient("sato")
    check = await answered(door, "sato", patient)
    assert await door.holds(check) == []
    later(door, minutes=2)
    again = door.record_check("sato", subject=cs.PatientSubject(id=patient), with_attributes=True, repeat_of=check)
    await door.push()
    assert (await door.check(again)).repeat_of == check
    assert (await door.check(check)).attributes is not None
    assert await door.holds(check) == []


async def test_values_are_shown_to_those_who_decide_and_stand_nowhere_else(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    patient = await put_on_roster(door, data_of("sato", name="佐籐　華子"))
    check = await answered(door, "sato", patient)
    hold = await one_hold(door, check)
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("office", Role.BACK_OFFICE)
        await office.add_staff("visitor2", Role.VISITOR)
        headers = await office.sign_in("office")
        shown = (await office.client.get(f"/holds/{hold.id}", headers=headers)).json()
        refused = await office.client.get(f"/holds/{hold.id}", headers=await office.sign_in("visitor2"))
        assert problem(refused) == "role-not-allowed"
        assert problem(await office.client.get(f"/holds/{'0' * 32}", headers=headers)) == "not-found"
        listed = (await office.client.get("/holds", headers=headers)).text
    (difference,) = shown["differences"]
    assert (difference["source"], difference["field"]) == ("roster", "name")
    assert (difference["ours"], difference["theirs"]) == ("佐籐　華子", REGISTRY["sato"].current[0].name)
    assert difference["say"]["ja"].startswith("氏名")
    assert shown["hold"]["evidence"] == hold.evidence
    audited = [row.details for row in await door.rows(AuditEntry)]
    fed = [json.dumps(row.data, ensure_ascii=False) for row in await door.rows(FeedItemRow, FeedItemRow.kind == "hold")]
    for text in [*audited, *fed, listed, caplog.text, json.dumps(hold.evidence, ensure_ascii=False)]:
        assert "佐籐" not in text
        assert "華子" not in text


async def test_the_put_route_compares_again(door: Door) -> None:
    wrong = data_of("sato", name="佐籐　華子")
    patient = await put_on_roster(door, wrong)
    check = await answered(door, "sato", patient)
    assert await door.holds(check) == ["answer_name_differs"]
    qualification = REGISTRY["sato"].current[0]
    body = {
        "name": qualification.name, "name_kana": qualification.name_kana, "birth_date": "1980-01-12", "sex": "2",
        "insured_number": {
            "insurer_number": qualification.insurer_number, "symbol": qualification.symbol,
            "number": qualification.number, "branch": qualification.branch,
        },
    }  # fmt: skip
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("office", Role.BACK_OFFICE)
        answer = await office.client.put(f"/patients/{patient}", json=body, headers=await office.sign_in("office"))
        assert answer.status_code == 200, answer.text
    assert await door.holds(check) == []
    assert [row.state for row in await door.rows(CheckRow)] == [CheckState.RECONCILED]
