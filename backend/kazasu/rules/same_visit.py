"""Whether checks of one patient on one day belong to one visit: a doctor and a nurse, or two pharmacists, each with a
device of their own and without a connection. Pure.

The sources say nothing on it; this is our reading, here alone. A visit is claimed by its day, and the plan knows it
best. Beside the plan, people who come together check within an hour of each other. What lies up to three hours apart
somebody has to look at; further apart the patient was met twice. The staff's trades are not asked: whoever works for
one facility claims the one visit. Whichever check arrives first must not matter, so the whole day is judged at once.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import combinations
from typing import Final

from kazasu.rules.say import Say
from kazasu.rules.vocabulary import CheckType, Setting

__all__ = ["SAY", "Day", "Judged", "Meeting", "Sameness", "Why", "judge_day", "judge_pair"]

REPEAT: Final = timedelta(minutes=15)
"""The same card again on the same device: as the sync protocol has it."""
TOGETHER: Final = timedelta(hours=1)
PERHAPS: Final = timedelta(hours=3)


class Sameness(StrEnum):
    """One visit, two, or a person has to say."""

    ONE = "one"
    TWO = "two"
    UNCLEAR = "unclear"


class Why(StrEnum):
    """By what it was told."""

    DECIDED = "decided"
    SAME_PLANNED_VISIT = "same_planned_visit"
    CLOSE_IN_TIME = "close_in_time"
    SOME_TIME_APART = "some_time_apart"
    LONG_APART = "long_apart"
    OTHER_DAY = "other_day"
    OTHER_PLANNED_VISIT = "other_planned_visit"
    OTHER_SETTING = "other_setting"
    OTHER_CHECK_TYPE = "other_check_type"
    SAME_TOUCH = "same_touch"
    SAME_HANDS = "same_hands"


SAY: Final = {
    Why.DECIDED: Say(ja="職員が判断しました。", en="A person decided so."),
    Why.SAME_PLANNED_VISIT: Say(ja="同じ訪問予定です。", en="The same planned visit."),
    Why.CLOSE_IN_TIME: Say(
        ja="同じ日・同じ場面で1時間以内に確認されています。",
        en="The same day and setting, within an hour of each other.",
    ),
    Why.SOME_TIME_APART: Say(
        ja="同じ日・同じ場面で1時間を超え3時間以内に確認されています。人が判断してください。",
        en="The same day and setting, one to three hours apart: a person has to say.",
    ),
    Why.LONG_APART: Say(ja="3時間を超えて離れています。", en="More than three hours apart."),
    Why.OTHER_DAY: Say(ja="別の日です。", en="Another day."),
    Why.OTHER_PLANNED_VISIT: Say(ja="別の訪問予定です。", en="Another planned visit."),
    Why.OTHER_SETTING: Say(ja="場面が違います。", en="Another setting."),
    Why.OTHER_CHECK_TYPE: Say(
        ja="資格確認の種類が違うため、それぞれ照会します。", en="Another type of check: each is asked for itself."
    ),
    Why.SAME_TOUCH: Say(
        ja="同じ職員が同じ端末で15分以内にもう一度確認しています。",
        en="The same person on the same device again, within fifteen minutes.",
    ),
    Why.SAME_HANDS: Say(
        ja="同じ職員が同じ端末で時間をおいて確認しています。", en="The same person on the same device, at another time."
    ),
}


@dataclass(frozen=True, slots=True)
class Meeting:
    """One check, by what the rule looks at. `at` is the judged time of the touch, `day` its day in Japan."""

    id: str
    day: date
    at: datetime
    setting: Setting
    check_type: CheckType
    device: str
    staff: str | None
    planned_visit: str | None


@dataclass(frozen=True, slots=True)
class Judged:
    """What two checks are to each other, and why."""

    sameness: Sameness
    why: Why


@dataclass(frozen=True, slots=True)
class Day:
    """A patient's day: its visits, each the ids of its checks in the order of their times; and the pairs that stay
    apart until a person looked, each with the earlier check first."""

    visits: Sequence[tuple[str, ...]]
    unclear: Sequence[tuple[str, str]]


def judge_pair(one: Meeting, other: Meeting) -> Judged:
    """Two checks of one patient; in either order the same."""
    if one.day != other.day:
        return Judged(Sameness.TWO, Why.OTHER_DAY)
    if one.check_type is not other.check_type:
        return Judged(Sameness.TWO, Why.OTHER_CHECK_TYPE)
    if one.planned_visit is not None and other.planned_visit is not None:
        if one.planned_visit == other.planned_visit:
            return Judged(Sameness.ONE, Why.SAME_PLANNED_VISIT)
        return Judged(Sameness.TWO, Why.OTHER_PLANNED_VISIT)
    if one.setting is not other.setting:
        return Judged(Sameness.TWO, Why.OTHER_SETTING)
    apart = abs(one.at - other.at)
    if one.device == other.device and one.staff == other.staff:
        if apart <= REPEAT:
            return Judged(Sameness.ONE, Why.SAME_TOUCH)
        return Judged(Sameness.TWO, Why.SAME_HANDS)
    if apart <= TOGETHER:
        return Judged(Sameness.ONE, Why.CLOSE_IN_TIME)
    if apart <= PERHAPS:
        return Judged(Sameness.UNCLEAR, Why.SOME_TIME_APART)
    return Judged(Sameness.TWO, Why.LONG_APART)


def judge_day(
    meetings: Iterable[Meeting],
    *,
    together: Collection[frozenset[str]] = (),
    apart: Collection[frozenset[str]] = (),
) -> Day:
    """All of a patient's checks of a day at once, so that their order of arrival says nothing.

    What a person decided about a pair (`together`, `apart`) goes before the rule. The closest pairs are joined first.
    Two checks that are not one visit by themselves are not made one by a third between them: only a person joins those,
    and nobody and nothing joins what the rule or a person calls two visits.
    """
    known = sorted(meetings, key=lambda one: (one.at, one.id))
    visits = [[one] for one in known]
    of = {one.id: visit for visit in visits for one in visit}
    pairs = [(one, other, _judged(one, other, together, apart)) for one, other in combinations(known, 2)]
    two = {frozenset((one.id, other.id)) for one, other, judged in pairs if judged.sameness is Sameness.TWO}
    unsure = {frozenset((one.id, other.id)) for one, other, judged in pairs if judged.sameness is Sameness.UNCLEAR}
    not_one = two | unsure
    joining = [pair for pair in pairs if pair[2].sameness is Sameness.ONE]
    joining.sort(key=lambda pair: (_strength(pair[2]), pair[1].at - pair[0].at, pair[0].at, pair[0].id, pair[1].id))
    for one, other, judged in joining:
        mine, theirs = of[one.id], of[other.id]
        if mine is theirs:
            continue
        against = two if judged.why is Why.DECIDED else not_one
        if any(frozenset((a.id, b.id)) in against for a in mine for b in theirs):
            continue
        mine.extend(theirs)
        visits.remove(theirs)
        for moved in theirs:
            of[moved.id] = mine
    unclear = [
        (one.id, other.id)
        for one, other, judged in pairs
        if judged.sameness is Sameness.UNCLEAR and of[one.id] is not of[other.id]
    ]
    ordered = [tuple(one.id for one in sorted(visit, key=lambda one: (one.at, one.id))) for visit in visits]
    return Day(sorted(ordered, key=lambda visit: [one.id for one in known].index(visit[0])), unclear)


def _judged(
    one: Meeting, other: Meeting, together: Collection[frozenset[str]], apart: Collection[frozenset[str]]
) -> Judged:
    pair = frozenset((one.id, other.id))
    if pair in together:
        return Judged(Sameness.ONE, Why.DECIDED)
    if pair in apart:
        return Judged(Sameness.TWO, Why.DECIDED)
    return judge_pair(one, other)


def _strength(judged: Judged) -> int:
    return (Why.DECIDED, Why.SAME_PLANNED_VISIT, Why.SAME_TOUCH, Why.CLOSE_IN_TIME).index(judged.why)
