"""The history's reports as CSV for a spreadsheet. Pure."""

from kazasu.reports.history.level_schemas import LevelReport, LevelView, PointsView
from kazasu.reports.history.schemas import ComparisonReport, SupportReport, SurveyReport
from kazasu.reports.history.words import HALVES, RATE_KINDS, RATE_SOURCES, by_card_word, level_word, yen_text
from kazasu.reports.table import csv_table

__all__ = ["comparison_table", "level_table", "support_table", "survey_table"]


def level_table(report: LevelReport) -> bytes:
    """One line a rate, a level, an addition: month of application, what, which, value, why, source."""
    rows: list[tuple[object, ...]] = []
    for month in report.months:
        for shown, is_announced in ((month.level, False), (month.announced, True)):
            if shown is not None:
                rows += [(month.month, *row) for row in _level_rows(shown, is_announced=is_announced)]
        if month.not_known is not None:
            rows.append((month.month, "区分", "", "不明", month.not_known.ja, ""))
        rows += [(month.month, *_points_row(points)) for points in month.points]
        rows += [(month.month, "要件", "", "", one.say.ja, one.cites) for one in month.requirements]
    return csv_table(("届出月", "項目", "対象", "値", "説明", "出典"), rows, is_exercise=report.exercise)


def _level_rows(level: LevelView, *, is_announced: bool) -> list[tuple[object, ...]]:
    rates = [
        (
            "利用率（％）",
            f"{rate.month} {RATE_KINDS[rate.kind]}",
            rate.rate_percent or "不明",
            RATE_SOURCES[rate.source] if rate.source else "",
            level.cites,
        )
        for rate in level.compared
    ]
    what = "案による区分（確定ではない）" if is_announced else "区分"
    return [*rates, (what, "医療DX推進体制整備加算", level_word(level), level.say.ja, level.cites)]


def _points_row(points: PointsView) -> tuple[object, ...]:
    what = "点数" if points.points is not None else "案の点数（確定ではない）"
    which = f"{points.addition_say.ja} {points.occasion_say.ja}{by_card_word(points.by_card)}"
    until = f"（{points.not_known_from}からは不明）" if points.points is not None and points.not_known_from else ""
    value = points.points if points.points is not None else points.announced_points
    return (what, which, value, points.say.ja + until, points.cites)


def support_table(report: SupportReport) -> bytes:
    """One line a month, and one an amount."""
    rows: list[tuple[object, ...]] = []
    for half in report.halves:
        name = HALVES[half.half]
        for kind, months in (("基準月", [half.base]), ("対象月", half.months)):
            rows += [
                (name, kind, one.month, _count(one.card_checks), _count(one.all_checks), one.rate_percent or "不明", "")
                for one in months
            ]
        rows.append((name, "見込み額（円）", "", "", "", yen_text(half), half.say.ja))
    headings = ("期", "項目", "月", "カードの件数", "全件数", "利用率（％）・金額", "説明")
    return csv_table(headings, rows, is_exercise=report.exercise)


def survey_table(report: SurveyReport) -> bytes:
    """One line a box, and one a question that is written out."""
    rows: list[tuple[object, ...]] = []
    for answer in report.answers:
        rows += [(answer.number, answer.question, box, "1" if box in answer.ticked else "") for box in answer.boxes]
        if not answer.boxes:
            rows.append((answer.number, answer.question, "", answer.text))
        if answer.cases is not None:
            rows.append((answer.number, answer.question, "件数", answer.cases))
    return csv_table(("番号", "設問", "選択肢", "回答"), rows, is_exercise=report.exercise)


def comparison_table(report: ComparisonReport) -> bytes:
    """One's own month first, then one line a figure of the sources."""
    own = report.own
    rows: list[tuple[object, ...]] = [
        (own.month, "自施設", _count(own.card_checks), _count(own.all_checks), own.rate_percent or "不明", "", "")
    ]
    rows += [
        (
            one.month,
            one.say.ja,
            one.card_checks,
            one.all_checks,
            one.rate_percent,
            one.difference_points or "",
            one.cites,
        )
        for one in report.figures
    ]
    rows += [("", place.say.ja, "", "", "", "", "") for place in report.places]
    headings = ("月", "対象", "カードの件数", "全件数", "利用率（％）", "自施設との差（ポイント）", "出典")
    return csv_table(headings, rows, is_exercise=report.exercise)


def _count(count: int | None) -> object:
    return "不明" if count is None else count
