"""The trouble log out of what devices recorded and what was held: one line for each, none twice. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, TypeVar

from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.reason import HoldReason
from kazasu.rules.substitute import Substitute
from kazasu.rules.trouble import Trouble, TroubleCategory, TroubleCounts, TroubleResponse, count_trouble

__all__ = [
    "CATEGORY_OF_REASON",
    "HeldCheck",
    "LoggedTrouble",
    "RecordedTrouble",
    "TroubleLog",
    "TroubleSource",
    "trouble_log",
]

_E = TypeVar("_E", bound=StrEnum)

CATEGORY_OF_REASON: Final = {
    HoldReason.ANSWER_INVALID: TroubleCategory.INVALID,
    HoldReason.ANSWER_INVALID_NEWER_EXISTS: TroubleCategory.INVALID,
    HoldReason.ANSWER_NOT_FOUND: TroubleCategory.NO_SUCH_NUMBER,
    HoldReason.CERTIFICATE_EXPIRED: TroubleCategory.CERTIFICATE_EXPIRED,
}
"""The holds that are a trouble of the associations' list by themselves. `other_person` is a suspicion of ours, and
becomes one only when somebody records it."""

_RESPONSE_OF_DOCUMENT: Final = {
    Substitute.INSURANCE_CARD: TroubleResponse.INSURANCE_CARD,
    Substitute.ORAL_CONFIRMATION: TroubleResponse.LAST_VISIT,
}
_WORD: Final = re.compile(r"[a-z0-9_]{1,60}")
_NO_WORD: Final = "not_a_code"
"""In place of what a device sent that is no code: nobody knows what is in it."""


class TroubleSource(StrEnum):
    """Where a line comes from."""

    RECORDED = "recorded"
    HOLD = "hold"


@dataclass(frozen=True)
class RecordedTrouble:
    """A trouble as a device recorded it, or a person at the desk."""

    day: date
    category: str
    response: str
    full_charge: bool
    check: str | None
    device: str


@dataclass(frozen=True)
class HeldCheck:
    """A check that was held, what was shown in place of its answer, and what was decided."""

    day: date
    reason: HoldReason
    check: str
    device: str
    documents: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True)
class LoggedTrouble:
    """One line of the log."""

    trouble: Trouble
    source: TroubleSource
    check: str | None
    device: str


@dataclass(frozen=True)
class TroubleLog:
    """The log of a period. `unknown`: categories that this version does not know, by their code."""

    lines: tuple[LoggedTrouble, ...]
    counts: TroubleCounts
    unknown: dict[str, int]
    unknown_responses: dict[str, int]
    """Responses that this version does not know, by their code; each counts as `other` too."""
    full_charge_cases: int
    """Of all lines, those of an unknown category too."""


def trouble_log(recorded: Sequence[RecordedTrouble], held: Iterable[HeldCheck], since: date, until: date) -> TroubleLog:
    """The lines from `since` to `until`. What a person recorded of a check goes before what its hold says."""
    lines: list[LoggedTrouble] = []
    unknown: Counter[str] = Counter()
    unknown_responses: Counter[str] = Counter()
    full_charge_outside = 0
    said: set[tuple[str, TroubleCategory]] = set()
    for one in recorded:
        if not since <= one.day <= until:
            continue
        category = _member(TroubleCategory, one.category)
        if category is None:
            unknown[_code(one.category)] += 1
            full_charge_outside += one.full_charge
            continue
        response = _member(TroubleResponse, one.response)
        if response is None and one.response:
            unknown_responses[_code(one.response)] += 1
        responses = (response,) if response is not None else (TroubleResponse.OTHER,) if one.response else ()
        trouble = Trouble(day=one.day, category=category, responses=responses, full_charge=one.full_charge)
        lines.append(LoggedTrouble(trouble, TroubleSource.RECORDED, one.check, one.device))
        if one.check is not None:
            said.add((one.check, category))
    for hold in held:
        category = CATEGORY_OF_REASON.get(hold.reason)
        if category is None or (hold.check, category) in said or not since <= hold.day <= until:
            continue
        said.add((hold.check, category))
        trouble = Trouble(
            day=hold.day,
            category=category,
            responses=_responses(hold),
            full_charge=Decision.PRIVATE_PAYMENT in hold.decisions,
        )
        lines.append(LoggedTrouble(trouble, TroubleSource.HOLD, hold.check, hold.device))
    lines.sort(key=lambda line: (line.trouble.day, line.trouble.category, line.check or ""))
    counts = count_trouble(tuple(line.trouble for line in lines), since, until)
    return TroubleLog(
        tuple(lines),
        counts,
        dict(sorted(unknown.items())),
        dict(sorted(unknown_responses.items())),
        counts.full_charge_cases + full_charge_outside,
    )


def _code(word: str) -> str:
    return word if _WORD.fullmatch(word) else _NO_WORD


def _responses(hold: HeldCheck) -> tuple[TroubleResponse, ...]:
    found: list[TroubleResponse] = []
    for word in hold.documents:
        document = _member(Substitute, word)
        found.append(TroubleResponse.OTHER if document is None else _of_document(document))
    if Decision.ASK_INSURER in hold.decisions:
        found.append(TroubleResponse.INSURER_OR_CALL_CENTRE)
    return tuple(dict.fromkeys(found))


def _of_document(document: Substitute) -> TroubleResponse:
    return _RESPONSE_OF_DOCUMENT.get(document, TroubleResponse.OTHER)


def _member(kind: type[_E], word: str) -> _E | None:
    return next((member for member in kind if member.value == word), None)
