"""Real sealed entries, made with the emulator's cards, become checks, or are held with the reason; nothing is lost."""

import dataclasses
import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from harness.door import (
    NOW,
    TODAY,
    CheckRow,
    ConsentRow,
    Door,
    HoldRow,
    InquiryRow,
    LogEntryRow,
    later,
    make_door,
    second_device,
    touch,
)

import checksync as cs
from checksync.encoding import encode
from kazasu.audit import AuditEntry
from kazasu.checks.models import CertificateRow, RecordedEntryRow
from kazasu.checks.rereading import reread_held
from kazasu.checks.state import CheckState
from kazasu.db import Database
from kazasu.devices.service import revoke_device
from kazasu.facility import FacilityKind, FacilityMode
from kazasu.gateway import Result
from kazasu.inquiries.state import InquiryState
from kazasu.keys import Keys
from kazasu.reconciliation.deciding import make_decision
from kazasu.reconciliation.decision import Decision
from kazasu.rules import CertificateState, InquiryKey, Setting
from mynacard.emulator.credential import authentication


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> Door:
    return await make_door(database, tmp_path)


async def test_a_home_visit_by_pin_is_recorded_proven_asked_answered_and_reconciled(door: Door) -> None:
    visit = await door.visit(await door.patient("sato"))
    check = door.record_check("sato", subject=cs.VisitSubject(id=visit))
    outcome = await door.push_one()
    assert (outcome.outcome, outcome.reason, outcome.check) == ("accepted", None, check)
    asked = await door.check(check)
    assert asked.state is CheckState.ASKING
    assert asked.assurance is cs.Assurance.CARD_SIGNED
    assert (asked.checked_on, asked.staff, asked.visit) == (TODAY, door.staff, visit)
    assert asked.certificate_state is CertificateState.VALID
    assert asked.serves_for_medical_information
    assert asked.is_simulated is None
    assert await door.work() == 1
    row = await door.check(check)
    assert (row.state, row.result, row.is_simulated) == (CheckState.RECONCILED, Result.VALID, True)
    (answer,) = await door.feed("answer")
    assert (answer["check"], answer["result"], answer["simulated"]) == (check, "valid", True)
    assert answer["qualifications"][0]["name"] == "佐藤　花子"
    assert await door.holds() == []


async def test_a_visual_check_has_its_attestation_and_less_assurance(door: Door) -> None:
    visit = await door.visit(await door.patient("sato"))
    check = door.record_check("sato", identity_method="visual", subject=cs.VisitSubject(id=visit))
    assert (await door.push_one()).outcome == "accepted"
    row = await door.check(check)
    assert (row.assurance, row.state) == (cs.Assurance.CARD_READ, CheckState.ASKING)


async def test_a_visual_check_without_attestation_is_held_and_not_asked(door: Door) -> None:
    visit = await door.visit(await door.patient("sato"))
    check = door.record_check(
        "sato", identity_method="visual", subject=cs.VisitSubject(id=visit), with_attestation=False
    )
    outcome = await door.push_one()
    assert (outcome.outcome, outcome.reason) == ("held", "attestation_missing")
    assert (await door.check(check)).state is CheckState.HELD
    assert await door.work() == 0


async def test_a_patient_not_on_the_roster_cannot_be_asked_until_a_document_is_typed(door: Door) -> None:
    check = door.record_check("sato")
    outcome = await door.push_one()
    assert (outcome.outcome, outcome.reason, outcome.check) == ("held", "cannot_be_asked", check)
    (told,) = await door.feed("hold")
    assert told["check"] == check
    assert "type" in told["say"]["en"].lower()
    assert await door.rows(InquiryRow) == []
    door.record("substitute", document_of(door, check, "sato"))
    assert (await door.push_one()).outcome == "accepted"
    assert await door.holds() == []
    (inquiry,) = await door.rows(InquiryRow)
    assert (inquiry.key, inquiry.state) == (InquiryKey.INSURED_NUMBER, InquiryState.ASKED)
    await door.work()
    assert (await door.check(check)).state is CheckState.RECONCILED


def document_of(door: Door, check: str | None, person: str, **changes: Any) -> cs.SubstituteBody:
    from kazasu.gateway.simulator import REGISTRY

    insured = REGISTRY[person]
    qualification = insured.current[0]
    fields: dict[str, Any] = {
        "insurer_number": qualification.insurer_number.strip(),
        "symbol": qualification.symbol,
        "number": qualification.number,
        "branch": qualification.branch,
        "birth_date": insured.birth_date.isoformat(),
        "name": qualification.name,
    }
    return cs.SubstituteBody(
        check=check,
        visit=None,
        duty_pass=door.duty_pass,
        reason="not_on_list",
        document="qualification_certificate",
        fields=fields | changes,
    )


async def test_a_mistyped_document_is_held_with_the_field_and_typed_again_asks(door: Door) -> None:
    check = door.record_check("sato")
    door.record("substitute", document_of(door, check, "sato", insurer_number="01130013"))
    await door.push()
    assert await door.holds(check) == ["cannot_be_asked", "document_number_not_valid"]
    (hold,) = await door.rows(HoldRow, HoldRow.reason == "document_number_not_valid")
    assert hold.evidence == {"field": "insurer_number", "why": "check_digit"}
    door.record("substitute", document_of(door, check, "sato"))
    await door.push()
    assert await door.holds(check) == []


async def test_a_document_without_birth_date_takes_it_from_the_card(door: Door) -> None:
    check = door.record_check("sato", with_attributes=True)
    door.record("substitute", document_of(door, check, "sato", birth_date=None))
    await door.push()
    await door.work()
    assert (await door.check(check)).result is Result.VALID


async def test_a_document_typed_by_nobody_on_duty_asks_only_when_that_was_explained(door: Door) -> None:
    check = door.record_check("sato")
    stranger = msgspec.structs.replace(document_of(door, check, "sato"), duty_pass="ab" * 16)
    door.record("substitute", stranger)
    outcomes = await door.push()
    assert outcomes[1].reason == "staff_not_on_duty"
    assert await door.rows(InquiryRow) == []
    (hold,) = await door.rows(HoldRow, HoldRow.reason == "staff_not_on_duty")
    async with door.context.database.writing() as session:
        await make_decision(session, door.context, hold.id, Decision.ACCEPT, reason="it was me", staff=door.staff)
        await session.commit()
    (inquiry,) = await door.rows(InquiryRow)
    assert (inquiry.check, inquiry.state) == (check, InquiryState.ASKED)
    assert await door.holds() == []


async def test_a_phone_is_held_as_not_known_for_mobile(door: Door) -> None:
    visit = await door.visit(await door.patient("sato"))
    check = door.record_check("sato", card="android", subject=cs.VisitSubject(id=visit))
    outcome = await door.push_one()
    assert (outcome.outcome, outcome.reason) == ("held", "not_known_for_mobile")
    assert (await door.check(check)).assurance is cs.Assurance.CARD_SIGNED
    assert await door.rows(InquiryRow) == []


async def test_a_tampered_signature_is_held_and_shows_nothing_of_a_card(door: Door) -> None:
    visit = await door.visit(await door.patient("sato"))
    good = touch("sato", "plastic", b"kazasu-intent-v1\nanother intent")
    check = door.record_check("sato", subject=cs.VisitSubject(id=visit), signature=good)
    outcome = await door.push_one()
    assert (outcome.outcome, outcome.reason) == ("held", "card_signature_not_valid")
    row = await door.check(check)
    assert row.assurance is cs.Assurance.CARD_READ
    assert await door.rows(InquiryRow) == []


async def test_another_persons_signature_does_not_pass_for_the_certificates(door: Door) -> None:
    fields = door.intent_fields()
    check = door.record_check("sato", **{**fields, "identity_method": "pin"}, signature=b"\x00" * 256)
    assert (await door.push_one()).reason == "card_signature_not_valid"
    assert (await door.check(check)).state is CheckState.HELD


async def test_an_entry_for_another_facility_becomes_no_check_and_is_kept(door: Door) -> None:
    door.record_check("sato", facility="ab" * 16)
    outcome = await door.push_one()
    assert (outcome.outcome, outcome.reason, outcome.check) == ("held", "entry_out_of_place", None)
    assert await door.rows(CheckRow) == []
    assert len(await door.rows(LogEntryRow)) == 1


async def test_a_body_that_names_another_check_than_its_intent_is_out_of_place(door: Door) -> None:
    door.record_check("sato", body_check="ab" * 16)
    assert (await door.push_one()).reason == "entry_out_of_place"


async def test_an_intent_for_another_place_in_the_log_is_held(door: Door) -> None:
    check = door.record_check("sato", last_hash="ab" * 32)
    assert "intent_outdated" in await _reasons_after_push(door, check)


async def _reasons_after_push(door: Door, check: str) -> list[str]:
    await door.push()
    return await door.holds(check)


async def test_a_certificate_in_grace_serves_for_eligibility_alone(door: Door) -> None:
    visit = await door.visit(await door.patient("kobayashi"))
    check = door.record_check("kobayashi", subject=cs.VisitSubject(id=visit), consents=[consent("medication")])
    assert (await door.push_one()).outcome == "accepted"
    row = await door.check(check)
    assert row.certificate_state is CertificateState.GRACE
    assert not row.serves_for_medical_information


def consent(kind: Any, given: bool = True) -> cs.ConsentChoice:
    return cs.ConsentChoice(kind=kind, given=given, text=f"{kind}-v1")


async def test_an_expired_certificate_is_held_and_not_asked(door: Door) -> None:
    visit = await door.visit(await door.patient("nakamura"))
    check = door.record_check("nakamura", subject=cs.VisitSubject(id=visit))
    outcome = await door.push_one()
    assert (outcome.outcome, outcome.reason) == ("held", "certificate_expired")
    assert (await door.check(check)).certificate_state is CertificateState.EXPIRED
    assert await door.rows(InquiryRow) == []


async def test_the_certificate_is_judged_on_the_day_of_the_check_not_of_the_push(door: Door) -> None:
    check = door.record_check("kobayashi")
    later(door, days=90)
    await door.push()
    row = await door.check(check)
    assert (row.checked_on, row.certificate_state) == (TODAY, CertificateState.GRACE)


async def test_an_entry_under_an_unknown_key_is_held_and_opens_by_itself_when_the_key_returns(door: Door) -> None:
    lost = X25519PrivateKey.generate()
    known = door.sealing
    door.sealing = lost
    check = door.record_check("sato", subject=cs.NotOnList())
    outcome = await door.push_one()
    assert (outcome.outcome, outcome.reason) == ("held", "key_unknown")
    assert await reread_held(door.context) == 0
    assert await door.rows(CheckRow) == []
    assert await door.holds() == ["key_unknown"]
    keys = door.context.keys
    both = Keys(keys.server, cs.PrivateKeyOpener([known, lost]), keys.storage)
    door.context = dataclasses.replace(door.context, keys=both)
    await reread_held(door.context)
    assert (await door.check(check)).state is CheckState.HELD
    assert await door.holds() == ["cannot_be_asked"]
    (entry,) = await door.rows(LogEntryRow)
    assert (entry.reason, entry.check) == ("cannot_be_asked", check)


async def test_reading_again_what_is_still_held_changes_nothing_and_tells_nobody_anew(door: Door) -> None:
    door.record("void", cs.VoidBody(check="ab" * 16, duty_pass=door.duty_pass, reason="x"))
    door.record("consent_withdrawn", cs.ConsentWithdrawnBody(consent="ab" * 16, duty_pass="cd", reason="x"))
    door.record("prophecy", b"{}")
    await door.push()
    before = (len(await door.rows(HoldRow)), len(await door.rows(AuditEntry)), len(await door.feed("hold")))
    assert before[0] == 3
    assert await reread_held(door.context) == 0
    assert before == (len(await door.rows(HoldRow)), len(await door.rows(AuditEntry)), len(await door.feed("hold")))


async def test_an_unknown_kind_is_kept_and_held(door: Door) -> None:
    door.record("prophecy", b'{"about":"tomorrow"}')
    outcome = await door.push_one()
    assert (outcome.outcome, outcome.reason) == ("held", "kind_unknown")
    (hold,) = await door.rows(HoldRow)
    assert hold.evidence["kind"] == "prophecy"


async def test_octets_that_do_not_open_and_octets_that_are_no_entry_are_held(door: Door) -> None:
    number = door.log.last + 1
    sealed = bytearray(door.public.seal(b"{}", door.log.log, number))
    sealed[-1] ^= 1
    door.append(bytes(sealed))
    door.append(door.public.seal(b"no entry", door.log.log, number + 1))
    elsewhere = cs.encode_entry(door.log.log, 9, NOW, "prophecy", b"{}")
    door.append(door.public.seal(elsewhere, door.log.log, number + 2))
    door.append(b"\x00" * 90)
    outcomes = await door.push()
    assert [outcome.reason for outcome in outcomes] == [
        "entry_not_opened",
        "entry_damaged",
        "entry_out_of_place",
        "entry_not_opened",
    ]
    assert len(await door.rows(LogEntryRow)) == 4


async def test_a_fault_of_ours_holds_the_entry_and_the_next_reading_mends_it(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("佐藤")

    from kazasu.checks import judgement

    with monkeypatch.context() as patched:
        patched.setattr(judgement, "judge_card", broken)
        check = door.record_check("sato", subject=cs.PatientSubject(id=await door.patient("sato")))
        outcome = await door.push_one()
    assert (outcome.outcome, outcome.reason) == ("held", "reading_failed")
    (hold,) = await door.rows(HoldRow)
    assert hold.evidence["error"] == "RuntimeError"
    assert "佐藤" not in str(hold.evidence)
    assert await door.rows(CheckRow) == []
    assert await reread_held(door.context) == 1
    assert (await door.check(check)).state is CheckState.ASKING
    assert await door.holds() == []


async def test_a_duty_pass_of_another_device_is_not_on_duty(door: Door) -> None:
    other = await second_device(door)
    check = door.record_check("sato", duty_pass=other.duty_pass)
    outcome = await door.push_one()
    assert (outcome.outcome, outcome.reason) == ("held", "staff_not_on_duty")
    assert (await door.check(check)).staff == door.staff


async def test_a_duty_pass_that_has_run_out_or_is_unknown_is_not_on_duty(door: Door) -> None:
    later(door, hours=13)
    door.record_check("sato")
    door.record_check("sato", duty_pass="ab" * 16)
    outcomes = await door.push()
    assert [outcome.reason for outcome in outcomes] == ["staff_not_on_duty"] * 2


async def test_a_pass_valid_at_the_time_of_the_check_serves_also_for_a_late_push(door: Door) -> None:
    visit = await door.visit(await door.patient("sato"))
    door.record_check("sato", subject=cs.VisitSubject(id=visit))
    later(door, hours=13)
    assert (await door.push_one()).outcome == "accepted"


async def test_a_clock_ahead_or_behind_is_held_and_the_anchors_time_used(door: Door) -> None:
    ahead = door.record_check("sato", device_time=NOW + timedelta(days=400))
    behind = door.record_check("kimura", device_time=NOW - timedelta(days=400))
    await door.push()
    for check in (ahead, behind):
        assert "device_time_implausible" in await door.holds(check)
        row = await door.check(check)
        assert row.checked_at == NOW
        assert row.checked_on == TODAY
        assert "staff_not_on_duty" not in await door.holds(check)


async def test_an_anchor_that_this_server_did_not_sign_is_not_believed(door: Door) -> None:
    forged = cs.AnchorSeen(statement=door.anchor(key=cs.SigningKey.generate()), elapsed_ms=0)
    check = door.record_check("sato", anchor=forged)
    await door.push()
    (hold,) = await door.rows(HoldRow, HoldRow.reason == "device_time_implausible")
    assert hold.evidence["why"] == "anchor_wrong_key"
    assert (await door.check(check)).recorded_after is None


async def test_the_same_check_id_under_another_number_is_held_and_counts_once(door: Door) -> None:
    check = door.record_check("sato", subject=cs.PatientSubject(id=await door.patient("sato")))
    door.record_check("sato", **{"check": check})
    outcomes = await door.push()
    assert [outcome.reason for outcome in outcomes] == [None, "check_id_twice"]
    assert len(await door.rows(CheckRow)) == 1
    assert len(await door.rows(InquiryRow)) == 1
    assert (await door.check(check)).entry_number == 1


async def test_a_replayed_push_changes_nothing(door: Door) -> None:
    check = door.record_check("sato", subject=cs.PatientSubject(id=await door.patient("sato")))
    await door.push()
    again = await door.push(first=1)
    assert [outcome.outcome for outcome in again] == ["already_had"]
    await door.work()
    await door.push(first=1)
    assert len(await door.rows(CheckRow)) == len(await door.rows(InquiryRow)) == 1
    assert (await door.check(check)).state is CheckState.RECONCILED


async def test_reading_an_entry_again_makes_no_second_check(door: Door) -> None:
    from kazasu.checks.rereading import reread_entry

    door.record_check("sato", subject=cs.PatientSubject(id=await door.patient("sato")))
    await door.push()
    (entry,) = await door.rows(LogEntryRow)
    async with door.context.database.writing() as session:
        outcome = await reread_entry(session, door.context, entry.id)
        await session.commit()
    assert outcome.outcome == "accepted"
    assert len(await door.rows(CheckRow)) == 1


async def test_the_same_card_within_fifteen_minutes_is_linked_asked_once_and_stands_with_the_first(door: Door) -> None:
    subject = cs.PatientSubject(id=await door.patient("sato"))
    first = door.record_check("sato", subject=subject)
    later(door, minutes=14)
    second = door.record_check("sato", subject=subject, repeat_of=first)
    third = door.record_check("sato", subject=subject)
    await door.push()
    assert (await door.check(second)).repeat_of == first
    assert (await door.check(third)).repeat_of == first
    assert len(await door.rows(InquiryRow)) == 1
    await door.work()
    for check in (first, second, third):
        assert (await door.check(check)).state is CheckState.RECONCILED
    assert {answer["check"] for answer in await door.feed("answer")} == {first, second, third}


async def test_after_fifteen_minutes_it_is_a_check_of_its_own(door: Door) -> None:
    subject = cs.PatientSubject(id=await door.patient("sato"))
    first = door.record_check("sato", subject=subject)
    later(door, minutes=16)
    second = door.record_check("sato", subject=subject, repeat_of=first)
    await door.push()
    row = await door.check(second)
    assert row.repeat_of is None
    assert await door.holds(second) == ["repeat_does_not_fit"]
    assert len(await door.rows(InquiryRow)) == 2


async def test_a_repeat_of_another_persons_check_does_not_fit(door: Door) -> None:
    first = door.record_check("sato", subject=cs.PatientSubject(id=await door.patient("sato")))
    second = door.record_check("kimura", subject=cs.PatientSubject(id=await door.patient("kimura")), repeat_of=first)
    await door.push()
    assert (await door.check(second)).repeat_of is None
    assert "repeat_does_not_fit" in await door.holds(second)


async def test_a_second_touch_that_read_more_serves_the_first_check(door: Door) -> None:
    first = door.record_check("sato")
    patient = await door.patient("sato")
    second = door.record_check("sato", subject=cs.PatientSubject(id=patient), repeat_of=first)
    await door.push()
    assert await door.holds(first) == []
    (inquiry,) = await door.rows(InquiryRow)
    assert inquiry.check == first
    assert (await door.check(second)).repeat_of == first


async def test_a_check_that_is_taken_back_is_void_and_its_repeat_takes_its_place(door: Door) -> None:
    subject = cs.PatientSubject(id=await door.patient("sato"))
    first = door.record_check("sato", subject=subject)
    second = door.record_check("sato", subject=subject, repeat_of=first)
    door.record("void", cs.VoidBody(check=first, duty_pass=door.duty_pass, reason="wrong patient"))
    outcomes = await door.push()
    assert outcomes[-1].outcome == "accepted"
    assert (await door.check(first)).state is CheckState.VOID
    promoted = await door.check(second)
    assert (promoted.repeat_of, promoted.state) == (None, CheckState.ASKING)
    states = {row.check: row.state for row in await door.rows(InquiryRow)}
    assert states == {first: InquiryState.WITHDRAWN, second: InquiryState.ASKED}
    await door.work()
    assert (await door.check(first)).state is CheckState.VOID
    assert (await door.check(second)).state is CheckState.RECONCILED


async def test_a_check_taken_back_takes_the_cards_patient_back_too(door: Door) -> None:
    wrong = door.record_check("sato", subject=cs.PatientSubject(id=await door.patient("kimura")))
    await door.push()
    door.record("void", cs.VoidBody(check=wrong, duty_pass=door.duty_pass, reason="wrong patient chosen"))
    await door.push()
    right = door.record_check("sato", subject=cs.PatientSubject(id=await door.patient("sato")))
    assert (await door.push_one()).outcome == "accepted"
    assert await door.holds(right) == []


async def test_another_log_cannot_take_a_check_back(door: Door) -> None:
    check = door.record_check("sato", subject=cs.PatientSubject(id=await door.patient("sato")))
    await door.push()
    other = await second_device(door)
    other.record("void", cs.VoidBody(check=check, duty_pass=other.duty_pass, reason="not mine"))
    assert (await other.push_one()).reason == "check_of_another_log"
    assert (await door.check(check)).state is CheckState.ASKING


async def test_a_document_that_comes_before_its_check_waits_for_it(door: Door) -> None:
    other = await second_device(door)
    check = cs.new_identifier()
    other.record("substitute", document_of(other, check, "sato"))
    assert (await other.push_one()).reason == "check_unknown"
    door.record_check("sato", **{"check": check})
    await door.push()
    assert await door.holds() == []
    (inquiry,) = await door.rows(InquiryRow)
    assert inquiry.check == check


async def test_a_card_known_as_another_patients_is_held_as_another_person(door: Door) -> None:
    first = await door.visit(await door.patient("sato"))
    door.record_check("sato", subject=cs.VisitSubject(id=first))
    await door.push()
    wrong = await door.visit(await door.patient("kimura"))
    later(door, hours=1)
    check = door.record_check("sato", subject=cs.VisitSubject(id=wrong))
    outcome = await door.push_one()
    assert (outcome.outcome, outcome.reason) == ("held", "other_person")
    assert len(await door.rows(InquiryRow, InquiryRow.check == check)) == 0


async def test_attributes_of_another_birth_date_are_held_as_another_person(door: Door) -> None:
    visit = await door.visit(await door.patient("kimura"))
    door.record_check("sato", subject=cs.VisitSubject(id=visit), with_attributes=True)
    assert (await door.push_one()).reason == "other_person"
    (certificate,) = await door.rows(CertificateRow)
    assert certificate.patient is None


async def test_a_known_card_brings_its_patient_back_without_the_roster(door: Door) -> None:
    patient = await door.patient("sato")
    door.record_check("sato", subject=cs.PatientSubject(id=patient))
    later(door, hours=2)
    check = door.record_check("sato")
    await door.push()
    row = await door.check(check)
    assert row.patient == patient
    assert row.state is CheckState.ASKING


async def test_a_known_certificate_is_named_by_its_hash_and_an_unknown_one_held(door: Door) -> None:
    subject = cs.PatientSubject(id=await door.patient("sato"))
    unknown = door.record_check("sato", subject=subject, without_certificate=True)
    await door.push()
    assert await door.holds(unknown) == ["certificate_unknown"]
    door.record_check("sato", subject=subject)
    later(door, hours=1)
    known = door.record_check("sato", subject=subject, without_certificate=True)
    await door.push()
    assert await door.holds(known) == []
    assert (await door.check(known)).assurance is cs.Assurance.CARD_SIGNED


async def test_certificates_are_stored_encrypted_and_found_by_keyed_hash(door: Door) -> None:
    door.record_check("sato")
    await door.push()
    (row,) = await door.rows(CertificateRow)
    der = authentication("sato").der
    assert der not in row.octets
    assert row.keyed_hash != hashlib.sha256(der).digest()
    assert authentication("sato").certificate.serial_number.to_bytes(4, "big") not in row.octets


async def test_an_unknown_visit_is_held_and_the_check_stands(door: Door) -> None:
    check = door.record_check("sato", subject=cs.VisitSubject(id="ab" * 16))
    await door.push()
    assert await door.holds(check) == ["cannot_be_asked", "subject_unknown"]


async def test_a_check_that_the_facility_may_not_make_is_kept_and_held_with_the_rule(
    database: Database, tmp_path: Path
) -> None:
    door = await make_door(database, tmp_path, kind=FacilityKind.TREATMENT_PRACTICE)
    check = door.record_check("sato")
    outcome = await door.push_one()
    assert (outcome.outcome, outcome.reason, outcome.check) == ("held", "check_type_not_allowed", check)
    (hold,) = await door.rows(HoldRow)
    assert hold.evidence["rule"] == "check_type_not_allowed"
    assert hold.evidence["cites"].startswith("rules.md")


async def test_a_therapists_check_is_answered_by_the_certificate(database: Database, tmp_path: Path) -> None:
    door = await make_door(database, tmp_path, kind=FacilityKind.TREATMENT_PRACTICE)
    check = door.record_check("sato", check_type="eligibility_only", setting="treatment")
    assert (await door.push_one()).outcome == "accepted"
    (inquiry,) = await door.rows(InquiryRow)
    assert inquiry.key is InquiryKey.CERTIFICATE
    await door.work()
    row = await door.check(check)
    assert (row.state, row.result) == (CheckState.RECONCILED, Result.VALID)
    assert not row.serves_for_medical_information


async def test_medical_consents_of_an_eligibility_only_check_are_not_stored_and_held(
    database: Database, tmp_path: Path
) -> None:
    door = await make_door(database, tmp_path, kind=FacilityKind.TREATMENT_PRACTICE)
    check = door.record_check(
        "sato",
        check_type="eligibility_only",
        setting="treatment",
        consents=[consent("medication"), consent("specified_illness", given=False), consent("limit_amount")],
    )
    outcome = await door.push_one()
    assert (outcome.outcome, outcome.reason, outcome.check) == ("held", "consent_not_for_eligibility_only", check)
    assert [row.kind for row in await door.rows(ConsentRow)] == ["limit_amount"]
    assert len(await door.rows(InquiryRow)) == 1


async def test_consents_are_stored_each_and_a_withdrawal_is_noted_wherever_it_comes_from(door: Door) -> None:
    check = door.record_check("sato", consents=[consent("medication"), consent("treatment", given=False)])
    await door.push()
    assert {row.kind: row.is_given for row in await door.rows(ConsentRow)} == {"medication": True, "treatment": False}
    other = await second_device(door)
    later(other, hours=1)
    other.record(
        "consent_withdrawn", cs.ConsentWithdrawnBody(consent=check, duty_pass=other.duty_pass, reason="asked to")
    )
    assert (await other.push_one()).outcome == "accepted"
    assert all(row.withdrawn_at == other.clock.now() for row in await door.rows(ConsentRow))


async def test_a_kind_named_twice_in_a_consent_is_stored_once(door: Door) -> None:
    patient = await door.patient("sato")
    kinds = [consent("medication"), consent("medication", given=False)]
    body = cs.ConsentBody(consent=cs.new_identifier(), patient=patient, duty_pass=door.duty_pass, kinds=kinds)
    door.record("consent", body)
    assert (await door.push_one()).outcome == "accepted"
    assert [row.is_given for row in await door.rows(ConsentRow)] == [True]


async def test_a_withdrawal_before_its_consent_applies_when_the_consent_comes(door: Door) -> None:
    patient = await door.patient("sato")
    given = cs.new_identifier()
    door.record("consent_withdrawn", cs.ConsentWithdrawnBody(consent=given, duty_pass=door.duty_pass, reason="no"))
    assert (await door.push_one()).reason == "consent_unknown"
    door.record(
        "consent",
        cs.ConsentBody(consent=given, patient=patient, duty_pass=door.duty_pass, kinds=[consent("medication")]),
    )
    assert (await door.push_one()).outcome == "accepted"
    (row,) = await door.rows(ConsentRow)
    assert row.withdrawn_at is not None
    assert await door.holds() == []


async def test_consents_apart_from_a_check_are_refused_their_medical_kinds_where_only_eligibility_is_open(
    database: Database, tmp_path: Path
) -> None:
    door = await make_door(database, tmp_path, kind=FacilityKind.TREATMENT_PRACTICE)
    patient = await door.patient("sato")
    body = cs.ConsentBody(
        consent=cs.new_identifier(),
        patient=patient,
        duty_pass=door.duty_pass,
        kinds=[consent("medication"), consent("limit_amount")],
    )
    door.record("consent", body)
    assert (await door.push_one()).reason == "consent_not_for_eligibility_only"
    assert [row.kind for row in await door.rows(ConsentRow)] == ["limit_amount"]


async def test_a_declaration_and_a_trouble_are_listed_without_what_they_say_of_the_patient(door: Door) -> None:
    visit = await door.visit(await door.patient("sato"))
    fields: dict[str, Any] = {"name": "佐藤　花子", "address": "東京都千代田区", "share": "3"}
    door.record("declaration", cs.DeclarationBody(visit=visit, duty_pass=door.duty_pass, form="2024-12", fields=fields))
    trouble = cs.TroubleBody(
        visit=visit,
        duty_pass=door.duty_pass,
        category="certificate_expired",
        response="last_visit",
        full_charge=True,
        note="佐藤さんは怒っていた",
    )
    door.record("trouble", trouble)
    outcomes = await door.push()
    assert [outcome.outcome for outcome in outcomes] == ["accepted", "accepted"]
    rows = await door.rows(RecordedEntryRow)
    assert [row.kind for row in rows] == ["declaration", "trouble"]
    assert all(row.fields is None for row in rows)
    assert rows[1].facts == {
        "category": "certificate_expired",
        "response": "last_visit",
        "full_charge": True,
    }
    assert "佐藤" not in str([row.facts for row in rows])


async def test_a_trouble_with_words_of_another_version_is_kept_as_it_was_said(door: Door) -> None:
    body = cs.TroubleBody(
        visit="ab" * 16, duty_pass=door.duty_pass, category="novel", response="newer", full_charge=True, note=""
    )
    door.record("trouble", body)
    assert (await door.push_one()).outcome == "accepted"
    [row] = await door.rows(RecordedEntryRow)
    assert row.facts == {"category": "novel", "response": "newer", "full_charge": True}


async def test_an_entry_of_a_revoked_device_is_kept_and_held(door: Door) -> None:
    visit = await door.visit(await door.patient("sato"))
    door.record_check("sato", subject=cs.VisitSubject(id=visit))
    async with door.context.database.writing() as session:
        await revoke_device(
            session,
            door.device.id,
            reason="lost",
            actor="shell",
            journal=door.context.journal,
            at=later(door, minutes=30),
        )
        await session.commit()
    door.record_check("kimura", identity_method="visual")
    outcomes = await door.push()
    assert [(outcome.outcome, outcome.reason) for outcome in outcomes] == [("held", "device_revoked")] * 2
    assert await door.rows(InquiryRow) == []
    # What a card signed after an anchor from before the revocation is proposed; what anybody could have made is not.
    holds = {hold.check: hold.proposal for hold in await door.rows(HoldRow, HoldRow.reason == "device_revoked")}
    assert holds == {door.ids[0]: "accept", door.ids[1]: None}


async def test_a_live_facility_trusts_no_exercise_card_and_no_root_that_nobody_configured(
    database: Database, tmp_path: Path
) -> None:
    door = await make_door(database, tmp_path, mode=FacilityMode.LIVE, gateway="none")
    visit = await door.visit(await door.patient("sato"))
    check = door.record_check("sato", subject=cs.VisitSubject(id=visit))
    outcome = await door.push_one()
    assert (outcome.outcome, outcome.reason) == ("held", "certificate_not_trusted")
    row = await door.check(check)
    assert row.assurance is cs.Assurance.CARD_READ
    assert await door.rows(InquiryRow) == []


async def test_a_medical_consent_of_our_own_intent_is_refused_before_it_is_recorded() -> None:
    with pytest.raises(cs.IntentRuleError):
        cs.build_intent(
            log="ab" * 32,
            last_hash="ab" * 32,
            facility="fa",
            check_type="eligibility_only",
            setting="treatment",
            identity_method="visual",
            pin_typed_by=None,
            subject=cs.NotOnList(),
            consents=[consent("medication")],
            duty_pass="d",
            device_time=NOW,
            anchor=None,
        )


async def test_drive_through_checks_of_two_cars_stand_beside_each_other(door: Door) -> None:
    for person in ("sato", "takahashi"):
        patient = await door.patient(person)
        door.record_check(person, subject=cs.PatientSubject(id=patient), setting=Setting.DRIVE_THROUGH.value)
    await door.push()
    await door.work()
    assert {(await door.check(check)).state for check in door.ids} == {CheckState.RECONCILED}


def test_the_intents_exact_octets_are_what_is_judged() -> None:
    fields = cs.IntentFields(
        check="ab" * 16,
        log="ab" * 32,
        last_hash="ab" * 32,
        facility="fa",
        check_type="home_consent",
        setting="home_visit",
        identity_method="visual",
        pin_typed_by=None,
        subject=cs.NotOnList(),
        consents=[],
        duty_pass="d",
        device_time=NOW,
        anchor=None,
        random="ab" * 16,
    )
    octets = b"kazasu-intent-v1\n" + encode(fields).replace(b'":"', b'": "')
    assert cs.parse_intent(octets).octets == octets
