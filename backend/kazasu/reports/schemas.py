"""What the report routes give."""

from datetime import date, datetime

import msgspec

from kazasu.reconciliation.reason import REASONS, Severity
from kazasu.reports.service import Names, OpenHolds
from kazasu.reports.trouble_log import LoggedTrouble, TroubleLog, TroubleSource
from kazasu.rules import Say
from kazasu.rules.trouble import CATEGORIES, RESPONSES, TroubleCategory, TroubleResponse, TroubleWord
from kazasu.rules.usage import MonthlyUsage, percent_text, usage_rate

__all__ = ["HoldsReport", "TroubleReport", "UsageReport", "holds_report", "trouble_report", "usage_report"]


class Count(msgspec.Struct, frozen=True):
    """How often one value came; `name` is that of a device or staff member."""

    value: str
    name: str
    count: int


class UsageReport(msgspec.Struct, frozen=True):
    """A month's checks. The rate is ours: the payers count from their own records."""

    exercise: bool
    month: str
    card_checks: int
    other_online_checks: int
    """Online checks that this server does not see: as given by the one who asks, else as entered for the month."""
    other_card_checks: int
    """Those of them by My Number card."""
    is_whole: bool
    """Whether checks elsewhere were given or entered (be it none): else the rate is that of our own checks alone."""
    online_checks: int
    """All online checks: ours and those elsewhere. A document that was looked at alone is none."""
    all_checks: int
    """The same with what was recorded by a document or statement alone."""
    usage_rate_percent: str | None
    asked_without_card: dict[str, int]
    """Patients asked about ahead of their visits, or again, by kind. They are in no other figure: whether the payers
    count them among the online checks is in no source."""
    by: dict[str, list[Count]]


class WordCount(msgspec.Struct, frozen=True):
    """One category or response with its words, and how often it came."""

    code: str
    say: Say
    cites: str
    count: int


class TroubleLine(msgspec.Struct, frozen=True):
    """One line of the trouble log."""

    day: date
    category: TroubleCategory
    responses: list[TroubleResponse]
    full_charge: bool
    source: TroubleSource
    check: str | None
    device: str
    device_name: str


class TroubleReport(msgspec.Struct, frozen=True):
    """The trouble log of a period, and its counts; a line with two responses counts in both."""

    exercise: bool
    since: date
    until: date
    lines: list[TroubleLine]
    categories: list[WordCount]
    responses: list[WordCount]
    unknown_categories: dict[str, int]
    unknown_responses: dict[str, int]
    full_charge_cases: int


class HoldCount(msgspec.Struct, frozen=True):
    """The open holds of one reason."""

    reason: str
    severity: Severity
    means: Say
    to_do: Say
    count: int
    oldest: datetime


class HoldsReport(msgspec.Struct, frozen=True):
    """What is open now, the oldest first."""

    exercise: bool
    items: list[HoldCount]


def usage_report(
    usage: MonthlyUsage,
    names: Names,
    *,
    month: str,
    elsewhere: tuple[int, int] | None,
    asked: dict[str, int],
    is_exercise: bool,
) -> UsageReport:
    """The month as shown; `elsewhere`: checks by card and all checks that this server does not see."""
    other_card, other = elsewhere or (0, 0)
    online = usage.online_checks + other
    rate = usage_rate(usage.card_checks + other_card, online)
    called = {"device": names.devices, "staff": names.staff}
    return UsageReport(
        exercise=is_exercise,
        month=month,
        card_checks=usage.card_checks,
        other_online_checks=other,
        other_card_checks=other_card,
        is_whole=elsewhere is not None,
        online_checks=online,
        all_checks=usage.all_checks + other,
        usage_rate_percent=None if rate is None else percent_text(rate),
        asked_without_card=asked,
        by={
            group: [Count(value, called.get(group, {}).get(value, ""), count) for value, count in counts.items()]
            for group, counts in usage.by.items()
        },
    )


def trouble_report(log: TroubleLog, names: Names, *, since: date, until: date, is_exercise: bool) -> TroubleReport:
    """The log as shown."""
    return TroubleReport(
        exercise=is_exercise,
        since=since,
        until=until,
        lines=[_line(line, names) for line in log.lines],
        categories=[_count(one.value, CATEGORIES[one], log.counts.categories[one]) for one in TroubleCategory],
        responses=[_count(one.value, RESPONSES[one], log.counts.responses[one]) for one in TroubleResponse],
        unknown_categories=log.unknown,
        unknown_responses=log.unknown_responses,
        full_charge_cases=log.full_charge_cases,
    )


def holds_report(holds: list[OpenHolds], *, is_exercise: bool) -> HoldsReport:
    """What is open, as shown."""
    return HoldsReport(
        is_exercise,
        [
            HoldCount(
                hold.reason.value,
                REASONS[hold.reason].severity,
                REASONS[hold.reason].means,
                REASONS[hold.reason].to_do,
                hold.count,
                hold.oldest,
            )
            for hold in holds
        ],
    )


def _line(line: LoggedTrouble, names: Names) -> TroubleLine:
    trouble = line.trouble
    return TroubleLine(
        trouble.day,
        trouble.category,
        list(trouble.responses),
        trouble.full_charge,
        line.source,
        line.check,
        line.device,
        names.devices.get(line.device, ""),
    )


def _count(code: str, word: TroubleWord, count: int) -> WordCount:
    return WordCount(code, word.say, word.cites, count)
