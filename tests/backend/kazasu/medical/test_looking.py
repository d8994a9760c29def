"""Invariant 7 through the real path: sealed consents, the simulator's flags, the guard, the fetch, the audit.

Each test breaks one condition and finds everything else in order; `test_with_everything_in_order_it_is_shown` is the
same check with nothing broken.
"""

import dataclasses
import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from harness.door import NOW, AnswerRow, CheckRow, ConsentRow, Door, HoldRow, make_door
from harness.medical import MEDICAL, asked_again, choices, consented, fetched_consent, reasons, visitor
from sqlalchemy import select, update

import checksync as cs
from kazasu.audit import AuditEntry
from kazasu.checks.state import CheckState
from kazasu.db import Database
from kazasu.facility import FacilityKind, FacilityMode
from kazasu.gateway import (
    Answer,
    GatewayUnavailableError,
    MedicalForm,
    MedicalRequest,
    MedicalResult,
    MedicalTreatment,
)
from kazasu.medical.guard import Opened
from kazasu.medical.looking import SHOWN_FOR, Wanted, kinds_of, look
from kazasu.problems import ProblemError
from kazasu.reconciliation.deciding import make_decision, undo_decision
from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.reason import HoldReason
from kazasu.reconciliation.service import Subject, raise_hold
from kazasu.rules import CertificateState, ConsentKind
from kazasu.settings import Settings
from kazasu.staff import Role

K = ConsentKind


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> Door:
    return await make_door(database, tmp_path)


def with_settings(door: Door, **changes: Any) -> None:
    door.context = dataclasses.replace(door.context, settings=msgspec.structs.replace(door.context.settings, **changes))


def move_to(door: Door, moment: datetime) -> None:
    door.clock.advance(moment - door.clock.now())


async def change(door: Door, model: Any, check: str, **values: Any) -> None:
    """Breaks a row where no honest road leads there."""
    column = model.id if model is CheckRow else model.check
    async with door.context.database.writing() as session:
        await session.execute(update(model).where(column == check).values(**values))
        await session.commit()


async def looks(door: Door) -> list[tuple[str, str, dict[str, Any]]]:
    """The audit's looks: action, actor, details with the check."""
    async with door.context.database.reading() as session:
        found = await session.scalars(
            select(AuditEntry).where(AuditEntry.action.like("medical_look%")).order_by(AuditEntry.number)
        )
        return [(row.action, row.actor, {**json.loads(row.details), "check": row.subject}) for row in found]


@pytest.mark.parametrize("kind", list(K))
async def test_with_everything_in_order_it_is_shown(door: Door, kind: ConsentKind) -> None:
    check = await consented(door)
    assert await reasons(door, check, kind) == []
    shown = await look(door.context, visitor(door), Wanted(check, kind))
    assert shown.sections
    assert shown.simulated
    assert {section.part for section in shown.sections} == set(shown.parts)
    assert shown.ask_again_at == door.clock.now() + SHOWN_FOR
    assert shown.closes_at == (NOW + timedelta(hours=24) if kind in MEDICAL else None)


async def test_synthetic_records_say_so_in_each_of_them(door: Door) -> None:
    check = await consented(door)
    for kind in MEDICAL:
        shown = await look(door.context, visitor(door), Wanted(check, kind))
        entries = [entry for section in shown.sections for entry in section.entries]
        assert entries
        assert all(("Notice", "訓練 EXERCISE") in entry.fields for entry in entries)


async def test_each_look_is_audited_with_who_what_which_check_and_when(door: Door) -> None:
    check = await consented(door)
    door.clock.advance(timedelta(minutes=5))
    await look(door.context, visitor(door), Wanted(check, K.TREATMENT))
    [(action, actor, details)] = await looks(door)
    assert (action, actor) == ("medical_look", f"staff:{door.staff}")
    assert details == {"check": check, "kind": "treatment", "parts": ["treatment", "surgery"], "simulated": True}
    async with door.context.database.reading() as session:
        entry = await session.scalar(select(AuditEntry).where(AuditEntry.action == "medical_look"))
    assert entry is not None
    assert entry.at == door.clock.now()


async def test_refused_looks_are_audited_with_the_reasons(door: Door) -> None:
    check = await consented(door)
    with pytest.raises(ProblemError):
        await look(door.context, visitor(door, Role.BACK_OFFICE), Wanted(check, K.MEDICATION))
    with pytest.raises(ProblemError, match="not-found"):
        await look(door.context, visitor(door), Wanted("f" * 32, K.MEDICATION))
    with pytest.raises(ProblemError, match="not-found"):
        await look(door.context, visitor(door), Wanted("佐藤 花子", K.MEDICATION))
    assert [(action, details["check"], details["reasons"]) for action, _, details in await looks(door)] == [
        ("medical_look_refused", check, ["role"]),
        ("medical_look_refused", "f" * 32, ["not_found"]),
        ("medical_look_refused", "not-an-id", ["not_found"]),
    ]


# -- two consents ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(K))
async def test_without_our_consent_it_is_closed(door: Door, kind: ConsentKind) -> None:
    others = [other for other in K if other is not kind]
    check = await consented(door, consents=choices(others))
    # The national system would have it: ours alone is missing.
    await flag(door, check, kind)
    assert await reasons(door, check, kind) == ["consent_not_recorded"]
    assert [await reasons(door, check, other) for other in others] == [[]] * len(others)


async def flag(door: Door, check: str, kind: ConsentKind, **changes: Any) -> None:
    """The stored answer as if the national system had said this of a kind."""
    from kazasu.gateway import PARTS, ConsentFlag, Limit, SpecifiedIllness

    async with door.context.database.writing() as session:
        for row in (await session.scalars(select(AnswerRow))).all():
            answer = msgspec.convert(row.content, Answer)
            [qualification] = answer.qualifications
            if not qualification.consents:
                continue
            given = ConsentFlag(**({"code": "1"} | changes))
            flags = {**qualification.consents, **{str(part): given for part in PARTS.get(kind, (kind,))}}
            qualification = msgspec.structs.replace(
                qualification,
                consents=flags,
                limit=Limit(band="A02"),
                specified_illnesses=(SpecifiedIllness(category="1"),),
            )
            row.content = msgspec.to_builtins(msgspec.structs.replace(answer, qualifications=(qualification,)))
        await session.commit()


async def test_a_declined_kind_is_closed(door: Door) -> None:
    check = await consented(door, consents=choices([K.TREATMENT], declined=[K.MEDICATION]))
    assert await reasons(door, check) == ["consent_declined", "national_consent_declined"]
    await flag(door, check, K.MEDICATION)
    assert await reasons(door, check) == ["consent_declined"]
    assert await reasons(door, check, K.TREATMENT) == []


async def test_an_answer_without_the_field_for_a_kind_opens_nothing(door: Door) -> None:
    check = await consented(door, is_fetched=False)
    assert await reasons(door, check) == ["national_consent_missing"]
    assert await reasons(door, check, K.LIMIT_AMOUNT) == []
    # What the government's page had brings the fields, though the number was answered before.
    fetched_consent(door, check)
    await door.push()
    await door.work()
    assert await reasons(door, check) == []


@pytest.mark.parametrize(("code", "why"), [("0", "declined"), ("2", "over"), ("9", "declined"), ("", "missing")])
async def test_any_other_flag_than_given_opens_nothing(door: Door, code: str, why: str) -> None:
    check = await consented(door)
    await flag(door, check, K.MEDICATION, code=code)
    assert await reasons(door, check) == [f"national_consent_{why}"]
    assert await reasons(door, check, K.TREATMENT) == []


async def test_the_national_systems_own_end_closes_where_it_is_the_stricter(door: Door) -> None:
    check = await consented(door)
    await flag(door, check, K.MEDICATION, available_until="20261201110000")
    move_to(door, NOW + timedelta(minutes=59))
    kinds = await kinds_of(door.context, visitor(door), check)
    assert kinds[K.MEDICATION] == Opened(("medication",), NOW + timedelta(hours=1))
    move_to(door, NOW + timedelta(hours=1))
    assert await reasons(door, check) == ["national_consent_over"]
    assert await reasons(door, check, K.TREATMENT) == []


async def test_an_end_that_cannot_be_read_opens_nothing(door: Door) -> None:
    check = await consented(door)
    await flag(door, check, K.MEDICATION, available_until="tomorrow")
    assert await reasons(door, check) == ["national_consent_over"]


async def test_an_answer_asked_later_by_number_alone_neither_opens_nor_closes(door: Door) -> None:
    check = await consented(door)
    async with door.context.database.writing() as session:
        fetched = (await session.scalars(select(AnswerRow).order_by(AnswerRow.stored_at.desc()))).first()
        assert fetched is not None
        answer = msgspec.convert(fetched.content, Answer)
        [qualification] = answer.qualifications
        bare = msgspec.structs.replace(qualification, consents={})
        session.add(
            AnswerRow(
                id="c" * 32, inquiry=fetched.inquiry, sequence=9, result=fetched.result, is_simulated=True,
                typed_by=None, content=msgspec.to_builtins(msgspec.structs.replace(answer, qualifications=(bare,))),
                answered_at=NOW, stored_at=NOW + timedelta(minutes=1),
            )
        )  # fmt: skip
        await session.commit()
    assert await reasons(door, check) == []
    await flag(door, check, K.MEDICATION, code="0")
    assert await reasons(door, check) == ["national_consent_declined"]


# -- the window --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("setting", ["house_call", "drive_through", "fever_clinic", "counter_fallback", "online"])
async def test_24_hours_run_from_the_touch_and_never_from_the_sync(door: Door, setting: str) -> None:
    patient = await door.patient("yoshida")
    check = door.record_check("yoshida", subject=cs.PatientSubject(id=patient), consents=choices(), setting=setting)
    fetched_consent(door, check)
    move_to(door, NOW + timedelta(hours=23))
    await door.push()
    while await door.work():
        pass
    kinds = await kinds_of(door.context, visitor(door), check)
    # The simulator, asked only now, says 24 hours from now: ours is the stricter.
    assert kinds[K.MEDICATION] == Opened(("medication",), NOW + timedelta(hours=24))
    move_to(door, NOW + timedelta(hours=24) - timedelta(seconds=1))
    assert await reasons(door, check) == []
    move_to(door, NOW + timedelta(hours=24))
    for kind in MEDICAL:
        assert await reasons(door, check, kind) == ["window_over"]


async def test_a_check_that_came_after_its_window_never_opens(door: Door) -> None:
    patient = await door.patient("yoshida")
    check = door.record_check(
        "yoshida", subject=cs.PatientSubject(id=patient), consents=choices(), setting="house_call"
    )
    fetched_consent(door, check)
    move_to(door, NOW + timedelta(hours=25))
    await door.push()
    while await door.work():
        pass
    assert await reasons(door, check) == ["window_over"]


@pytest.mark.parametrize("off", [timedelta(days=-2), timedelta(days=2)], ids=["behind", "ahead"])
async def test_a_device_time_outside_its_anchors_counts_from_the_last_anchor(door: Door, off: timedelta) -> None:
    door.anchor_at = NOW + timedelta(hours=4)
    move_to(door, NOW + timedelta(hours=8))
    check = await consented(door, device_time=NOW + off)
    assert await door.holds(check) == ["device_time_implausible"]
    await accept(door, check, HoldReason.DEVICE_TIME_IMPLAUSIBLE)
    while await door.work():
        pass
    kinds = await kinds_of(door.context, visitor(door), check)
    assert kinds[K.MEDICATION] == Opened(("medication",), NOW + timedelta(hours=28))
    move_to(door, NOW + timedelta(hours=28))
    assert await reasons(door, check) == ["window_over"]


async def accept(door: Door, check: str, reason: HoldReason, decision: Decision = Decision.ACCEPT) -> None:
    (hold,) = await door.rows(HoldRow, HoldRow.check == check, HoldRow.reason == reason, HoldRow.closed_at.is_(None))
    async with door.context.database.writing() as session:
        await make_decision(session, door.context, hold.id, decision, reason="x", staff=door.staff)
        await session.commit()


async def test_without_any_anchor_no_window_opens(door: Door) -> None:
    check = await consented(door, anchor=None)
    assert (await door.check(check)).checked_at == NOW
    assert await reasons(door, check) == ["touch_time_unknown"]


async def test_continuing_visits_stay_open_while_they_go_on(door: Door) -> None:
    patient = await door.patient("yoshida")
    check = await consented(door, patient=patient, setting="home_visit")
    move_to(door, NOW + timedelta(days=80))
    assert await reasons(door, check) == []
    move_to(door, NOW + timedelta(days=90))
    assert await reasons(door, check) == ["relation_over"]
    # A visit that is planned or was made since says that the relation continues.
    await door.visit(patient)
    assert await reasons(door, check) == []
    move_to(door, NOW + timedelta(days=180))
    assert await reasons(door, check) == ["relation_over"]
    with_settings(door, continuing_visit_days=120)
    assert await reasons(door, check) == []


async def test_a_consent_recorded_later_prolongs_nothing(door: Door) -> None:
    patient = await door.patient("yoshida")
    check = await consented(door, patient=patient, consents=[])
    assert (await reasons(door, check))[0] == "consent_not_recorded"
    await flag(door, check, K.MEDICATION)
    move_to(door, NOW + timedelta(hours=10))
    body = cs.ConsentBody(
        consent="ab" * 16, check=check, visit=None, patient=patient, duty_pass=door.duty_pass,
        kinds=choices([K.MEDICATION]),
    )  # fmt: skip
    door.record("consent", body)
    await door.push()
    kinds = await kinds_of(door.context, visitor(door), check)
    assert kinds[K.MEDICATION] == Opened(("medication",), NOW + timedelta(hours=24))


async def test_a_consent_recorded_after_the_touch_and_pushed_with_it_counts_from_the_touch(door: Door) -> None:
    patient = await door.patient("yoshida")
    check = door.record_check("yoshida", subject=cs.PatientSubject(id=patient), consents=[], setting="house_call")
    fetched_consent(door, check)
    move_to(door, NOW + timedelta(hours=10))
    body = cs.ConsentBody(
        consent="ab" * 16, check=check, visit=None, patient=patient, duty_pass=door.duty_pass,
        kinds=choices([K.MEDICATION]),
    )  # fmt: skip
    door.record("consent", body)
    move_to(door, NOW + timedelta(hours=11))
    await door.push()
    while await door.work():
        pass
    await flag(door, check, K.MEDICATION)
    kinds = await kinds_of(door.context, visitor(door), check)
    assert kinds[K.MEDICATION] == Opened(("medication",), NOW + timedelta(hours=24))


# -- the person, the check, who asks -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(K))
async def test_a_likely_other_person_closes_it_until_somebody_accepts(door: Door, kind: ConsentKind) -> None:
    check = await consented(door)
    await hold(door, check, HoldReason.OTHER_PERSON)
    assert await reasons(door, check, kind) == ["person_in_doubt"]
    await accept(door, check, HoldReason.OTHER_PERSON, Decision.ASK_PATIENT)
    assert await reasons(door, check, kind) == ["person_in_doubt"]
    await accept(door, check, HoldReason.OTHER_PERSON)
    assert await reasons(door, check, kind) == []
    (decided,) = await door.rows(HoldRow, HoldRow.check == check, HoldRow.reason == HoldReason.OTHER_PERSON)
    async with door.context.database.writing() as session:
        await undo_decision(session, door.context, decided.id, reason="x", staff=door.staff)
        await session.commit()
    assert await reasons(door, check, kind) == ["person_in_doubt"]


async def hold(door: Door, check: str, reason: HoldReason) -> None:
    async with door.context.database.writing() as session:
        await raise_hold(session, reason, Subject(check=check), evidence={}, at=door.clock.now())
        await session.commit()


async def test_any_other_decision_about_the_person_keeps_it_closed(door: Door) -> None:
    check = await consented(door)
    await hold(door, check, HoldReason.OTHER_PERSON)
    await accept(door, check, HoldReason.OTHER_PERSON, Decision.PRIVATE_PAYMENT)
    assert await door.holds(check) == []
    assert await reasons(door, check) == ["person_in_doubt"]


async def test_a_release_of_the_hold_is_no_decision(door: Door) -> None:
    from kazasu.reconciliation.service import release

    check = await consented(door)
    await hold(door, check, HoldReason.OTHER_PERSON)
    async with door.context.database.writing() as session:
        await release(session, [HoldReason.OTHER_PERSON], check=check, because="x", at=door.clock.now())
        await session.commit()
    assert await door.holds(check) == []
    assert await reasons(door, check) == ["person_in_doubt"]


async def test_a_hold_that_stops_asking_closes_it_and_another_does_not(door: Door) -> None:
    check = await consented(door)
    await hold(door, check, HoldReason.ANSWER_NOT_FOUND)
    assert await reasons(door, check) == []
    await hold(door, check, HoldReason.STAFF_NOT_ON_DUTY)
    assert await reasons(door, check) == ["held"]


async def test_the_grace_period_of_the_certificate_opens_the_limit_alone(door: Door) -> None:
    check = await consented(door)
    await change(door, CheckRow, check, certificate_state=CertificateState.GRACE)
    for kind in (*MEDICAL, K.SPECIFIED_ILLNESS):
        assert await reasons(door, check, kind) == ["certificate"]
    assert await reasons(door, check, K.LIMIT_AMOUNT) == []
    await change(door, CheckRow, check, certificate_state=None)
    assert await reasons(door, check) == ["certificate"]


async def test_a_check_that_never_served_stays_closed_whatever_is_known_later(door: Door) -> None:
    check = await consented(door)
    await change(door, CheckRow, check, serves_for_medical_information=False)
    assert await reasons(door, check) == ["certificate"]


async def test_a_void_check_shows_nothing(door: Door) -> None:
    check = await consented(door)
    door.record("void", cs.VoidBody(check=check, duty_pass=door.duty_pass, reason="wrong_person"))
    await door.push()
    assert (await door.check(check)).state is CheckState.VOID
    for kind in K:
        assert "check_void" in await reasons(door, check, kind)


@pytest.mark.parametrize(
    ("role", "medical", "limit"),
    [
        (Role.VISITOR, [], []),
        (Role.COUNTER, [], []),
        (Role.BACK_OFFICE, ["role"], []),
        (Role.ADMINISTRATOR, ["role"], ["role"]),
    ],
)
async def test_who_may_see_what(door: Door, role: Role, medical: list[str], limit: list[str]) -> None:
    check = await consented(door)
    for kind in MEDICAL:
        assert await reasons(door, check, kind, role) == medical
    assert await reasons(door, check, K.LIMIT_AMOUNT, role) == limit
    assert await reasons(door, check, K.SPECIFIED_ILLNESS, role) == limit


async def test_a_setting_asks_for_the_cards_own_signature(door: Door) -> None:
    by_pin = await consented(door)
    visual = await consented(door, "sato", identity_method="visual")
    assert await reasons(door, visual) == []
    with_settings(door, medical_assurance="card_signed")
    assert await reasons(door, by_pin) == []
    assert await reasons(door, visual) == ["assurance"]
    assert await reasons(door, visual, K.LIMIT_AMOUNT) == []


async def test_an_answer_that_is_not_valid_shows_nothing(door: Door) -> None:
    check = await consented(door, "yamamoto")
    assert "not_valid" in await reasons(door, check)
    assert "not_valid" in await reasons(door, check, K.LIMIT_AMOUNT)


async def test_before_an_answer_nothing_is_shown(door: Door) -> None:
    patient = await door.patient("yoshida")
    check = door.record_check(
        "yoshida", subject=cs.PatientSubject(id=patient), consents=choices(), setting="house_call"
    )
    await door.push()
    for kind in K:
        assert await reasons(door, check, kind) == ["not_answered"]


# -- eligibility only --------------------------------------------------------------------------------------------------


async def test_eligibility_only_shows_the_limit_alone_whatever_the_tables_hold(
    database: Database, tmp_path: Path
) -> None:
    door = await make_door(database, tmp_path, kind=FacilityKind.TREATMENT_PRACTICE)
    check = await consented(
        door, check_type="eligibility_only", setting="treatment", consents=choices([K.LIMIT_AMOUNT]), is_fetched=False
    )
    assert await reasons(door, check, K.LIMIT_AMOUNT) == []
    # As if every layer before had failed: consents stored, flags in the answer, the certificate said to serve.
    async with door.context.database.writing() as session:
        for number, kind in enumerate(k for k in K if k is not K.LIMIT_AMOUNT):
            session.add(
                ConsentRow(
                    id=f"{number:032x}", consent=check, kind=kind, is_given=True, text="x", check=check, visit=None,
                    patient=None, given_at=NOW, withdrawn_at=None, withdrawn_by_entry=None,
                )
            )  # fmt: skip
        await session.commit()
    await change(door, CheckRow, check, serves_for_medical_information=True)
    for kind in K:
        if kind is not K.LIMIT_AMOUNT:
            await flag(door, check, kind)
            assert "eligibility_only" in await reasons(door, check, kind)


# -- the way to it -----------------------------------------------------------------------------------------------------


class Gateway:
    """The simulator, with what a test does while it is asked."""

    def __init__(self, door: Door, during: Any = None, result: MedicalResult | Exception | None = None) -> None:
        self._simulator, self._during, self._result = door.simulator, during, result
        self.requests: list[MedicalRequest] = []
        self.name, self.is_simulated, self.keys = "scripted", True, self._simulator.keys
        door.context = dataclasses.replace(door.context, gateway=self)

    async def ask(self, request: Any) -> Answer:
        return await self._simulator.ask(request)

    async def fetch_medical(self, request: MedicalRequest) -> MedicalResult:
        self.requests.append(request)
        if self._during is not None:
            await self._during()
        if isinstance(self._result, Exception):
            raise self._result
        return self._result or await self._simulator.fetch_medical(request)


async def test_nothing_is_asked_of_the_national_system_while_it_is_closed(door: Door) -> None:
    check = await consented(door, consents=choices([K.TREATMENT]))
    gateway = Gateway(door)
    assert await reasons(door, check) != []
    assert gateway.requests == []
    assert await reasons(door, check, K.TREATMENT) == []
    [request] = gateway.requests
    assert (request.kind, request.treatment) == (K.TREATMENT, MedicalTreatment.USUAL)


async def test_only_the_parts_with_a_flag_of_their_own_are_asked_and_shown(door: Door) -> None:
    check = await consented(door)
    gateway = Gateway(door)
    async with door.context.database.writing() as session:
        for row in (await session.scalars(select(AnswerRow))).all():
            content = json.loads(json.dumps(row.content))
            for qualification in content["qualifications"]:
                for part in ("surgery", "infections", "tests"):
                    qualification.get("consents", {}).pop(part, None)
            row.content = content
        await session.commit()
    shown = await look(door.context, visitor(door), Wanted(check, K.TREATMENT))
    assert [section.part for section in shown.sections] == ["treatment"]
    shown = await look(door.context, visitor(door), Wanted(check, K.CLINICAL_DOCUMENTS))
    assert set(shown.parts) == {"diagnosis_names", "allergies", "contraindications", "prescriptions"}
    assert {section.part for section in shown.sections} == set(shown.parts)
    assert [set(request.parts) for request in gateway.requests] == [{"treatment"}, set(shown.parts)]


async def test_a_withdrawal_that_comes_while_it_is_fetched_wins(door: Door) -> None:
    check = await consented(door)

    async def withdraw() -> None:
        body = cs.ConsentWithdrawnBody(consent=check, duty_pass=door.duty_pass, reason="patient")
        door.record("consent_withdrawn", body)
        await door.push()

    Gateway(door, during=withdraw)
    with pytest.raises(ProblemError) as raised:
        await look(door.context, visitor(door), Wanted(check, K.MEDICATION))
    assert [reason["reason"] for reason in raised.value.members["reasons"]] == ["consent_withdrawn"]
    assert [action for action, _, _ in await looks(door)] == ["medical_look_refused"]


async def test_what_does_not_come_is_said_and_audited(door: Door) -> None:
    check = await consented(door)
    for error, why in (
        (GatewayUnavailableError("timeout", 7.0), "timeout"),
        (RuntimeError("佐藤"), "gateway_failed"),
    ):
        Gateway(door, result=error)
        with pytest.raises(ProblemError, match="medical-information-not-reached") as raised:
            await look(door.context, visitor(door), Wanted(check, K.MEDICATION))
        assert raised.value.members == {"why": why}
        assert int(raised.value.headers["Retry-After"]) > 0
    assert [(action, details["why"]) for action, _, details in await looks(door)] == [
        ("medical_look_failed", "timeout"),
        ("medical_look_failed", "gateway_failed"),
    ]


async def test_a_facility_without_a_gateway_says_so_and_a_live_one_shows_nothing_simulated(
    database: Database, tmp_path: Path
) -> None:
    door = await make_door(database, tmp_path)
    check = await consented(door)
    gateway = door.context.gateway
    door.context = dataclasses.replace(door.context, gateway=None)
    assert await reasons(door, check) == ["no_gateway"]
    assert await reasons(door, check, K.LIMIT_AMOUNT) == []
    live = dataclasses.replace(door.context.facility, mode=FacilityMode.LIVE)
    door.context = dataclasses.replace(door.context, gateway=gateway, facility=live)
    with pytest.raises(ProblemError, match="medical-information-not-reached") as raised:
        await look(door.context, visitor(door), Wanted(check, K.MEDICATION))
    assert raised.value.members == {"why": "simulated"}


async def test_a_pdf_comes_alone_or_not_at_all(door: Door) -> None:
    check = await consented(door)
    Gateway(door, result=MedicalResult((), b"%PDF-1.7 x", NOW, True))
    shown = await look(door.context, visitor(door), Wanted(check, K.MEDICATION, MedicalForm.PDF))
    assert shown.pdf == b"%PDF-1.7 x"
    for kind in (K.TREATMENT, K.CLINICAL_DOCUMENTS):
        with pytest.raises(ProblemError) as raised:
            await look(door.context, visitor(door), Wanted(check, kind, MedicalForm.PDF))
        assert [reason["reason"] for reason in raised.value.members["reasons"]] == ["form_not_given"]


def test_the_settings_of_the_room_have_the_stated_defaults(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert (settings.medical_assurance, settings.continuing_visit_days) == ("card_read", 90)


# -- continuing visits, asked again without a card --------------------------------------------------------------------


async def test_a_re_inquiry_says_what_the_first_consent_opens_now(door: Door) -> None:
    from kazasu.gateway import ConsentFlag

    patient = await door.patient("yoshida")
    check = await consented(door, patient=patient, setting="home_visit")
    await asked_again(door, patient, consents={"medication": ConsentFlag(code="0")})
    assert await reasons(door, check) == ["national_consent_declined"]
    assert await reasons(door, check, K.TREATMENT) == []


async def test_a_re_inquiry_opens_what_no_consent_of_ours_is_there_for_no_more_than_any_answer(door: Door) -> None:
    patient = await door.patient("yoshida")
    check = await consented(
        door, patient=patient, setting="home_visit", is_fetched=False, consents=choices([K.MEDICATION])
    )
    assert await reasons(door, check) == ["national_consent_missing"]
    await asked_again(door, patient)
    assert await reasons(door, check) == []
    assert "consent_not_recorded" in await reasons(door, check, K.TREATMENT)


async def test_a_re_inquiry_about_another_birth_date_counts_for_nothing(door: Door) -> None:
    patient = await door.patient("yoshida")
    check = await consented(
        door, patient=patient, setting="home_visit", is_fetched=False, consents=choices([K.MEDICATION])
    )
    await asked_again(door, patient, birth_date="19000101")
    assert await reasons(door, check) == ["national_consent_missing"]


async def test_for_a_house_call_nothing_is_taken_from_a_re_inquiry(door: Door) -> None:
    patient = await door.patient("yoshida")
    check = await consented(door, patient=patient, is_fetched=False, consents=choices([K.MEDICATION]))
    await asked_again(door, patient)
    assert await reasons(door, check) == ["national_consent_missing"]


async def test_visits_that_the_office_ended_close_with_that_day(door: Door) -> None:
    from kazasu.patients.service import end_home_visits

    patient = await door.patient("yoshida")
    check = await consented(door, patient=patient, setting="home_visit")
    async with door.context.database.writing() as session:
        await end_home_visits(session, patient, date(2026, 12, 3), actor="shell", at=door.clock.now())
        await session.commit()
    # Midnight in Japan.
    end = datetime(2026, 12, 3, 15, tzinfo=NOW.tzinfo)
    kinds = await kinds_of(door.context, visitor(door), check)
    assert kinds[K.MEDICATION] == Opened(("medication",), end)
    move_to(door, end)
    assert await reasons(door, check) == ["relation_over"]
