"""The history's reports as pages to print. Pure."""

from datetime import datetime

from kazasu.printing import Sheet
from kazasu.reports.history.level_schemas import LevelReport, LevelView, MonthLevel
from kazasu.reports.history.schemas import ComparisonReport, SupportReport, SurveyAnswer, SurveyReport
from kazasu.reports.history.words import HALVES, RATE_KINDS, RATE_SOURCES, by_card_word, level_word, yen_text
from kazasu.reports.paper.page import add_picture
from kazasu.reports.paper.picture import comparison_chart, level_chart, support_chart

__all__ = ["comparison_page", "level_page", "support_page", "survey_page"]

_TICKED, _BOX = "■", "□"
_WRITTEN_LINES = 5


def level_page(report: LevelReport, *, facility: str, made_at: datetime) -> bytes:
    """Level and points by month of application."""
    sheet = _sheet("届出月ごとの区分と点数", facility, made_at, is_exercise=report.exercise)
    add_picture(sheet, level_chart(report))
    for month in report.months:
        _month(sheet, month)
    return sheet.to_octets()


def _month(sheet: Sheet, month: MonthLevel) -> None:
    sheet.heading(f"{month.month}の届出")
    if month.beside is not None:
        sheet.lines(month.beside.ja, points=8.5)
    if month.not_known is not None:
        sheet.lines(f"区分：不明。{month.not_known.ja}", points=9)
    if month.level is not None:
        _level(sheet, month.level, "区分")
    if month.announced is not None:
        _level(sheet, month.announced, "公表された案による区分（確定ではありません）")
    if month.points:
        rows = [
            [
                points.addition_say.ja,
                f"{points.occasion_say.ja}{by_card_word(points.by_card)}",
                f"{points.points}点" if points.points is not None else f"不明（案 {points.announced_points}点）",
                f"{points.once_in_months}か月に1回" if points.once_in_months else "",
                f"{points.not_known_from}から不明" if points.points is not None and points.not_known_from else "",
            ]
            for points in month.points
        ]
        sheet.grid(["加算", "場合", "点数", "回数", "備考"], rows, widths=[8, 8, 5, 4, 5], points=8)
    if month.requirements:
        sheet.lines("利用率のほかに必要なもの：", points=9)
        for requirement in month.requirements:
            sheet.lines(f"・{requirement.say.ja}", points=8.5, indent_mm=3)
        if month.requirements_beside is not None:
            sheet.lines(month.requirements_beside.ja, points=8, indent_mm=3)


def _level(sheet: Sheet, level: LevelView, title: str) -> None:
    sheet.lines(f"{title}：{level_word(level)}　{level.say.ja}", points=9)
    rows = [
        [
            RATE_KINDS[rate.kind],
            rate.month,
            f"{rate.rate_percent}％" if rate.rate_percent is not None else "不明",
            RATE_SOURCES[rate.source] if rate.source is not None else "",
            "、".join(f"加算{place} {percent}％" for place, percent in enumerate(level.least_percents, start=1)),
        ]
        for rate in level.compared
    ]
    sheet.grid(["比べる利用率", "月", "率", "出所", "基準（以上）"], rows, widths=[8, 4, 3, 5, 9], points=8)


def support_page(report: SupportReport, *, facility: str, made_at: datetime) -> bytes:
    """The support money by half-year."""
    sheet = _sheet("支援金の見込み（2024年）", facility, made_at, is_exercise=report.exercise)
    add_picture(sheet, support_chart(report))
    for half in report.halves:
        sheet.heading(HALVES[half.half])
        sheet.lines(f"見込み額：{yen_text(half)}")
        sheet.lines(f"{half.say.ja}（{half.cites}）", points=8.5)
        rows = [
            [f"{one.month}（基準）" if one is half.base else one.month, _count(one.card_checks), _count(one.all_checks),
             f"{one.rate_percent}％" if one.rate_percent else "不明"]
            for one in (half.base, *half.months)
        ]  # fmt: skip
        headings = ["月", "カードの件数", "全件数", "利用率"]
        sheet.grid(headings, rows, widths=[3, 3, 3, 2], align=["left", "right", "right", "right"])
    return sheet.to_octets()


def survey_page(report: SurveyReport, *, facility: str, made_at: datetime) -> bytes:
    """The sheet with its boxes ticked; what the log cannot know has room to write."""
    sheet = _sheet("トラブル調査票（2024年の様式による）", facility, made_at, is_exercise=report.exercise)
    sheet.lines(f"期間：{report.since}〜{report.until}（トラブルの記録から記入）", points=9)
    for answer in report.answers:
        _answer(sheet, answer)
    if report.unlisted_categories:
        total = sum(report.unlisted_categories.values())
        sheet.lines(f"このほか、調査票に項目のないトラブルが{total}件あります。", points=8.5)
    return sheet.to_octets()


def _answer(sheet: Sheet, answer: SurveyAnswer) -> None:
    sheet.heading(f"{answer.number}　{answer.question}", level=3)
    for box in answer.boxes:
        sheet.lines(f"{_TICKED if box in answer.ticked else _BOX} {box}", points=9.5, indent_mm=4)
    if answer.text:
        sheet.lines(answer.text, indent_mm=4)
    if answer.cases is not None:
        sheet.lines(f"件数：{answer.cases}件", indent_mm=4)
    if not answer.boxes and answer.is_left_to_person:
        _room_to_write(sheet, 1 if answer.number == 1 else _WRITTEN_LINES)


def _room_to_write(sheet: Sheet, lines: int) -> None:
    height = 7.0 * lines
    if sheet.will_page_break(height + 2):
        sheet.add_page()
    sheet.rect(sheet.l_margin + 4, sheet.get_y() + 1, sheet.epw - 4, height)
    sheet.ln(height + 3)


def comparison_page(report: ComparisonReport, *, facility: str, made_at: datetime) -> bytes:
    """One's own rate beside the sources' figures."""
    sheet = _sheet(f"利用率の比較　{report.month}", facility, made_at, is_exercise=report.exercise)
    own = report.own
    if own.rate_percent is not None and own.source is not None:
        sheet.lines(f"自施設の利用率：{own.rate_percent}％（{RATE_SOURCES[own.source]}）")
    sheet.lines(report.say.ja, points=9)
    for place in report.places:
        sheet.lines(place.say.ja, points=9)
    add_picture(sheet, comparison_chart(report))
    rows = [
        [figure.month, figure.say.ja, f"{figure.card_checks:,}", f"{figure.all_checks:,}", f"{figure.rate_percent}％",
         figure.difference_points or ""]
        for figure in report.figures
    ]  # fmt: skip
    headings = ["月", "対象", "カードの件数", "全件数", "利用率", "自施設との差"]
    sheet.grid(
        headings, rows, widths=[4, 8, 5, 6, 4, 5], align=["left", "left", "right", "right", "right", "right"], points=8
    )
    sheet.lines("出典：医師会通知（2024-11-28）に添えられた厚生労働省の利用実績。差は百分率のポイント。", points=8)
    return sheet.to_octets()


def _sheet(title: str, facility: str, made_at: datetime, *, is_exercise: bool) -> Sheet:
    sheet = Sheet(title=title, is_exercise=is_exercise, made_at=made_at, foot=facility)
    sheet.heading(title, level=1)
    return sheet


def _count(count: int | None) -> str:
    return "不明" if count is None else f"{count:,}"
