"""Whether one kind is open for one check now: invariants 6 and 7 in one place. Pure; no clock, no database.

Says every reason why not, so that a person can do something about it; nothing is open while one reason stands.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from checksync import Assurance
from kazasu.clock import day_in_japan
from kazasu.gateway import PARTS, ConsentFlag, Qualification
from kazasu.medical.consenting import Given, Said, our_consent
from kazasu.medical.national import NationalConsent, national_consent
from kazasu.medical.reason import ClosedReason
from kazasu.rules import CertificateState, CheckType, ConsentKind, Setting, certificate_meaning
from kazasu.rules.certificate import CERTIFICATE_ROWS, CertificateStateRow
from kazasu.rules.consent_window import WINDOW_ROWS, NoWindow, WhyNone, WindowRow, window_of
from kazasu.staff import Role

__all__ = ["ROLES", "Closed", "Facts", "Opened", "judge"]

_TREATING = frozenset({Role.VISITOR, Role.COUNTER})
ROLES: Mapping[ConsentKind, frozenset[Role]] = {
    **dict.fromkeys(PARTS, _TREATING),
    # What the patient pays at the window and the claim names; no treatment is told by it.
    ConsentKind.LIMIT_AMOUNT: _TREATING | {Role.BACK_OFFICE},
    ConsentKind.SPECIFIED_ILLNESS: _TREATING | {Role.BACK_OFFICE},
}
"""Who may see what. Our reading: the sources name no roles; who meets the patient is on duty as visitor or counter."""

_OPENS: Mapping[str, frozenset[Assurance]] = {
    "card_read": frozenset({Assurance.CARD_SIGNED, Assurance.CARD_READ}),
    "card_signed": frozenset({Assurance.CARD_SIGNED}),
}

_NO_WINDOW = {
    WhyNone.ELIGIBILITY_ONLY: ClosedReason.ELIGIBILITY_ONLY,
    WhyNone.CERTIFICATE: ClosedReason.CERTIFICATE,
    WhyNone.SETTING: ClosedReason.NO_WINDOW,
}


@dataclass(frozen=True, slots=True, repr=False)
class Facts:
    """What is known of one check, for everybody who asks."""

    check_type: CheckType
    setting: Setting
    certificate: CertificateState | None
    checked_on: date
    serves: bool
    """By type and certificate, as it was judged when the check came."""
    assurance: Assurance
    is_void: bool
    is_other_person: bool
    """A hold `other_person` was raised and nobody accepted it."""
    is_held: bool
    """Another hold about who it is, or whether this may be done, is open."""
    touched_at: datetime | None
    """The device's time where it lies between its anchors, else the last anchor's; None where there is neither."""
    said: Collection[Said]
    is_answered: bool
    qualification: Qualification | None
    """The one valid insurance that the latest answer has; None where there is not exactly one."""
    flags: Mapping[str, ConsentFlag]
    relation_until: datetime | None
    """For continuing visits: until when they count as going on without another one."""
    has_gateway: bool
    windows: tuple[WindowRow, ...] = WINDOW_ROWS
    certificates: tuple[CertificateStateRow, ...] = CERTIFICATE_ROWS
    """Both with the facility's own rows laid over the source's."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The kind is open: which parts, and when it closes at the latest (None: until it is withdrawn)."""

    parts: tuple[str, ...]
    closes_at: datetime | None


@dataclass(frozen=True, slots=True)
class Closed:
    """The kind is closed, for all of these reasons."""

    reasons: tuple[ClosedReason, ...]


@dataclass(slots=True)
class _Judging:
    reasons: set[ClosedReason] = field(default_factory=set)
    ends: list[datetime] = field(default_factory=list)


def judge(kind: ConsentKind, facts: Facts, *, roles: Collection[Role], minimum: str, at: datetime) -> Opened | Closed:
    """Whether somebody with these roles may look at this kind at this moment. `minimum` is the least assurance."""
    judging = _Judging()
    if not ROLES[kind] & set(roles):
        judging.reasons.add(ClosedReason.ROLE)
    _judge_check(kind, facts, minimum, judging)
    ours = our_consent(facts.said, kind)
    if isinstance(ours, ClosedReason):
        judging.reasons.add(ours)
    elif kind in PARTS:
        _judge_window(facts, ours, judging, at)
    national = _judge_answer(kind, facts, judging, at)
    if kind in PARTS and not facts.has_gateway:
        judging.reasons.add(ClosedReason.NO_GATEWAY)
    if judging.reasons or national is None:
        return Closed(tuple(reason for reason in ClosedReason if reason in judging.reasons))
    # The stricter wins: whatever of our window, the relation and the national system's own end comes first.
    open_parts = {
        part: min([*judging.ends, *([until] if until else [])], default=None) for part, until in national.items()
    }
    ends = [until for until in open_parts.values() if until is not None]
    return Opened(tuple(open_parts), min(ends, default=None))


def _judge_check(kind: ConsentKind, facts: Facts, minimum: str, judging: _Judging) -> None:
    reasons = judging.reasons
    if facts.is_void:
        reasons.add(ClosedReason.CHECK_VOID)
    if facts.is_other_person:
        reasons.add(ClosedReason.PERSON_IN_DOUBT)
    if facts.is_held:
        reasons.add(ClosedReason.HELD)
    if kind is ConsentKind.LIMIT_AMOUNT:
        # Eligibility, not medical information: open to every type and in the grace period, on its own consents.
        return
    if facts.check_type is CheckType.ELIGIBILITY_ONLY:
        reasons.add(ClosedReason.ELIGIBILITY_ONLY)
    elif (
        not facts.serves
        or facts.certificate is None
        or not certificate_meaning(
            facts.certificate, facts.checked_on, facts.certificates
        ).serves_for_medical_information
    ):
        reasons.add(ClosedReason.CERTIFICATE)
    if facts.assurance not in _OPENS[minimum]:
        reasons.add(ClosedReason.ASSURANCE)


def _judge_window(facts: Facts, ours: Given, judging: _Judging, at: datetime) -> None:
    touched_at = facts.touched_at
    if touched_at is None:
        judging.reasons.add(ClosedReason.TOUCH_TIME_UNKNOWN)
        return
    if facts.certificate is None:
        judging.reasons.add(ClosedReason.CERTIFICATE)
        return
    # A consent recorded after the touch opens nothing longer than the touch does; one from before runs from then.
    start, day = min(ours.since, touched_at), day_in_japan(touched_at)
    window = window_of(
        facts.check_type, facts.setting, facts.certificate, start, day, facts.windows, facts.certificates
    )
    if isinstance(window, NoWindow):
        judging.reasons.add(_NO_WINDOW[window.why])
        return
    if not window.is_open(at):
        judging.reasons.add(ClosedReason.WINDOW_OVER)
    if window.closes_at is not None:
        judging.ends.append(window.closes_at)
    elif facts.relation_until is None or at >= facts.relation_until:
        judging.reasons.add(ClosedReason.RELATION_OVER)
    else:
        judging.ends.append(facts.relation_until)


def _judge_answer(
    kind: ConsentKind, facts: Facts, judging: _Judging, at: datetime
) -> Mapping[str, datetime | None] | None:
    if not facts.is_answered:
        judging.reasons.add(ClosedReason.NOT_ANSWERED)
        return None
    if facts.qualification is None:
        judging.reasons.add(ClosedReason.NOT_VALID)
    national = national_consent(facts.flags, kind, at)
    if isinstance(national, NationalConsent):
        return national.parts
    judging.reasons.add(national)
    return None
