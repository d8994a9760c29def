"""Which entries of a push are plain: checks that are new, in order and unrelated to one another. Pure.

Plain is what can be written without looking at anything that the run itself changes. Whatever is not is read alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from checksync import CheckBody, IntentFields
from kazasu.checks.asking import roads_of_check
from kazasu.checks.judgement import Judged, judge_check
from kazasu.checks.known import Known
from kazasu.checks.opening import Opened, Unreadable
from kazasu.checks.service import REPEAT_WITHIN
from kazasu.context import Context
from kazasu.patients.service import number_of
from kazasu.rules import CardKind, CheckType, Closed, Open, Setting, Subject, not_allowed_kinds
from kazasu.rules.same_visit import Meeting, Sameness, judge_pair
from kazasu.sync.seam import StoredEntry

__all__ = ["CleanCheck", "Touch", "clean_checks"]


@dataclass(frozen=True, slots=True)
class Touch:
    """What a repeat is told by: the card, in one setting, for one type of check, at a time."""

    certificate: str
    setting: Setting
    check_type: CheckType
    at: datetime


@dataclass(frozen=True, slots=True)
class CleanCheck:
    """A check with nothing wrong, and where it is asked, or why it cannot be."""

    stored: StoredEntry
    intent: IntentFields
    body: CheckBody
    judged: Judged
    roads: Open | Closed
    links: bool
    """Whether the card is known from now on to be this patient's."""


@dataclass(slots=True)
class _Seen:
    """What the run has by now."""

    touches: dict[str, list[Touch]]
    """By certificate."""
    met: dict[str, list[Meeting]]
    """Who was met, by patient and by card."""
    checks: set[str]
    changed: set[str] = field(default_factory=set)
    """Certificates that the run itself keeps or links."""


def clean_checks(
    context: Context,
    entries: Sequence[tuple[StoredEntry, Opened | Unreadable]],
    known: Known,
    *,
    related: set[str],
    touches: Sequence[Touch],
    met: Mapping[str, Sequence[Meeting]],
) -> Iterator[CleanCheck]:
    """The leading entries that are plain. `related`: checks of which something is stored already; `touches`: those of
    these cards on this device that count now; `met`: checks of about these days, by their patients and by their cards.
    """
    seen = _Seen({}, {person: list(meetings) for person, meetings in met.items()}, set(related))
    for touch in touches:
        seen.touches.setdefault(touch.certificate, []).append(touch)
    for stored, opened in entries:
        found = _clean(context, stored, opened, known, seen)
        if found is None:
            return
        yield found


def _clean(
    context: Context, stored: StoredEntry, opened: Opened | Unreadable, known: Known, seen: _Seen
) -> CleanCheck | None:
    if isinstance(opened, Unreadable) or opened.intent is None or not isinstance(opened.body, CheckBody):
        return None
    intent, body = opened.intent, opened.body
    sha256 = body.card.certificate_sha256
    if body.repeat_of is not None or body.check in seen.checks or sha256 in seen.changed:
        return None
    judged = judge_check(context, stored, intent, body, known)
    check_type = CheckType(intent.check_type)
    if judged.reasons or not_allowed_kinds([choice.kind for choice in intent.consents], check_type):
        return None
    certificate = judged.certificate
    touch = Touch(certificate.id if certificate else sha256, Setting(intent.setting), check_type, judged.time.at)
    if any(_is_repeat(touch, earlier) for earlier in seen.touches.get(touch.certificate, ())):
        return None
    meeting = Meeting(
        body.check, judged.checked_on, judged.time.at, touch.setting, check_type, stored.device, judged.staff,
        judged.person.visit,
    )  # fmt: skip
    people = [touch.certificate] + ([judged.person.patient] if judged.person.patient is not None else [])
    if any(_may_be_one(meeting, earlier) for person in people for earlier in seen.met.get(person, ())):
        return None
    links = judged.person.patient is not None and (certificate is None or certificate.patient is None)
    found = CleanCheck(stored, intent, body, judged, _roads(context, check_type, body, judged, known), links)
    seen.touches.setdefault(touch.certificate, []).append(touch)
    seen.checks.add(body.check)
    for person in people:
        seen.met.setdefault(person, []).append(meeting)
    if judged.unseen is not None or links:
        seen.changed.add(sha256)
    return found


def _may_be_one(meeting: Meeting, earlier: Meeting) -> bool:
    """Whether the two may be one visit, or somebody has to look: such a day is judged as a whole."""
    return judge_pair(meeting, earlier).sameness is not Sameness.TWO


def _is_repeat(touch: Touch, earlier: Touch) -> bool:
    return (
        touch.setting is earlier.setting
        and touch.check_type is earlier.check_type
        and touch.at - REPEAT_WITHIN <= earlier.at <= touch.at
    )


def _roads(context: Context, check_type: CheckType, body: CheckBody, judged: Judged, known: Known) -> Open | Closed:
    patient = known.patients.get(judged.person.patient) if judged.person.patient else None
    subject = Subject(
        card=CardKind(body.card.kind),
        has_certificate=judged.certificate is not None or judged.unseen is not None,
        has_insured_number=patient is not None and number_of(patient) is not None,
        has_attributes=body.card.attributes is not None,
    )
    return roads_of_check(context, check_type, subject)
