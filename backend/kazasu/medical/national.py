"""The national system's own consent, as an answer carries it: flag, and available-until where given. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final

from kazasu.gateway import ConsentFlag, flags_of
from kazasu.medical.reason import ClosedReason
from kazasu.rules import ConsentKind

__all__ = ["NationalConsent", "national_consent"]

_JAPAN: Final = timezone(timedelta(hours=9))
_GIVEN: Final = "1"


@dataclass(frozen=True, slots=True)
class NationalConsent:
    """The parts that are open now, each with the moment at which it closes (None: none was given)."""

    parts: Mapping[str, datetime | None]


def national_consent(
    flags: Mapping[str, ConsentFlag], kind: ConsentKind, at: datetime
) -> NationalConsent | ClosedReason:
    """What of a kind the flags open at this moment; a kind or part without its own flag is closed."""
    parts: dict[str, datetime | None] = {}
    reasons = []
    for part in flags_of(kind):
        found = _of_part(flags.get(part), at)
        if isinstance(found, ClosedReason):
            reasons.append(found)
        else:
            parts[part] = found.until
    if parts:
        return NationalConsent(parts)
    for reason in (ClosedReason.NATIONAL_CONSENT_OVER, ClosedReason.NATIONAL_CONSENT_DECLINED):
        if reason in reasons:
            return reason
    return ClosedReason.NATIONAL_CONSENT_MISSING


@dataclass(frozen=True, slots=True)
class _Open:
    until: datetime | None


def _of_part(flag: ConsentFlag | None, at: datetime) -> _Open | ClosedReason:
    if flag is None or not flag.code:
        return ClosedReason.NATIONAL_CONSENT_MISSING
    if flag.code != _GIVEN:
        # Specified illness has 2 for expired; a code that nobody here knows opens nothing either.
        return ClosedReason.NATIONAL_CONSENT_OVER if flag.code == "2" else ClosedReason.NATIONAL_CONSENT_DECLINED
    if not flag.available_until:
        return _Open(None)
    try:
        until = datetime.strptime(flag.available_until, "%Y%m%d%H%M%S").replace(tzinfo=_JAPAN)
    except ValueError:
        return ClosedReason.NATIONAL_CONSENT_OVER
    return _Open(until) if at < until else ClosedReason.NATIONAL_CONSENT_OVER
