"""Visits out of a calendar's or e-chart's export: octets in, rows out, with every fault. Pure; nothing is stored here.

One line a visit: chart number, day, time, setting, who goes. Days by era or not, times as `10:00`, `1000` or `10時`.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Final

import msgspec

from kazasu.clock import JAPAN
from kazasu.japanese import EraDateError, half_width, parse_date
from kazasu.rules import Say, Setting
from kazasu.tabular import places_of, read_table

__all__ = ["ImportedVisit", "VisitFault", "VisitPreview", "VisitRowRead", "read_visits"]

_HEADINGS: Final = {
    "chart_number": ("カルテ番号", "患者番号", "患者ID", "患者コード", "診察券番号", "chart_number"),
    "day": ("訪問日", "予約日", "受診日", "来院日", "日付", "date"),
    "time": ("訪問時刻", "開始時刻", "予約時刻", "時刻", "時間", "time"),
    "at": ("訪問日時", "予約日時", "日時", "at"),
    "setting": ("訪問区分", "診療区分", "区分", "種別", "setting"),
    "staff": ("訪問者", "担当者", "担当", "職員", "医師", "staff"),
    "calendar_id": ("予約番号", "予約ID", "calendar_id"),
}
_SETTINGS: Final[Mapping[str, Setting]] = {
    **{setting.value: setting for setting in Setting},
    **dict.fromkeys(("訪問", "訪問診療", "訪問看護", "訪問服薬指導", "居宅療養管理指導", "在宅"), Setting.HOME_VISIT),
    "往診": Setting.HOUSE_CALL,
    **dict.fromkeys(("オンライン", "オンライン診療"), Setting.ONLINE),
    "ドライブスルー": Setting.DRIVE_THROUGH,
    "発熱外来": Setting.FEVER_CLINIC,
    **dict.fromkeys(("健診", "検診"), Setting.CHECK_UP),
    "施術": Setting.TREATMENT,
}
_TIME: Final = re.compile(r"(午前|午後|AM|PM)?\s*(\d{1,2})(?:[::時](\d{1,2})?分?|(\d{2}))?(?::\d{2})?", re.IGNORECASE)
_HALF_DAYS: Final = {"午前": time(9), "AM": time(9), "午後": time(13), "PM": time(13)}
_LONGEST: Final = {"chart_number": 40, "calendar_id": 40}


class ImportedVisit(msgspec.Struct, frozen=True, kw_only=True):
    """One visit as read; `staff` as written, `calendar_id` empty where the file has none."""

    chart_number: str
    at: datetime
    setting: Setting
    staff: str
    calendar_id: str

    def __repr__(self) -> str:
        return "<ImportedVisit>"


@dataclass(frozen=True)
class VisitFault:
    """What is wrong with a field, without its content. `is_serious`: the line cannot be taken over as it is."""

    field: str
    why: str
    is_serious: bool

    @property
    def say(self) -> Say:
        """For the person who imports."""
        ja, en = _WHY[self.why]
        return Say(ja=f"{self.field}：{ja}", en=f"{self.field}: {en}")


@dataclass(frozen=True)
class VisitRowRead:
    """One line of the file: what was read, and its faults."""

    line: int
    visit: ImportedVisit | None
    faults: tuple[VisitFault, ...]


@dataclass(frozen=True)
class VisitPreview:
    """The whole file: its rows, and what is wrong with the file itself."""

    rows: tuple[VisitRowRead, ...]
    encoding: str
    columns: dict[str, str]
    ignored: tuple[str, ...] = ()
    faults: tuple[VisitFault, ...] = ()


def read_visits(octets: bytes) -> VisitPreview:
    """The preview of a file. Raises nothing: a file that cannot be read comes back with its fault."""
    table = read_table(octets)
    if table.fault is not None:
        return VisitPreview((), table.encoding, {}, faults=(VisitFault("file", table.fault, True),))
    places = places_of(table.headings, _HEADINGS)
    faults = [] if "chart_number" in places else [VisitFault("chart_number", "no_column", True)]
    if "day" not in places and "at" not in places:
        faults.append(VisitFault("day", "no_column", True))
    taken = set(places.values())
    ignored = tuple(heading for place, heading in enumerate(table.headings) if place not in taken and heading)
    columns = {name: table.headings[place] for name, place in places.items()}
    if faults:
        return VisitPreview((), table.encoding, columns, ignored, tuple(faults))
    rows = tuple(_row(line, cells, places, len(table.headings)) for line, cells in table.lines)
    return VisitPreview(rows, table.encoding, columns, ignored)


@dataclass
class _Reading:
    """One line while it is read."""

    cells: dict[str, str]
    faults: list[VisitFault] = field(default_factory=list)

    def fault(self, name: str, why: str, *, is_serious: bool = True) -> None:
        self.faults.append(VisitFault(name, why, is_serious))

    def text(self, name: str) -> str:
        return self.cells.get(name, "").strip()


def _row(line: int, cells: tuple[str, ...], places: Mapping[str, int], width: int) -> VisitRowRead:
    reading = _Reading({name: cells[place] for name, place in places.items() if place < len(cells)})
    if len(cells) != width:
        reading.fault("row", "columns")
    if any(unicodedata.category(character) == "Cc" for text in reading.cells.values() for character in text.strip()):
        reading.fault("row", "control_character")
    for column, longest in _LONGEST.items():
        if len(reading.text(column)) > longest:
            reading.fault(column, "too_long")
    chart_number = half_width(reading.text("chart_number"))
    if not chart_number:
        reading.fault("chart_number", "missing")
    at = _at(reading)
    setting = _setting(reading)
    if not chart_number or at is None or setting is None:
        return VisitRowRead(line, None, tuple(reading.faults))
    visit = ImportedVisit(
        chart_number=chart_number,
        at=at,
        setting=setting,
        staff=reading.text("staff"),
        calendar_id=half_width(reading.text("calendar_id")),
    )
    return VisitRowRead(line, visit, tuple(reading.faults))


def _at(reading: _Reading) -> datetime | None:
    day_text, time_text = reading.text("day"), reading.text("time")
    if not day_text:
        # One column with both: the time is what stands after the last space, or the T of ISO 8601.
        day_text, _, rest = half_width(reading.text("at")).replace("T", " ").partition(" ")
        time_text = time_text or rest
    day = _day(reading, day_text)
    moment = _time(reading, time_text)
    return datetime.combine(day, moment, JAPAN) if day is not None and moment is not None else None


def _day(reading: _Reading, text: str) -> date | None:
    if not text:
        reading.fault("day", "missing")
        return None
    try:
        return parse_date(text)
    except EraDateError as error:
        reading.fault("day", error.why)
        return None


def _time(reading: _Reading, text: str) -> time | None:
    written = half_width(text).strip()
    if not written:
        reading.fault("time", "missing")
        return None
    if written.upper() in _HALF_DAYS:
        reading.fault("time", "half_day", is_serious=False)
        return _HALF_DAYS[written.upper()]
    match = _TIME.fullmatch(written)
    if match is None:
        reading.fault("time", "time")
        return None
    hour, minute = int(match[2]), int(match[3] or match[4] or 0)
    half = (match[1] or "").upper()
    if half in ("午後", "PM") and hour < 12:
        hour += 12
    if half in ("午前", "AM") and hour == 12:
        hour = 0
    try:
        return time(hour, minute)
    except ValueError:
        reading.fault("time", "time")
        return None


def _setting(reading: _Reading) -> Setting | None:
    written = half_width(reading.text("setting")).strip().casefold()
    if not written:
        reading.fault("setting", "setting_taken_for_home_visit", is_serious=False)
        return Setting.HOME_VISIT
    known = {half_width(word).casefold(): setting for word, setting in _SETTINGS.items()}
    if written not in known:
        reading.fault("setting", "setting")
        return None
    return known[written]


_WHY: Final = {
    "encoding": ("文字コードがUTF-8でもShift_JISでもありません。", "neither UTF-8 nor Shift_JIS."),
    "not_csv": ("CSVとして読めません。引用符を確かめてください。", "not readable as CSV; check the quotes."),
    "empty": ("空です。", "empty."),
    "no_column": ("必要な列がありません。見出しを確かめてください。", "the column is missing; check the headings."),
    "columns": ("列の数が見出しと違います。", "has another number of columns than the heading."),
    "control_character": ("見えない制御文字があります。", "has invisible control characters; remove them."),
    "missing": ("空です。記入してください。", "empty; fill it in."),
    "too_long": ("長すぎます。直してください。", "too long; correct it."),
    "form": ("日付として読めません。", "not a date."),
    "no_such_day": ("その日はありません。", "there is no such day."),
    "time": ("時刻として読めません。", "not a time of day."),
    "half_day": ("午前は9時、午後は13時として取り込みます。", "taken for 9:00 or 13:00."),
    "setting": ("訪問の区分として読めません。", "not a kind of visit."),
    "setting_taken_for_home_visit": ("空のため、訪問診療等として取り込みます。", "empty; taken for a home visit."),
    "no_such_patient": (
        "この番号の患者が名簿にいません。先に患者を取り込んでください。",
        "no patient has this chart number; take the patients over first.",
    ),
    "staff_unknown": (
        "職員の名前かログイン名と合いません。担当なしで取り込みます。",
        "nobody's name or login, or several people's; taken over without.",
    ),
    "contradicts_line": (
        "同じ訪問の別の行と内容が違います。ファイルを直してください。",
        "another line says something else about the same visit; correct the file.",
    ),
    "another_patients": (
        "この予約番号は別の患者の訪問のものです。番号を確かめてください。",
        "this booking is another patient's; check the number.",
    ),
    "other_visit_that_day": (
        "この患者は同じ日に別の時刻の訪問があります。時刻の変更なら、先の訪問を取り消してください。",
        "the patient has another visit that day; if the time was changed, cancel that one.",
    ),
}
