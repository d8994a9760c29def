"""What the routes of the survey, the support money and the comparison give. Figures and rules; no patient, no check."""

from datetime import date
from fractions import Fraction

import msgspec

from kazasu.reports.figures import Month, month_text
from kazasu.reports.history.comparison import KIND_WORDS, Comparison, SourceKind
from kazasu.reports.history.level_schemas import RateView, rate_view
from kazasu.reports.history.month_rate import MonthRate
from kazasu.reports.history.support import HalfMonth, HalfStanding
from kazasu.rules import Say
from kazasu.rules.support_money import Half
from kazasu.rules.survey import FilledAnswer
from kazasu.rules.usage import percent_text, usage_rate
from kazasu.rules.usage_level import RateKind

__all__ = [
    "ComparisonReport",
    "SupportReport",
    "SurveyReport",
    "comparison_report",
    "points_text",
    "support_report",
    "survey_report",
]


class SupportMonth(msgspec.Struct, frozen=True):
    """One month's checks, None where they are not known."""

    month: str
    card_checks: int | None
    all_checks: int | None
    rate_percent: str | None


class SupportHalf(msgspec.Struct, frozen=True):
    """One half. `yen` None: months are missing, or the two readings of "average" come to different amounts."""

    half: Half
    base: SupportMonth
    months: list[SupportMonth]
    card_checks: int | None
    yen: int | None
    yen_pooled: int | None
    """All checks of the half together."""
    yen_by_month: int | None
    """The mean of the months' rates."""
    missing_months: list[str]
    say: Say
    cites: str


class SupportReport(msgspec.Struct, frozen=True):
    """The support money of 2024, as planned."""

    exercise: bool
    halves: list[SupportHalf]


class SurveyAnswer(msgspec.Struct, frozen=True):
    """One question with its answer. `is_left_to_person`: the log cannot know it."""

    number: int
    question: str
    boxes: list[str]
    ticked: list[str]
    text: str
    cases: int | None
    is_left_to_person: bool


class SurveyReport(msgspec.Struct, frozen=True):
    """The associations' sheet of 2024, filled from the trouble log of the period."""

    exercise: bool
    since: date
    until: date
    answers: list[SurveyAnswer]
    unlisted_categories: dict[str, int]
    """Trouble for which the sheet has no box; it counts in the questions that ask whether there was any."""
    cites: str


class FigureView(msgspec.Struct, frozen=True):
    """One figure of the sources; `difference_points`: one's own rate less this one, in percentage points."""

    month: str
    kind: SourceKind | None
    prefecture: str
    card_checks: int
    all_checks: int
    rate_percent: str
    difference_points: str | None
    say: Say
    cites: str


class PlaceView(msgspec.Struct, frozen=True):
    """Where one's own rate would stand among the 47 prefectures' averages."""

    kind: SourceKind
    above: int
    of: int
    say: Say


class ComparisonReport(msgspec.Struct, frozen=True):
    """One's own month beside the sources' figures."""

    exercise: bool
    month: str
    own: RateView
    say: Say
    """What the comparison can and cannot say."""
    figures: list[FigureView]
    places: list[PlaceView]


def support_report(halves: list[HalfStanding], *, is_exercise: bool) -> SupportReport:
    """The halves as shown."""
    return SupportReport(is_exercise, [_half(one) for one in halves])


def _half(standing: HalfStanding) -> SupportHalf:
    found = standing.estimate
    return SupportHalf(
        half=standing.half,
        base=_support_month(standing.base),
        months=[_support_month(one) for one in standing.months],
        card_checks=found.card_checks if found else None,
        yen=found.yen if found else None,
        yen_pooled=found.yen_pooled if found else None,
        yen_by_month=found.yen_by_month if found else None,
        missing_months=[month_text(one.month) for one in (standing.base, *standing.months) if one.counts is None],
        say=found.say if found else _NO_ESTIMATE,
        cites=found.cites if found else "rules.md 9 [000]",
    )


_NO_ESTIMATE = Say(
    ja="2023年10月か、この期間の件数がわからないため、見込み額を出せません。件数を出典とともに登録してください。",
    en="No estimate: the counts of October 2023 or of this half are not known. Enter them with their source.",
)


def survey_report(
    answers: tuple[FilledAnswer, ...], unlisted: dict[str, int], *, since: date, until: date, is_exercise: bool
) -> SurveyReport:
    """The sheet as shown."""
    return SurveyReport(
        exercise=is_exercise,
        since=since,
        until=until,
        answers=[
            SurveyAnswer(
                number=answer.question.number,
                question=answer.question.ja,
                boxes=list(answer.question.boxes),
                ticked=list(answer.ticked),
                text=answer.text,
                cases=answer.cases,
                is_left_to_person=not answer.question.is_from_log and not answer.text and not answer.ticked,
            )
            for answer in answers
        ],
        unlisted_categories=unlisted,
        cites="rules.md 10, 12 [001]",
    )


def comparison_report(
    month: Month, own: MonthRate | None, comparison: Comparison, *, is_exercise: bool
) -> ComparisonReport:
    """The comparison as shown."""
    return ComparisonReport(
        exercise=is_exercise,
        month=month_text(month),
        own=rate_view(RateKind.CHECK_COUNT, month, own),
        say=_say_comparison(comparison),
        figures=[
            FigureView(
                month=month_text(figure.month),
                kind=figure.kind,
                prefecture=figure.prefecture,
                card_checks=figure.card_checks,
                all_checks=figure.all_checks,
                rate_percent=percent_text(figure.rate),
                difference_points=None if comparison.own is None else points_text(comparison.own - figure.rate),
                say=Say(
                    ja=f"{figure.prefecture or '全国'}・{KIND_WORDS[figure.kind].ja if figure.kind else '全体'}",
                    en=f"{figure.prefecture or 'Japan'}, {KIND_WORDS[figure.kind].en if figure.kind else 'all kinds'}",
                ),
                cites=figure.cites,
            )
            for figure in comparison.figures
        ],
        places=[
            PlaceView(
                place.kind,
                place.above,
                place.of,
                Say(
                    ja=f"{KIND_WORDS[place.kind].ja}の都道府県平均（2024年9月）{place.of}のうち、"
                    f"自施設より高いのは{place.above}です。",
                    en=f"Of the {place.of} prefectures' averages for {KIND_WORDS[place.kind].en} (2024-09),"
                    f" {place.above} are higher.",
                ),
            )
            for place in comparison.places
        ],
    )


def points_text(difference: Fraction) -> str:
    """A difference of rates in percentage points, with its sign: `+1.23`."""
    text = percent_text(abs(difference))
    return f"-{text}" if difference < 0 and text.strip("0.") else f"+{text}"


def _say_comparison(comparison: Comparison) -> Say:
    if comparison.own is None:
        return Say(
            ja="この月の利用率がわからないため、資料の数字だけを示します。端末の件数か、通知された利用率を登録してください。",
            en="The month's rate is not known: the sources' figures alone. Enter the terminal's counts or the rate.",
        )
    if comparison.is_too_few:
        return Say(
            ja="確認が50件に満たない月は、資料の分布でも除かれているため、順位は示しません。",
            en="With under 50 checks no place is given: the sources leave such facilities out too.",
        )
    return Say(
        ja="資料にあるのは都道府県と施設類型の平均だけです。施設のなかでの順位や百分位は、資料からはわかりません。",
        en="The sources have averages of prefectures and kinds alone; a rank among facilities is not known.",
    )


def _support_month(one: HalfMonth) -> SupportMonth:
    if one.counts is None:
        return SupportMonth(month_text(one.month), None, None, None)
    rate = usage_rate(*one.counts)
    return SupportMonth(month_text(one.month), *one.counts, None if rate is None else percent_text(rate))
