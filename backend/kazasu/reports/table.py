"""Reports as CSV for a spreadsheet: UTF-8 with a byte order mark, every line marked in an exercise. Pure."""

import csv
import io
from collections.abc import Iterable

from kazasu.exports.table import EXERCISE, spreadsheet_text
from kazasu.reports.schemas import TroubleReport, UsageReport
from kazasu.rules.trouble import CATEGORIES, RESPONSES

__all__ = ["trouble_table", "usage_table"]

_GROUPS = {
    "method": "方法",
    "identity": "本人確認",
    "assurance": "確かさ",
    "check_type": "確認の種類",
    "device": "端末",
    "staff": "職員",
    "setting": "場面",
}
_SOURCES = {"recorded": "記録", "hold": "保留"}


def usage_table(report: UsageReport) -> bytes:
    """One line a count."""
    totals = [
        ("マイナンバーカードによる確認", "", "", report.card_checks),
        ("ほかのオンライン確認", "", "", report.other_online_checks),
        ("確認の合計", "", "", report.all_checks),
        ("利用率（％）", "", "", report.usage_rate_percent or ""),
    ]
    counts = [
        (_GROUPS[group], count.value, count.name, count.count) for group, found in report.by.items() for count in found
    ]
    rows = [(report.month, *row) for row in (*totals, *counts)]
    return _table(("月", "項目", "値", "名前", "件数"), rows, is_exercise=report.exercise)


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
    return _table(headings, rows, is_exercise=report.exercise)


def _table(headings: tuple[str, ...], rows: Iterable[tuple[object, ...]], *, is_exercise: bool) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(("区分", *headings))
    for row in rows:
        writer.writerow((EXERCISE if is_exercise else "", *(spreadsheet_text(str(cell)) for cell in row)))
    return text.getvalue().encode("utf-8-sig")
