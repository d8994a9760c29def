"""Asking again without a card (再照会): facts/rules.md section 3, oqs.md 6.1. Pure; judged by the day of the visit.

From the second home visit on, and as long as the relation continues, the clinic asks by the number that it has: no
card, no PIN. Allowed from 2023-12-01, in full operation from 2024-04-01 [public].
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from kazasu.rules.period import Found, Knowledge, Row, find
from kazasu.rules.say import Say
from kazasu.rules.vocabulary import Setting

__all__ = [
    "RE_INQUIRY_ROWS",
    "ContinuingVisit",
    "MayAskAgain",
    "NoReInquiry",
    "ReInquiryRow",
    "WhyNoReInquiry",
    "may_ask_again",
]

_CITES: Final = "rules.md 3, oqs.md 6.1 [public]"


class ReInquiryRow(Row, frozen=True, kw_only=True):
    """Since when continuing visits in these settings may be asked about again. `in_full_operation` False: allowed,
    and not yet possible everywhere."""

    settings: frozenset[Setting]
    in_full_operation: bool
    say: Say


_SETTINGS: Final = frozenset({Setting.HOME_VISIT})
RE_INQUIRY_ROWS: Final[tuple[ReInquiryRow, ...]] = (
    ReInquiryRow(
        key="allowed",
        settings=_SETTINGS,
        since=date(2023, 12, 1),
        until=date(2024, 3, 31),
        in_full_operation=False,
        cites=_CITES,
        say=Say(
            ja="2回目以降の訪問は、カードなしで再照会できます（2024年4月の本格運用より前のため、使えない場合があります）。",
            en="From the second visit on the clinic asks again without a card; before April 2024 not everywhere yet.",
        ),
    ),
    ReInquiryRow(
        key="in_full_operation",
        settings=_SETTINGS,
        since=date(2024, 4, 1),
        in_full_operation=True,
        cites=_CITES,
        say=Say(
            ja="継続的な訪問の2回目以降は、関係が続くあいだ、カードなしで再照会できます。",
            en="From the second visit on, as long as the relation continues, the clinic asks again without a card.",
        ),
    ),
)


class WhyNoReInquiry(StrEnum):
    """Why a visit needs the card."""

    SETTING = "setting"
    NOT_YET = "not_yet"
    FIRST_VISIT = "first_visit"
    RELATION_ENDED = "relation_ended"
    NO_NUMBER = "no_number"


@dataclass(frozen=True, kw_only=True)
class ContinuingVisit:
    """What is known of a visit and of those before it."""

    setting: Setting
    visited_on: date
    checked_on: tuple[date, ...]
    """The days on which this patient's card was checked at a home visit, with nothing in doubt about the person."""
    ended_on: date | None
    """The last day of the relation, where the clinic ended it; a card checked later begins a new one."""
    has_number: bool


@dataclass(frozen=True)
class MayAskAgain:
    """The visit can be asked about without a card, on the strength of the first check of this relation."""

    first_checked_on: date
    in_full_operation: bool
    say: Say
    knowledge: Knowledge
    cites: str


@dataclass(frozen=True)
class NoReInquiry:
    """The visit needs the card; the number may still be asked about beforehand, as what it is."""

    why: WhyNoReInquiry
    say: Say
    cites: str = _CITES


def may_ask_again(visit: ContinuingVisit, rows: Iterable[ReInquiryRow] = RE_INQUIRY_ROWS) -> MayAskAgain | NoReInquiry:
    """Whether the visit is one that is asked about again, as of its day."""
    in_setting = [row for row in rows if visit.setting in row.settings]
    if not in_setting:
        return NoReInquiry(WhyNoReInquiry.SETTING, _SAY[WhyNoReInquiry.SETTING])
    found = find(in_setting, visit.visited_on)
    if not isinstance(found, Found):
        return NoReInquiry(WhyNoReInquiry.NOT_YET, _SAY[WhyNoReInquiry.NOT_YET])
    before = sorted(day for day in visit.checked_on if day < visit.visited_on)
    has_ended = visit.ended_on is not None and visit.ended_on < visit.visited_on
    of_this_relation = [day for day in before if not has_ended or visit.ended_on is None or day > visit.ended_on]
    if not of_this_relation:
        why = WhyNoReInquiry.RELATION_ENDED if before else WhyNoReInquiry.FIRST_VISIT
        return NoReInquiry(why, _SAY[why])
    if not visit.has_number:
        return NoReInquiry(WhyNoReInquiry.NO_NUMBER, _SAY[WhyNoReInquiry.NO_NUMBER])
    row = found.row
    return MayAskAgain(of_this_relation[0], row.in_full_operation, row.say, found.knowledge, row.cites)


_SAY: Final = {
    WhyNoReInquiry.SETTING: Say(
        ja="再照会は、継続的な訪問（訪問診療・訪問看護・訪問服薬指導）だけで使えます。",
        en="Asking again without a card is for continuing home visits alone.",
    ),
    WhyNoReInquiry.NOT_YET: Say(
        ja="再照会は2023年12月1日からです。",
        en="Asking again without a card is possible from 2023-12-01 on.",
    ),
    WhyNoReInquiry.FIRST_VISIT: Say(
        ja="最初の訪問では、カードで資格確認と同意の登録をします。",
        en="The first visit needs the card, for the check and the consent.",
    ),
    WhyNoReInquiry.RELATION_ENDED: Say(
        ja="継続的な訪問の関係が終わっているため、もう一度カードで確認します。",
        en="The relation has ended; the card is needed once more.",
    ),
    WhyNoReInquiry.NO_NUMBER: Say(
        ja="保険者番号などが登録されていないため、再照会できません。カードで確認してください。",
        en="No insured number is on file to ask by; the card is needed.",
    ),
}
