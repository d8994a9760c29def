"""One look: judged, fetched, judged again, audited, and only then given out. Imports no SQL; stores nothing it fetched.

A withdrawal that comes while the national system is being asked wins: the second judgement and the audit entry are one
transaction, ordered against withdrawals.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NoReturn

from kazasu import audit
from kazasu.context import Context
from kazasu.db import Session, lock_order, new_id
from kazasu.gateway import (
    PARTS,
    GatewayUnavailableError,
    Limit,
    MedicalEntry,
    MedicalForm,
    MedicalGateway,
    MedicalPart,
    MedicalRefusedError,
    MedicalRequest,
    MedicalResult,
    MedicalSection,
    MedicalTreatment,
    Qualification,
    SpecifiedIllness,
)
from kazasu.gateway.medical_file import can_give
from kazasu.medical.guard import Closed, Facts, Opened, judge
from kazasu.medical.reason import REASONS, ClosedReason
from kazasu.medical.service import checks_for_visit, facts_of
from kazasu.problems import ProblemError
from kazasu.rules import ConsentKind, Setting
from kazasu.staff import Role

__all__ = ["SHOWN_FOR", "Look", "Looker", "Wanted", "check_for_visit", "kinds_of", "look", "refuse"]

SHOWN_FOR: Final = timedelta(minutes=5)
"""A screen asks again after that long, so that what no feed tells (a hold, a window) closes it too."""

_TREATMENT: Final = {Setting.HOME_VISIT: MedicalTreatment.HOME_VISIT, Setting.ONLINE: MedicalTreatment.ONLINE}
_TRY_AGAIN_S: Final = 30
_LOGGER = logging.getLogger("kazasu.medical")
_CHECK = re.compile("^[0-9a-f]{1,64}$")


@dataclass(frozen=True, slots=True)
class Looker:
    """Who looks, from where."""

    actor: str
    roles: frozenset[Role]
    where: Mapping[str, str]
    """For the audit: device and duty pass, or nothing at the office."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One kind of one check; months (`yyyymm`, both included) where they are to be limited."""

    check: str
    kind: ConsentKind
    form: MedicalForm = MedicalForm.XML
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Look:
    """What may be shown now, in memory, until `ask_again_at` at the latest."""

    wanted: Wanted
    parts: tuple[str, ...]
    sections: tuple[MedicalSection, ...]
    pdf: bytes | None
    fetched_at: datetime
    simulated: bool
    closes_at: datetime | None
    ask_again_at: datetime


async def kinds_of(context: Context, looker: Looker, check: str) -> Mapping[ConsentKind, Opened | Closed]:
    """Every kind of a check, open or closed and why, for this looker; problem `not-found`."""
    at = context.clock.now()
    async with context.database.reading() as session:
        facts = await facts_of(session, context, check)
    if facts is None:
        raise ProblemError("not-found")
    return {kind: _judge(context, kind, facts, looker, at) for kind in ConsentKind}


async def check_for_visit(context: Context, looker: Looker, visit: str, kind: ConsentKind | None) -> str | None:
    """Which check's consents a visit without a card goes by: the newest that opens the kind (any, where None), else
    the newest; None where the patient was never checked at home."""
    at = context.clock.now()
    async with context.database.reading() as session:
        checks = await checks_for_visit(session, visit)
        for check in checks:
            facts = await facts_of(session, context, check)
            kinds = PARTS if kind is None else (kind,)
            if facts is not None and any(isinstance(_judge(context, one, facts, looker, at), Opened) for one in kinds):
                return check
    return checks[0] if checks else None


async def look(context: Context, looker: Looker, wanted: Wanted) -> Look:
    """Shows one kind, or says why not: problems `not-found`, `medical-information-closed`,
    `medical-information-not-reached`. Whatever comes of it is in the audit log first."""
    async with context.database.reading() as session:
        facts = await facts_of(session, context, wanted.check)
    if facts is None:
        await _audit_alone(
            context, looker, wanted.check, wanted.kind, "medical_look_refused", {"reasons": ["not_found"]}
        )
        raise ProblemError("not-found")
    judged = _judge(context, wanted.kind, facts, looker, context.clock.now())
    if isinstance(judged, Opened) and wanted.kind in PARTS and not can_give(wanted.kind, wanted.form):
        judged = Closed((ClosedReason.FORM_NOT_GIVEN,))
    if isinstance(judged, Closed):
        await refuse(context, looker, wanted.check, wanted.kind, judged.reasons)
    fetched = await _fetched(context, looker, wanted, facts, judged)
    async with context.database.writing() as session:
        await lock_order(session)
        again = await facts_of(session, context, wanted.check)
        still = Closed(()) if again is None else _judge(context, wanted.kind, again, looker, context.clock.now())
        if isinstance(still, Opened):
            parts = tuple(part for part in judged.parts if part in still.parts)
            details = {"parts": list(parts), "simulated": fetched.simulated}
            await _audit(session, context, looker, wanted.check, wanted.kind, "medical_look", details)
            await session.commit()
    if isinstance(still, Closed):
        await refuse(context, looker, wanted.check, wanted.kind, still.reasons)
    return Look(
        wanted=wanted,
        parts=parts,
        sections=tuple(section for section in fetched.sections if section.part in parts),
        pdf=fetched.pdf,
        fetched_at=fetched.fetched_at,
        simulated=fetched.simulated,
        closes_at=still.closes_at,
        ask_again_at=min([context.clock.now() + SHOWN_FOR, *([still.closes_at] if still.closes_at else [])]),
    )


async def refuse(
    context: Context, looker: Looker, check: str, kind: ConsentKind | None, reasons: Sequence[ClosedReason]
) -> NoReturn:
    """Notes the refused look and says why it was."""
    names = [reason.value for reason in reasons]
    await _audit_alone(context, looker, check, kind, "medical_look_refused", {"reasons": names})
    raise ProblemError("medical-information-closed", reasons=[told(reason) for reason in reasons])


def told(reason: ClosedReason) -> dict[str, Any]:
    """A reason as answers carry it."""
    why = REASONS[reason]
    return {"reason": reason.value, "say": {"ja": why.say.ja, "en": why.say.en}, "cites": why.cites}


def _judge(context: Context, kind: ConsentKind, facts: Facts, looker: Looker, at: datetime) -> Opened | Closed:
    return judge(kind, facts, roles=looker.roles, minimum=context.settings.medical_assurance, at=at)


async def _fetched(context: Context, looker: Looker, wanted: Wanted, facts: Facts, opened: Opened) -> MedicalResult:
    """From the gateway, or out of the answer that is stored; nothing is kept on the way."""
    qualification, gateway = facts.qualification, context.gateway
    if qualification is None:
        raise TypeError("open without a qualification")
    if wanted.kind not in PARTS:
        return _from_answer(context, wanted.kind, qualification)
    if not isinstance(gateway, MedicalGateway):
        raise TypeError("open without a gateway")
    request = MedicalRequest(
        reference=new_id(),
        institution_code=context.facility.institution_code,
        kind=wanted.kind,
        parts=tuple(MedicalPart(part) for part in opened.parts),
        qualification=qualification,
        treatment=_TREATMENT.get(facts.setting, MedicalTreatment.USUAL),
        form=wanted.form,
        since=wanted.since,
        until=wanted.until,
    )
    why, retry_after_s = "gateway_failed", None
    try:
        result = await gateway.fetch_medical(request)
    except GatewayUnavailableError as error:
        why, retry_after_s = error.why, error.retry_after_s
    except MedicalRefusedError as error:
        why = error.why
    except Exception as error:
        _LOGGER.error("gateway %s failed: %s", gateway.name, type(error).__qualname__)
    else:
        if result.simulated and not context.facility.is_exercise:
            # Invariant 10: whatever a live facility's gateway says, nothing simulated is shown there.
            why = "simulated"
        else:
            return result
    await _audit_alone(context, looker, wanted.check, wanted.kind, "medical_look_failed", {"why": why})
    headers = {"Retry-After": str(int(retry_after_s or _TRY_AGAIN_S))}
    raise ProblemError("medical-information-not-reached", headers=headers, why=why)


def _from_answer(context: Context, kind: ConsentKind, qualification: Qualification) -> MedicalResult:
    """The limit's band, or the specified illnesses, as entries of names and values."""
    found: list[Limit | SpecifiedIllness]
    if kind is ConsentKind.LIMIT_AMOUNT:
        found = [qualification.limit] if qualification.limit is not None else []
    else:
        found = [*qualification.specified_illnesses]
    entries = tuple(
        MedicalEntry(tuple((name, value) for name in one.__struct_fields__ if (value := getattr(one, name))))
        for one in found
    )
    section = MedicalSection(kind, entries)
    return MedicalResult((section,) if entries else (), None, context.clock.now(), context.facility.is_exercise)


async def _audit_alone(
    context: Context, looker: Looker, check: str, kind: ConsentKind | None, action: str, details: Mapping[str, Any]
) -> None:
    async with context.database.writing() as session:
        await _audit(session, context, looker, check, kind, action, details)
        await session.commit()


async def _audit(
    session: Session,
    context: Context,
    looker: Looker,
    check: str,
    kind: ConsentKind | None,
    action: str,
    details: Mapping[str, Any],
) -> None:
    # Whoever asks for a check that is not here could write anything at all into the log.
    subject = check if _CHECK.match(check) else "not-an-id"
    told = {"kind": kind.value if kind else "the list", **looker.where, **details}
    await audit.append(session, looker.actor, action, "check", subject, told, context.clock.now())
