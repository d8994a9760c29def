"""The reports' pictures. Pure."""

from collections.abc import Sequence
from fractions import Fraction

from kazasu.charting import Bars, Chart, Line, Lines, Mark
from kazasu.reports.history.level_schemas import LevelReport, LevelView
from kazasu.reports.history.schemas import ComparisonReport, SupportReport
from kazasu.reports.history.words import RATE_KINDS
from kazasu.reports.schemas import TroubleReport, UsageReport
from kazasu.reports.words import GROUPS, word
from kazasu.rules.usage import percent_text, usage_rate
from kazasu.rules.usage_level import RateKind

__all__ = ["comparison_chart", "level_chart", "support_chart", "trouble_chart", "usage_chart"]

_SOURCE_2024_09 = "出典：医師会通知（2024-11-28）の利用実績、2024年9月・2023年12月"
_SHOWN_GROUPS = ("method", "identity", "assurance", "check_type", "setting")


def usage_chart(report: UsageReport) -> Chart:
    """A month's checks by everything that is no device and no staff member."""
    labels, values = [], []
    for group in _SHOWN_GROUPS:
        for count in report.by.get(group, []):
            labels.append(f"{GROUPS[group]}：{word(group, count.value, count.name)}")
            values.append(count.count)
    rate = f"利用率 {report.usage_rate_percent}％" if report.usage_rate_percent else "利用率なし"
    note = "ほかのオンライン確認を含む" if report.is_whole else "このシステムの確認だけ（端末の件数は未登録）"
    return Chart(
        f"資格確認の件数　{report.month}（{report.all_checks}件、{rate}）",
        Bars(labels or ["確認なし"], values or [0], [str(value) for value in values] or ["0"]),
        "件数",
        f"件数はこのシステムの記録。{note}",
        report.exercise,
    )


def trouble_chart(report: TroubleReport) -> Chart:
    """The trouble of a period in the associations' categories, in the order of their sheet."""
    counts = [(one.say.ja, one.count) for one in report.categories]
    counts += [(f"一覧にない種類（{code}）", count) for code, count in report.unknown_categories.items()]
    return Chart(
        f"トラブルの記録　{report.since}〜{report.until}（10割負担 {report.full_charge_cases}件）",
        Bars([name for name, _ in counts], [count for _, count in counts], [str(count) for _, count in counts]),
        "件数",
        "種類は保険医団体の調査票（2024年）による",
        report.exercise,
    )


def level_chart(report: LevelReport) -> Chart:
    """The rates that count for each month of application, with the percentages of the levels."""
    months = [month.month for month in report.months]
    by_month = [month.level or month.announced for month in report.months]
    lines = [
        Line(f"{RATE_KINDS[kind]}の利用率", [_rate_of(level, kind) for level in by_month])
        for kind in RateKind
        if any(_rate_of(level, kind) is not None for level in by_month)
    ]
    steps = [
        Line(f"加算{place + 1}の基準", [level.least_percents[place] if level else None for level in by_month])
        for place in range(max((len(level.least_percents) for level in by_month if level), default=0))
    ]
    beyond = [month.month for month in report.months if month.level is None and month.announced is not None]
    note = "点は比べる月の利用率。基準は資料の案による"
    if beyond:
        note += f"。{beyond[0]}からの基準は公表された案で、確定ではない"
    return Chart("届出月ごとの利用率と加算の基準", Lines(months, lines, steps), "利用率（％）", note, report.exercise)


def comparison_chart(report: ComparisonReport) -> Chart:
    """One's own rate above the sources' averages."""
    figures = sorted(report.figures, key=lambda one: (one.month, float(one.rate_percent)), reverse=True)
    labels = [f"{figure.say.ja}（{figure.month}）" for figure in figures]
    shown = [figure.rate_percent for figure in figures]
    marks: Sequence[Mark] = ()
    emphasised: frozenset[int] = frozenset()
    if report.own.rate_percent is not None:
        labels.insert(0, f"自施設（{report.own.month}）")
        shown.insert(0, report.own.rate_percent)
        emphasised = frozenset({0})
        marks = (Mark(float(report.own.rate_percent), f"自施設 {report.own.rate_percent}％"),)
    else:
        emphasised = frozenset({len(labels)})
    return Chart(
        "マイナ保険証の利用率の比較",
        Bars(labels, [float(value) for value in shown], shown, emphasised, marks),
        "利用率（％）",
        _SOURCE_2024_09,
        report.exercise,
    )


def support_chart(report: SupportReport) -> Chart:
    """The months' rates with the steps of the plan over the base month's."""
    months = [one for half in report.halves for one in half.months]
    rates = [None if one.rate_percent is None else float(one.rate_percent) for one in months]
    base = report.halves[0].base
    steps = []
    if base.card_checks is not None and base.all_checks:
        start = usage_rate(base.card_checks, base.all_checks)
        steps = [
            Line(f"2023年10月＋{rise}ポイント", [float(percent_text(start + Fraction(rise, 100)))] * len(months))
            for rise in (10, 20, 30)
            if start is not None
        ]
    return Chart(
        "支援金の対象月の利用率",
        Lines([one.month for one in months], [Line("自施設の利用率", rates)], steps),
        "利用率（％）",
        "2024年1月時点の計画による段階。件数のわからない月は線が切れる",
        report.exercise,
    )


def _rate_of(level: LevelView | None, kind: RateKind) -> float | None:
    if level is None:
        return None
    found = next((rate for rate in level.compared if rate.kind is kind), None)
    return None if found is None or found.rate_percent is None else float(found.rate_percent)
