"""Holds for what an answer differs in, raised and released as what it is compared with changes. Imports no SQL.

The evidence names sources, fields and reasons by their codes; of the values it keeps a keyed hash alone, by which the
same difference is known again. The values themselves are compared anew whenever somebody looks (`compare_check`).
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from kazasu import audit
from kazasu.checks.asking import ask_about
from kazasu.checks.models import CheckRow
from kazasu.checks.service import attributes_of, claimable_checks
from kazasu.checks.subject import CARD_BIRTH_DATE
from kazasu.clock import day_in_japan
from kazasu.context import Context
from kazasu.db import Session
from kazasu.keys import StorageKey
from kazasu.patients.service import find_patient
from kazasu.reconciliation.compared_facts import compare_check
from kazasu.reconciliation.reason import HoldReason
from kazasu.reconciliation.reopening import reopen_decided
from kazasu.reconciliation.service import Subject, holds_of, raise_hold, release_one
from kazasu.reconciliation.state import HoldState
from kazasu.rules.answer_comparison import AnswerCompared, Difference
from kazasu.rules.compared_field import Field, Why

__all__ = ["COMPARED", "hold_differences", "recompare_patient"]

COMPARED = (
    HoldReason.OTHER_PERSON,
    HoldReason.ANSWER_NAME_DIFFERS,
    HoldReason.ANSWER_SEX_DIFFERS,
    HoldReason.ANSWER_NUMBER_DIFFERS,
    HoldReason.ANSWER_NUMBER_NOT_VALID,
)
"""The reasons of which a comparison raises and releases its own."""
_PURPOSE = "compared-values"
_REASON_OF = {
    Field.NAME_KANA: HoldReason.ANSWER_NAME_DIFFERS,
    Field.NAME: HoldReason.ANSWER_NAME_DIFFERS,
    Field.SEX: HoldReason.ANSWER_SEX_DIFFERS,
    # Another birth date always makes another person likely; so this one never stands alone.
    Field.BIRTH_DATE: HoldReason.OTHER_PERSON,
}


async def hold_differences(session: Session, context: Context, check: CheckRow, *, at: datetime) -> None:
    """Holds the check for every difference, releases what is none any more, leaves what somebody decided on the very
    same values. Where another person is likely, that alone is held: the rest follows from it."""
    compared = await compare_check(session, context, check)
    wanted = _wanted(context.keys.storage, compared) if compared is not None else {}
    holds = await holds_of(session, check.id)
    known = [hold for hold in holds if hold.reason in COMPARED and "values" in hold.evidence]
    for hold in known:
        if hold.state.is_open and wanted.get(hold.reason) != hold.evidence:
            await release_one(session, hold, because="compared_again", at=at)
    for reason, evidence in wanted.items():
        of_reason = [hold for hold in known if hold.reason is reason and hold.state is not HoldState.RELEASED]
        if any(hold.evidence == evidence for hold in of_reason):
            continue
        if of_reason:
            # Somebody decided on other values: on these ones it is to be decided anew.
            await reopen_decided(session, check, of_reason[-1], evidence=evidence, at=at)
            continue
        await raise_hold(session, reason, Subject(check=check.id, device=check.device), evidence=evidence, at=at)


async def recompare_patient(session: Session, context: Context, patient: str, *, at: datetime) -> None:
    """The patient's roster entry, or what a card said of them, has changed: every check that a claim can still stand on
    is compared again."""
    for check in await claimable_checks(session, patient, today=day_in_japan(at)):
        await _compare_card(session, context, check, at=at)
        if check.result is not None:
            await hold_differences(session, context, check, at=at)


async def _compare_card(session: Session, context: Context, check: CheckRow, *, at: datetime) -> None:
    """The doubt that the card is another person's, by the birth date on it, goes with the roster's mistake."""
    attributes = attributes_of(context.keys.storage, check)
    patient = await find_patient(session, check.patient) if check.patient else None
    if attributes is None or patient is None or attributes.birth_date != patient.birth_date.isoformat():
        return
    for hold in await holds_of(session, check.id):
        is_about_card = hold.evidence.get("differs") == CARD_BIRTH_DATE
        if hold.state.is_open and hold.reason is HoldReason.OTHER_PERSON and is_about_card:
            await release_one(session, hold, because="compared_again", at=at)
            await ask_about(session, context, check, actor=audit.SYSTEM, at=at)


def _wanted(storage: StorageKey, compared: AnswerCompared) -> dict[HoldReason, dict[str, Any]]:
    if compared.other_person:
        about = [one for one in compared.differences if one.source in compared.other_person]
        return {HoldReason.OTHER_PERSON: _evidence(storage, about)}
    found: dict[HoldReason, list[Difference]] = {}
    for one in compared.differences:
        found.setdefault(_reason(one), []).append(one)
    return {reason: _evidence(storage, about) for reason, about in found.items()}


def _reason(one: Difference) -> HoldReason:
    if Why.CHECK_DIGIT in one.compared.why:
        return HoldReason.ANSWER_NUMBER_NOT_VALID
    return _REASON_OF.get(one.compared.field, HoldReason.ANSWER_NUMBER_DIFFERS)


def _evidence(storage: StorageKey, differences: Iterable[Difference]) -> dict[str, Any]:
    """Codes, and a keyed hash over the values."""
    about = sorted(differences, key=lambda one: (one.source, one.compared.field))
    values = hashlib.sha256()
    for one in about:
        for part in (one.source.value, one.compared.field.value, one.compared.ours, one.compared.theirs):
            octets = part.encode()
            values.update(len(octets).to_bytes(4, "big") + octets)
    return {
        "against": sorted({one.source.value for one in about}),
        "fields": sorted({one.compared.field.value for one in about}),
        "why": sorted({why.value for one in about for why in one.compared.why}),
        "values": storage.keyed_hash(values.digest(), purpose=_PURPOSE).hex()[:32],
    }
