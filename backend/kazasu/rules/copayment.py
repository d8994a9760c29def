"""What share the patient pays: read from the answer first, else what age leaves possible. Pure.

Facts: rules.md section 6, oqs.md section 7. Where age alone leaves several shares, all are named and none is chosen.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

import msgspec

from kazasu.rules.age import age_on, first_day_at_70_share, first_day_late_stage, school_start
from kazasu.rules.period import Found, Knowledge, Row, find
from kazasu.rules.say import Say

__all__ = [
    "SHARE_ROWS",
    "AgeGroup",
    "AnswerShare",
    "Share",
    "ShareFrom",
    "ShareRow",
    "age_group",
    "is_share_asked",
    "share_by_age",
    "share_of",
]


class AgeGroup(StrEnum):
    """The groups that the share goes by."""

    PRESCHOOL = "preschool"
    GENERAL = "general"
    ELDERLY = "elderly"
    LATE_STAGE_ELDERLY = "late_stage_elderly"


class ShareFrom(StrEnum):
    """Where a share was read."""

    LATE_STAGE_ANSWER = "late_stage_answer"
    ELDERLY_CERTIFICATE = "elderly_certificate"
    PRESCHOOL_ANSWER = "preschool_answer"
    AGE = "age"


class ShareRow(Row, frozen=True, kw_only=True):
    """The shares possible in an age group, in percent; one where age decides."""

    group: AgeGroup
    percents: tuple[int, ...]
    say: Say


SHARE_ROWS: Final[tuple[ShareRow, ...]] = (
    ShareRow(
        key="preschool",
        group=AgeGroup.PRESCHOOL,
        percents=(20,),
        since=date(2021, 10, 1),
        cites="rules.md 6 [001][002], oqs.md 7 [R]",
        say=Say(
            ja="未就学児（6歳到達後の最初の3月31日まで）は2割です。",
            en="20 % before school age: until the first 31 March on or after age 6 is reached.",
        ),
    ),
    ShareRow(
        key="general",
        group=AgeGroup.GENERAL,
        percents=(30,),
        since=date(2021, 10, 1),
        cites="rules.md 6 [001][002]",
        say=Say(ja="就学後から70歳の翌月の前までは3割です。", en="30 % from school age until the month after 70."),
    ),
    ShareRow(
        key="elderly",
        group=AgeGroup.ELDERLY,
        percents=(20, 30),
        since=date(2021, 10, 1),
        cites="rules.md 6 [002], oqs.md 7",
        say=Say(
            ja="70歳の翌月（1日生まれはその月）から74歳までは2割、現役並み所得の方は3割です。",
            en="From the month after 70 (born on the 1st: that month) to 74: 20 %, or 30 % with a working-age income.",
        ),
    ),
    # The split of the 10 % into 10 and 20 % began in 2022-10 (oqs.md 7).
    ShareRow(
        key="late_stage_elderly_before_2022_10",
        group=AgeGroup.LATE_STAGE_ELDERLY,
        percents=(10, 30),
        since=date(2021, 10, 1),
        until=date(2022, 9, 30),
        cites="oqs.md 7",
        say=Say(ja="75歳からは1割または3割です。", en="From 75: 10 or 30 %."),
    ),
    ShareRow(
        key="late_stage_elderly",
        group=AgeGroup.LATE_STAGE_ELDERLY,
        percents=(10, 20, 30),
        since=date(2022, 10, 1),
        cites="rules.md 6 [002], oqs.md 7",
        say=Say(ja="75歳からは1割、2割または3割です。", en="From 75: 10, 20 or 30 %."),
    ),
)


class AnswerShare(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer says of the share, as its fields came (codes are three digits of percent)."""

    insurer_number: str = ""
    share: str = ""
    """`InsuredPartialContributionRatio`."""
    elderly_share: str = ""
    """`ElderlyRecipientContributionRatio`."""
    elderly_valid_from: date | None = None
    elderly_valid_until: date | None = None
    preschool: str = ""

    def __repr__(self) -> str:
        return "<AnswerShare>"


@dataclass(frozen=True)
class Share:
    """The share in percent, or None with the shares that are possible."""

    percent: int | None
    possible: tuple[int, ...]
    read_from: ShareFrom
    say: Say
    cites: str
    knowledge: Knowledge
    differs_from_age: bool = False
    """The answer's share is not one that age leaves possible: it still counts, and a person should look."""


_ELDERLY_AGE: Final = 70
_LATE_STAGE: Final = "39"
_READING_CITES: Final = "oqs.md 7 [S]"
_READ: Final = Say(ja="回答にある負担割合です。", en="The share that the answer carries.")


def age_group(birth_date: date, day: date) -> AgeGroup:
    """The group on that day by age alone; someone disabled may be late-stage elderly from 65."""
    if day < school_start(birth_date):
        return AgeGroup.PRESCHOOL
    if day < first_day_at_70_share(birth_date):
        return AgeGroup.GENERAL
    if day < first_day_late_stage(birth_date):
        return AgeGroup.ELDERLY
    return AgeGroup.LATE_STAGE_ELDERLY


def share_by_age(birth_date: date, day: date, rows: tuple[ShareRow, ...] = SHARE_ROWS) -> Share | None:
    """What age says, None on a day that no row has."""
    return _share_of_group(age_group(birth_date, day), day, rows)


def share_of(
    answer: AnswerShare, birth_date: date | None, day: date, rows: tuple[ShareRow, ...] = SHARE_ROWS
) -> Share | None:
    """The share for a visit on that day; None where neither the answer nor a birth date says anything."""
    by_age = None if birth_date is None else share_by_age(birth_date, day, rows)
    read = _read(answer, day, rows)
    if read is None:
        return by_age
    differs = by_age is not None and read.percent is not None and read.percent not in by_age.possible
    return Share(read.percent, read.possible, read.read_from, read.say, read.cites, read.knowledge, differs)


def is_share_asked(birth_date: date | None, is_late_stage: bool, day: date) -> bool:
    """Whether a form asks for the share: of those of 70 and over, from the birthday on, and the late-stage elderly."""
    return is_late_stage or (birth_date is not None and age_on(birth_date, day) >= _ELDERLY_AGE)


def _read(answer: AnswerShare, day: date, rows: tuple[ShareRow, ...]) -> Share | None:
    if answer.insurer_number.strip().startswith(_LATE_STAGE) and len(answer.insurer_number.strip()) == 8:
        percent = _percent(answer.share)
        if percent is not None:
            return Share(percent, (percent,), ShareFrom.LATE_STAGE_ANSWER, _READ, _READING_CITES, Knowledge.KNOWN)
        return _share_of_group(AgeGroup.LATE_STAGE_ELDERLY, day, rows)
    percent = _percent(answer.elderly_share)
    if percent is not None and _is_within(day, answer.elderly_valid_from, answer.elderly_valid_until):
        return Share(percent, (percent,), ShareFrom.ELDERLY_CERTIFICATE, _READ, _READING_CITES, Knowledge.KNOWN)
    if answer.preschool == "1":
        found = _share_of_group(AgeGroup.PRESCHOOL, day, rows)
        if found is not None:
            say, cites = found.say, _READING_CITES
            return Share(found.percent, found.possible, ShareFrom.PRESCHOOL_ANSWER, say, cites, found.knowledge)
    return None


def _share_of_group(group: AgeGroup, day: date, rows: tuple[ShareRow, ...]) -> Share | None:
    found = find([row for row in rows if row.group is group], day)
    if not isinstance(found, Found):
        return None
    row = found.row
    percent = row.percents[0] if len(row.percents) == 1 else None
    return Share(percent, row.percents, ShareFrom.AGE, row.say, row.cites, found.knowledge)


def _percent(code: str) -> int | None:
    """010, 020, 030; a code that is none of these is no share, and shows as none."""
    return int(code) if code in ("010", "020", "030") else None


def _is_within(day: date, since: date | None, until: date | None) -> bool:
    return (since is None or since <= day) and (until is None or day <= until)
