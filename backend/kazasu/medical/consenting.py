"""What the patient said to us of one kind, and whether it stands: facts/rules.md section 3. Pure.

A consent belongs to a check; its withdrawal takes back every consent to that kind that the same person gave before, and
so does a later refusal. Readings of ours, both the stricter.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from kazasu.medical.reason import ClosedReason
from kazasu.rules import ConsentKind

__all__ = ["Given", "Said", "our_consent"]


@dataclass(frozen=True, slots=True)
class Said:
    """One kind, given or declined, by the person of the check; `serves` says that it is about this very check."""

    kind: str
    is_given: bool
    given_at: datetime
    withdrawn_at: datetime | None
    """When it was taken back, by the clock of whoever recorded that."""
    serves: bool


@dataclass(frozen=True, slots=True)
class Given:
    """Recorded and not withdrawn, since then."""

    since: datetime


def our_consent(said: Iterable[Said], kind: ConsentKind) -> Given | ClosedReason:
    """The consent that stands for the check, or why none does."""
    of_kind = sorted((one for one in said if one.kind == kind), key=lambda one: one.given_at)
    serving = [one for one in of_kind if one.serves]
    if not serving:
        return ClosedReason.CONSENT_NOT_RECORDED
    last = serving[-1]
    if last.withdrawn_at is not None:
        return ClosedReason.CONSENT_WITHDRAWN
    if not last.is_given:
        return ClosedReason.CONSENT_DECLINED
    if any(one.withdrawn_at is not None and one.withdrawn_at >= last.given_at for one in of_kind):
        return ClosedReason.CONSENT_WITHDRAWN
    if any(not one.is_given and one.given_at > last.given_at for one in of_kind):
        return ClosedReason.CONSENT_DECLINED
    return Given(last.given_at)
