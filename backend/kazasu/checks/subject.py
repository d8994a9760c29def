"""Whose check it is: the visit or patient that was chosen, the card that is known, the repeat. Imports no SQL."""

from dataclasses import dataclass
from datetime import datetime

from checksync import Attributes, CheckBody, IntentFields, PatientSubject, VisitSubject
from kazasu.checks.known import Known
from kazasu.checks.models import CertificateRow, CheckRow
from kazasu.checks.service import REPEAT_WITHIN, find_check, find_repeated
from kazasu.checks.state import CheckState
from kazasu.db import Session
from kazasu.reconciliation.reason import REASONS, HoldReason
from kazasu.reconciliation.service import open_holds
from kazasu.rules import CheckType, Setting

__all__ = ["CARD_BIRTH_DATE", "Person", "Repeat", "find_repeat", "judge_person"]

CARD_BIRTH_DATE = "birth date on the card"
"""Evidence of a doubt that goes when the roster's birth date is corrected to the card's."""


@dataclass(frozen=True, slots=True)
class Person:
    """Patient and visit, and a reason to doubt them."""

    patient: str | None
    visit: str | None
    doubt: tuple[HoldReason, dict[str, str]] | None = None


def judge_person(
    intent: IntentFields, certificate: CertificateRow | None, attributes: Attributes | None, known: Known
) -> Person:
    """The patient that was chosen, else the one that the card is known to belong to."""
    by_card = certificate.patient if certificate is not None else None
    match intent.subject:
        case VisitSubject(id=visit_id):
            visit = known.visits.get(visit_id)
            if visit is None:
                return Person(by_card, None, (HoldReason.SUBJECT_UNKNOWN, {"visit": visit_id}))
            found = Person(visit.patient, visit.id)
        case PatientSubject(id=patient_id):
            if patient_id not in known.patients:
                return Person(by_card, None, (HoldReason.SUBJECT_UNKNOWN, {"patient": patient_id}))
            found = Person(patient_id, None)
        case _:
            found = Person(by_card, None)
    return Person(found.patient, found.visit, _doubt(found.patient, by_card, attributes, known))


def _doubt(
    patient: str | None, by_card: str | None, attributes: Attributes | None, known: Known
) -> tuple[HoldReason, dict[str, str]] | None:
    if patient is None:
        return None
    if by_card is not None and by_card != patient:
        return HoldReason.OTHER_PERSON, {"differs": "the card is known as another patient's", "patient": by_card}
    row = known.patients.get(patient)
    if attributes is not None and row is not None and attributes.birth_date != row.birth_date.isoformat():
        return HoldReason.OTHER_PERSON, {"differs": CARD_BIRTH_DATE, "patient": patient}
    return None


@dataclass(frozen=True, slots=True)
class Repeat:
    """The check that this one repeats, or that it was said to and does not."""

    of: CheckRow | None
    does_not_fit: bool = False


async def find_repeat(
    session: Session, body: CheckBody, intent: IntentFields, certificate: CertificateRow | None, *, device: str,
    at: datetime,
) -> Repeat:  # fmt: skip
    """The same card on the same device in the same setting within 15 minutes, said so by the device or found here.

    A check whose person is in doubt is not repeated by a clean one: that one is asked for itself.
    """
    setting, check_type = Setting(intent.setting), CheckType(intent.check_type)
    said = body.repeat_of is not None
    found: CheckRow | None = None
    if body.repeat_of is not None:
        found = await find_check(session, body.repeat_of)
        if found is not None and found.repeat_of is not None:
            root = await find_check(session, found.repeat_of)
            # The root of another device's visit says nothing of this device's touches.
            found = root if root is None or root.device == device else found
        if found is not None and not (
            certificate is not None
            and found.id != body.check
            and found.certificate == certificate.id
            and found.device == device
            and found.setting is setting
            and found.check_type is check_type
            and found.state is not CheckState.VOID
            and abs(at - found.checked_at) <= REPEAT_WITHIN
        ):
            found = None
    elif certificate is not None:
        found = await find_repeated(
            session,
            certificate=certificate.id,
            device=device,
            setting=setting,
            check_type=check_type,
            at=at,
            not_check=body.check,
        )
    if found is None:
        return Repeat(None, does_not_fit=said)
    if any(REASONS[hold.reason].stops_asking for hold in await open_holds(session, found.id)):
        return Repeat(None)
    return Repeat(await find_check(session, found.repeat_of) if found.repeat_of is not None else found)
