"""The reports of a month, a period and today as pages to print. Pure."""

import io
from datetime import datetime

from kazasu.charting import Chart, draw
from kazasu.printing import Sheet
from kazasu.reports.paper.picture import trouble_chart, usage_chart
from kazasu.reports.schemas import HoldsReport, TroubleReport, UsageReport
from kazasu.reports.words import ASKED, GROUPS, word
from kazasu.rules.trouble import CATEGORIES, RESPONSES

__all__ = ["add_picture", "holds_page", "trouble_page", "usage_page"]


def usage_page(report: UsageReport, *, facility: str, made_at: datetime) -> bytes:
    """A month's usage: totals, picture, every count."""
    sheet = _sheet(f"資格確認の利用状況　{report.month}", facility, made_at, is_exercise=report.exercise)
    rate = "—" if report.usage_rate_percent is None else f"{report.usage_rate_percent}％"
    sheet.grid(
        ["項目", "件数"],
        [
            ["マイナンバーカードによる確認", str(report.card_checks)],
            ["ほかのオンライン確認（うちカード）", f"{report.other_online_checks}（{report.other_card_checks}）"],
            ["オンライン確認の合計", str(report.online_checks)],
            ["書類などだけの確認を含む合計", str(report.all_checks)],
            ["利用率（カードによる確認÷オンライン確認の合計）", rate],
        ],
        widths=[3, 1],
        align=["left", "right"],
    )
    if report.asked_without_card:
        asked = "、".join(f"{ASKED.get(kind, kind)} {count}件" for kind, count in report.asked_without_card.items())
        sheet.lines(f"このほかにカードなしの照会：{asked}（利用率には入れていません）。", points=8.5)
    if not report.is_whole:
        sheet.lines(
            "端末など、このシステムの外での確認の件数が登録されていないため、利用率はこのシステムの確認だけによるものです。",
            points=8.5,
        )
    add_picture(sheet, usage_chart(report))
    for group, counts in report.by.items():
        sheet.heading(f"{GROUPS[group]}ごと", level=3)
        rows = [[word(group, count.value, count.name), str(count.count)] for count in counts]
        sheet.grid([GROUPS[group], "件数"], rows or [["—", "0"]], widths=[3, 1], align=["left", "right"])
    return sheet.to_octets()


def trouble_page(report: TroubleReport, *, facility: str, made_at: datetime) -> bytes:
    """The trouble log of a period: picture, counts, every line."""
    title = f"トラブルの記録　{report.since}〜{report.until}"
    sheet = _sheet(title, facility, made_at, is_exercise=report.exercise)
    sheet.lines(f"記録 {len(report.lines)}件、うち10割負担を請求した事例 {report.full_charge_cases}件")
    add_picture(sheet, trouble_chart(report))
    sheet.heading("対応（複数あり）", level=3)
    rows = [[one.say.ja, str(one.count)] for one in report.responses]
    rows += [[f"一覧にない対応（{code}）", str(count)] for code, count in report.unknown_responses.items()]
    sheet.grid(["対応", "件数"], rows, widths=[4, 1], align=["left", "right"])
    sheet.heading("記録", level=3)
    lines = [
        [
            line.day.isoformat(),
            CATEGORIES[line.category].say.ja,
            "、".join(RESPONSES[response].say.ja for response in line.responses),
            "10割" if line.full_charge else "",
            line.device_name,
        ]
        for line in report.lines
    ]
    headings = ["日付", "トラブルの内容", "対応", "負担", "端末"]
    sheet.grid(headings, lines or [["—", "", "", "", ""]], widths=[4, 9, 8, 2, 4], points=8)
    return sheet.to_octets()


def holds_page(report: HoldsReport, *, facility: str, made_at: datetime) -> bytes:
    """What is open now."""
    sheet = _sheet("保留の一覧（未処理）", facility, made_at, is_exercise=report.exercise)
    rows = [
        [hold.means.ja, hold.to_do.ja, str(hold.count), hold.oldest.date().isoformat()] for hold in report.items
    ]  # fmt: skip
    headings = ["意味", "すること", "件数", "最も古い日"]
    sheet.grid(
        headings, rows or [["保留はありません", "", "0", ""]], widths=[7, 9, 2, 4],
        align=["left", "left", "right", "left"],
    )  # fmt: skip
    return sheet.to_octets()


def add_picture(sheet: Sheet, chart: Chart) -> None:
    """A picture over the page's width, as shapes and not as dots."""
    sheet.ln(1)
    sheet.image(io.BytesIO(draw(chart, "svg")), w=sheet.epw)
    sheet.ln(3)


def _sheet(title: str, facility: str, made_at: datetime, *, is_exercise: bool) -> Sheet:
    sheet = Sheet(title=title, is_exercise=is_exercise, made_at=made_at, foot=facility)
    sheet.heading(title, level=1)
    return sheet
