"""Visits out of a calendar's or e-chart's export: octets in, rows out, with every fault. Pure; nothing is stored here.

One line a visit: chart number, day, time, setting, who goes. Days by era or not, times as `10:00`, `1000` or `10時`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

import msgspec

from kazasu.clock import JAPAN
from kazasu.importing import ImportFault, LineReading
from kazasu.japanese import EraDateError, half_width, parse_date
from kazasu.rules import Setting
from kazasu.tabular import places_of, read_table

__all__ = ["ImportedVisit", "VisitPreview", "VisitRowRead", "read_visits"]

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
class VisitRowRead:
    """One line of the file: what was read, and its faults."""

    line: int
    visit: ImportedVisit | None
    faults: tuple[ImportFault, ...]


@dataclass(frozen=True)
class VisitPreview:
    """The whole file: its rows, and what is wrong with the file itself."""

    rows: tuple[VisitRowRead, ...]
    encoding: str
    columns: dict[str, str]
    ignored: tuple[str, ...] = ()
    faults: tuple[ImportFault, ...] = ()


def read_visits(octets: bytes) -> VisitPreview:
    """The preview of a file. Raises nothing: a file that cannot be read comes back with its fault."""
    table = read_table(octets)
    if table.fault is not None:
        return VisitPreview((), table.encoding, {}, faults=(ImportFault("file", table.fault, True),))
    places = places_of(table.headings, _HEADINGS)
    faults = [] if "chart_number" in places else [ImportFault("chart_number", "no_column", True)]
    if "day" not in places and "at" not in places:
        faults.append(ImportFault("day", "no_column", True))
    taken = set(places.values())
    ignored = tuple(heading for place, heading in enumerate(table.headings) if place not in taken and heading)
    columns = {name: table.headings[place] for name, place in places.items()}
    if faults:
        return VisitPreview((), table.encoding, columns, ignored, tuple(faults))
    rows = tuple(_row(line, cells, places, len(table.headings)) for line, cells in table.lines)
    return VisitPreview(rows, table.encoding, columns, ignored)


def _row(line: int, cells: tuple[str, ...], places: Mapping[str, int], width: int) -> VisitRowRead:
    texts = {name: cells[place] for name, place in places.items() if place < len(cells)}
    reading = LineReading(texts, _LONGEST, [ImportFault("row", "columns", True)] if len(cells) != width else [])
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


def _at(reading: LineReading) -> datetime | None:
    day_text, time_text = reading.text("day"), reading.text("time")
    if not day_text:
        # One column with both: the time is what stands after the last space, or the T of ISO 8601.
        day_text, _, rest = half_width(reading.text("at")).replace("T", " ").partition(" ")
        time_text = time_text or rest
    day = _day(reading, day_text)
    moment = _time(reading, time_text)
    return datetime.combine(day, moment, JAPAN) if day is not None and moment is not None else None


def _day(reading: LineReading, text: str) -> date | None:
    if not text:
        reading.fault("day", "missing")
        return None
    try:
        return parse_date(text)
    except EraDateError as error:
        reading.fault("day", error.why)
        return None


def _time(reading: LineReading, text: str) -> time | None:
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


def _setting(reading: LineReading) -> Setting | None:
    written = half_width(reading.text("setting")).strip().casefold()
    if not written:
        reading.fault("setting", "setting_taken_for_home_visit", is_serious=False)
        return Setting.HOME_VISIT
    known = {half_width(word).casefold(): setting for word, setting in _SETTINGS.items()}
    if written not in known:
        reading.fault("setting", "setting")
        return None
    return known[written]
