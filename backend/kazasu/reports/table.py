"""Reports as CSV for a spreadsheet: UTF-8 with a byte order mark, every line marked in an exercise. Pure."""

import csv
import io
from collections.abc import Iterable

from kazasu.exports.table import EXERCISE, spreadsheet_text
from kazasu.reconciliation.reason import Severity
from kazasu.reports.schemas import HoldsReport, TroubleReport, UsageReport
from kazasu.reports.words import ASKED, GROUPS
from kazasu.rules.trouble import CATEGORIES, RESPONSES

__all__ = ["csv_table", "holds_table", "trouble_table", "usage_table"]

_SOURCES = {"recorded": "記録", "hold": "保留"}
_SEVERITIES = {
    Severity.BLOCKING: "照会も止まる",
    Severity.UNCLEAN: "請求が止まる",
    Severity.NOTICE: "確かめる",
}


def usage_table(report: UsageReport) -> bytes:
    """One line a count."""
    totals: list[tuple[object, ...]] = [
        ("マイナンバーカードによる確認", "", "", report.card_checks),
        ("ほかのオンライン確認", "", "", report.other_online_checks),
        ("ほかのうちカードによる確認", "", "", report.other_card_checks),
        ("オンライン確認の合計", "", "", report.online_checks),
        ("書類などだけの確認を含む合計", "", "", report.all_checks),
        ("利用率（％）", "", "", report.usage_rate_percent or ""),
    ]
    totals += [
        (f"カードなしの照会（{ASKED.get(kind, kind)}）", "", "", n) for kind, n in report.asked_without_card.items()
    ]
    counts = [
        (GROUPS[group], count.value, count.name, count.count) for group, found in report.by.items() for count in found
    ]
    rows = [(report.month, *row) for row in (*totals, *counts)]
    return csv_table(("月", "項目", "値", "名前", "件数"), rows, is_exercise=report.exercise)


def trouble_table(report: TroubleReport) -> bytes:
    """One line a trouble."""
    rows = [
        (
            line.day.isoformat(),
            CATEGORIES[line.category].say.ja,
            "、".join(RESPONSES[response].say.ja for response in line.responses),
            "10割" if line.full_charge else "",
            _SOURCES[line.source],
            line.device_name,
            line.check or "",
        )
        for line in report.lines
    ]
    headings = ("日付", "トラブルの内容", "対応", "10割負担", "出所", "端末", "確認ID")
    return csv_table(headings, rows, is_exercise=report.exercise)


def holds_table(report: HoldsReport) -> bytes:
    """One line a reason."""
    rows = [
        (hold.reason, _SEVERITIES[hold.severity], hold.means.ja, hold.to_do.ja, hold.count, hold.oldest.isoformat())
        for hold in report.items
    ]
    return csv_table(("理由", "重さ", "意味", "すること", "件数", "最も古いもの"), rows, is_exercise=report.exercise)


def csv_table(headings: tuple[str, ...], rows: Iterable[tuple[object, ...]], *, is_exercise: bool) -> bytes:
    """The table: every cell quoted and none that a spreadsheet would run, every line marked in an exercise."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(("区分", *headings))
    for row in rows:
        writer.writerow((EXERCISE if is_exercise else "", *(spreadsheet_text(str(cell)) for cell in row)))
    return text.getvalue().encode("utf-8-sig")
