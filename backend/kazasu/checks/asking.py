"""From a check to its inquiry: which road is open for it, or the hold that says why none is. Imports no SQL."""

from datetime import datetime
from typing import Any

from kazasu.checks.models import CheckRow
from kazasu.checks.recorded import document_fields, latest_document
from kazasu.checks.service import attributes_of, find_check
from kazasu.checks.standing import settle
from kazasu.checks.state import CheckState
from kazasu.context import Context
from kazasu.db import Session
from kazasu.gateway import NumberAsked, Result, configuration_of
from kazasu.inquiries.listed import inquiries_of
from kazasu.inquiries.service import BY_HAND, make_inquiry
from kazasu.japanese import EraDateError, parse_date
from kazasu.patients.service import find_patient, number_of
from kazasu.reconciliation.reason import REASONS, HoldReason
from kazasu.reconciliation.service import Subject as HoldSubject
from kazasu.reconciliation.service import open_holds, raise_hold, release
from kazasu.rules import (
    CheckType,
    Closed,
    InquiryKey,
    InsuredNumber,
    InsuredNumberError,
    Open,
    Subject,
    roads_for,
)

__all__ = ["GOVERNMENT_CONSENT", "ask_about", "evidence_of", "gateway_keys_of", "roads_of_check", "waits_because"]

GOVERNMENT_CONSENT = "government_consent"
"""The `document` of a substitute that says: the patient consented on the government's own page or app."""

_ASKABLE = (HoldReason.CANNOT_BE_ASKED, HoldReason.NOT_KNOWN_FOR_MOBILE, HoldReason.DOCUMENT_NUMBER_NOT_VALID)
_NUMBER_FIELDS = ("insurer_number", "symbol", "number", "branch")


async def ask_about(session: Session, context: Context, check: CheckRow, *, actor: str, at: datetime) -> None:
    """Makes the inquiry that is open for the check, or holds it; nothing is asked while its person is in doubt.

    Called again whenever something more is known: a document, a better roster, a decision. A repeat is asked with the
    check that it repeats.
    """
    if check.repeat_of is not None:
        check = await _original(session, check)
    if check.state is CheckState.VOID:
        return
    holds = await open_holds(session, check.id)
    if any(REASONS[hold.reason].stops_asking for hold in holds):
        return
    document = await latest_document(session, check.id)
    has_government_consent = document is not None and document.facts.get("document") == GOVERNMENT_CONSENT
    if (
        check.result is Result.VALID
        and not holds
        and not await _has_yet_to_fetch(session, check, has_government_consent=has_government_consent)
    ):
        return
    held = HoldSubject(check=check.id, device=check.device)
    typed: NumberAsked | None = None
    if document is not None:
        fields = document_fields(context.keys.storage, document)
        try:
            typed = await _typed_number(session, context, check, fields)
        except InsuredNumberError as error:
            wrong = {"field": error.field, "why": error.why}
            await raise_hold(session, HoldReason.DOCUMENT_NUMBER_NOT_VALID, held, evidence=wrong, at=at)
    patient = await find_patient(session, check.patient) if check.patient else None
    number = typed or (number_of(patient) if patient else None)
    roads = roads_of_check(
        context,
        check.check_type,
        Subject(
            card=check.card_kind,
            has_certificate=check.certificate is not None,
            has_insured_number=number is not None,
            has_document=typed is not None,
            has_attributes=check.attributes is not None,
            has_government_consent=has_government_consent,
        ),
    )
    if isinstance(roads, Closed):
        evidence = evidence_of(roads)
        await raise_hold(session, HoldReason(roads.reason.value), held, evidence=evidence, at=at)
        return
    key = roads.keys[0]
    await make_inquiry(
        session,
        check=check.id,
        key=key,
        asked_for=check.checked_on,
        number=number if key is InquiryKey.INSURED_NUMBER else None,
        waits_because=waits_because(roads, gateway_keys_of(context)),
        storage=context.keys.storage,
        at=at,
    )
    # What is wrong with a document's number stays open where another number had to be taken.
    gone = _ASKABLE if typed is not None or document is None else _ASKABLE[:2]
    await release(session, gone, check=check.id, because="road_open", at=at)
    await settle(session, check, actor=actor, at=at)


def roads_of_check(context: Context, check_type: CheckType, subject: Subject) -> Open | Closed:
    """The roads that are open for a check with what this facility has to ask with."""
    return roads_for(check_type, configuration_of(context.settings.gateway, context.facility), subject)


def evidence_of(roads: Closed) -> dict[str, Any]:
    """Why nothing can be asked, and what can be taken at the door."""
    return {
        "at_the_door": [step.value for step in roads.at_the_door],
        "say_ja": roads.say.ja,
        "say_en": roads.say.en,
    }


def gateway_keys_of(context: Context) -> frozenset[InquiryKey]:
    """The keys that this facility's gateway asks by itself."""
    return configuration_of(context.settings.gateway, context.facility).gateway_keys


def waits_because(roads: Open, gateway_keys: frozenset[InquiryKey]) -> str | None:
    """In one word why the best road is not asked by itself; None where it is."""
    by_hand = roads.keys[0] in BY_HAND and roads.keys[0] not in gateway_keys
    return "no_gateway" if roads.waits_for_gateway else "by_hand" if by_hand else None


async def _has_yet_to_fetch(session: Session, check: CheckRow, *, has_government_consent: bool) -> bool:
    """What the number alone brought says nothing of consents: one on the government's page is fetched besides, once."""
    return has_government_consent and not any(
        inquiry.key is InquiryKey.CONSENT_FETCH for inquiry in await inquiries_of(session, check.id)
    )


async def _original(session: Session, repeat: CheckRow) -> CheckRow:
    original = await find_check(session, repeat.repeat_of or repeat.id)
    return original or repeat


async def _typed_number(
    session: Session, context: Context, check: CheckRow, fields: dict[str, object]
) -> NumberAsked | None:
    """The number that a document's fields hold, None where they hold none; raises `InsuredNumberError`."""
    if not any(fields.get(name) for name in _NUMBER_FIELDS):
        return None
    number = InsuredNumber.proven(*(str(fields.get(name) or "") for name in _NUMBER_FIELDS))
    birth_date = await _birth_date(session, context, check, fields)
    return NumberAsked(
        insurer_number=number.insurer_number,
        symbol=number.symbol,
        number=number.number,
        branch=number.branch,
        birth_date=birth_date,
        source="document",
    )


async def _birth_date(session: Session, context: Context, check: CheckRow, fields: dict[str, object]) -> str:
    """From the document, else from the card (a notice carries none), else from the roster."""
    written = str(fields.get("birth_date") or "")
    if not written:
        attributes = attributes_of(context.keys.storage, check)
        patient = await find_patient(session, check.patient) if check.patient else None
        written = attributes.birth_date if attributes else patient.birth_date.isoformat() if patient else ""
    if not written:
        raise InsuredNumberError("birth_date", "empty")
    try:
        return parse_date(written).isoformat()
    except EraDateError:
        raise InsuredNumberError("birth_date", "not_a_date") from None
