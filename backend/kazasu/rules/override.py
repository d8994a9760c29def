"""The facility's own rules: TOML text in, rows out. Pure; reading the files is the caller's.

    [[row]]
    row = "points.dx_promotion_1_medical_2025_04"   # table and name; an existing name replaces that row
    source = "…告示第…号"
    who = "…"
    when = 2025-03-20
    since = 2025-04-01                              # then the table's own fields
    points = 12

A row that cannot be right is left out with a fault for each of its fields; all others count.
"""

import tomllib
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final, get_type_hints

import msgspec

from kazasu.rules.period import Row, Vouched
from kazasu.rules.say import Say

__all__ = ["OPEN_END", "OverrideFault", "OverrideReading", "read_overrides"]

OPEN_END: Final = "open"
"""What `until` says to take an end away: TOML has no word for nothing."""

_ABOUT: Final = ("row", "source", "who", "when")
_NOT_THEIRS: Final = frozenset({"key", "cites", "known_as_of", "vouched"})


class OverrideFault(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong where. `row` and `field` are empty where the whole file or row is meant.

    `why` is `not_readable`, `not_toml`, `missing`, `unknown`, `type`, `empty`, `period`, `twice`, `no_such_table`
    or `fixed`.
    """

    file: str
    row: str
    field: str
    why: str
    detail: str = ""

    @property
    def say(self) -> Say:
        """For the person who wrote the file."""
        place = " / ".join(part for part in (self.file, self.row, self.field) if part)
        ja, en = _WHY[self.why]
        detail = f" ({self.detail})" if self.detail else ""
        return Say(ja=f"{place}：{ja}{detail}", en=f"{place}: {en}{detail}")


_WHY: Final = {
    "not_readable": (
        "読めません。権限、大きさ、文字コード（UTF-8）を確かめてください。",
        "not readable; check its permissions, its size, and that it is UTF-8.",
    ),
    "not_toml": ("TOMLとして読めません。書き方を直してください。", "not readable as TOML; correct the writing."),
    "missing": ("必要な項目がありません。追加してください。", "a field is missing; add it."),
    "unknown": ("この表にない項目です。名前を確かめてください。", "the table has no such field; check its name."),
    "type": ("値の形が合いません。直してください。", "the value does not fit; correct it."),
    "empty": ("空です。記入してください。", "empty; fill it in."),
    "period": ("終わりが始まりより前です。直してください。", "ends before it begins; correct the dates."),
    "twice": ("同じ名前の行が前にもあります。一つにしてください。", "the row stands already above; keep one."),
    "fixed": (
        "この表は施設では変えられません。この行を消してください。",
        "no facility changes this table; delete the row.",
    ),
    "no_such_table": ("その名前の表はありません。名前を確かめてください。", "no table of that name; check it."),
}


class OverrideReading(msgspec.Struct, frozen=True, kw_only=True):
    """The rows that count, with the table of each, and the faults of the rest."""

    rows: tuple[tuple[str, Row], ...]
    faults: tuple[OverrideFault, ...]


def read_overrides(
    texts: Iterable[tuple[str, str]], tables: Mapping[str, tuple[Row, ...]], fixed: Collection[str] = ()
) -> OverrideReading:
    """The rows in these files, given as pairs of file name and text, for these tables. Raises nothing.

    A row for one of the `fixed` tables is a fault.
    """
    rows: dict[tuple[str, str], Row] = {}
    faults: list[OverrideFault] = []
    for file, text in texts:
        entries = _entries(file, text, faults)
        for place, entry in enumerate(entries, start=1):
            name = entry.get("row") if isinstance(entry, dict) else None
            label = name if isinstance(name, str) and name else f"#{place}"
            reader = _RowReader(file, label, faults)
            if not isinstance(entry, dict):
                reader.fault("", "type")
                continue
            read = reader.read(entry, tables, fixed)
            if read is None:
                continue
            if read[:2] in rows:
                reader.fault("row", "twice")
                continue
            rows[read[:2]] = read[2]
    return OverrideReading(rows=tuple((table, row) for (table, _), row in rows.items()), faults=tuple(faults))


def _entries(file: str, text: str, faults: list[OverrideFault]) -> list[Any]:
    try:
        content = tomllib.loads(text)
    # A number of thousands of digits is a plain ValueError, and brackets within brackets a RecursionError.
    except (ValueError, RecursionError) as error:
        faults.append(OverrideFault(file=file, row="", field="", why="not_toml", detail=str(error)))
        return []
    for name in content:
        if name != "row":
            faults.append(OverrideFault(file=file, row="", field=name, why="unknown"))
    entries = content.get("row", [])
    if not isinstance(entries, list):
        faults.append(OverrideFault(file=file, row="", field="row", why="type"))
        return []
    return entries


class _RowReader:
    """Reads one entry, collecting every fault of it instead of the first."""

    def __init__(self, file: str, label: str, faults: list[OverrideFault]) -> None:
        self._file = file
        self._label = label
        self._faults = faults
        self._is_right = True

    def fault(self, field: str, why: str, detail: str = "") -> None:
        self._is_right = False
        self._faults.append(OverrideFault(file=self._file, row=self._label, field=field, why=why, detail=detail))

    def read(
        self, entry: dict[str, Any], tables: Mapping[str, tuple[Row, ...]], fixed: Collection[str]
    ) -> tuple[str, str, Row] | None:
        texts = {name: self._text(entry, name) for name in ("row", "source", "who")}
        when = entry.get("when")
        if when is None:
            self.fault("when", "missing")
        elif not isinstance(when, date) or isinstance(when, datetime):
            self.fault("when", "type", "YYYY-MM-DD")
        table, _, key = texts["row"].partition(".")
        if texts["row"] and table not in tables:
            self.fault("row", "no_such_table", ", ".join(sorted(tables)))
            return None
        if table in fixed:
            self.fault("row", "fixed", table)
            return None
        if texts["row"] and not key:
            self.fault("row", "missing", "table.name")
        if not key:
            return None
        replaced = next((row for row in tables[table] if row.key == key), None)
        form = type(tables[table][0])
        values = self._values(entry, form)
        given = {} if replaced is None else msgspec.structs.asdict(replaced)
        for field in msgspec.structs.fields(form):
            is_missing = field.name not in entry and field.name not in given and field.name not in _NOT_THEIRS
            if is_missing and field.required:
                self.fault(field.name, "missing")
        if not self._is_right or not isinstance(when, date):
            return None
        vouched = Vouched(source=texts["source"], who=texts["who"], when=when, file=self._file)
        own = {"key": key, "cites": texts["source"], "known_as_of": when, "vouched": vouched}
        row = form(**(given | values | own))
        if row.until is not None and row.until < row.since:
            self.fault("until", "period")
            return None
        return table, key, row

    def _text(self, entry: dict[str, Any], name: str) -> str:
        value = entry.get(name)
        if value is None:
            self.fault(name, "missing")
        elif not isinstance(value, str):
            self.fault(name, "type", "text")
        elif not value.strip():
            self.fault(name, "empty")
        else:
            return value.strip()
        return ""

    def _values(self, entry: dict[str, Any], form: type[Row]) -> dict[str, Any]:
        hints = get_type_hints(form)
        names = {field.name for field in msgspec.structs.fields(form)} - _NOT_THEIRS
        values: dict[str, Any] = {}
        for name, value in entry.items():
            if name in _ABOUT:
                continue
            if name not in names:
                self.fault(name, "unknown")
                continue
            if name == "until" and value == OPEN_END:
                values[name] = None
                continue
            if isinstance(value, datetime):
                self.fault(name, "type", "YYYY-MM-DD")
                continue
            try:
                values[name] = msgspec.convert(value, hints[name])
            except msgspec.ValidationError as error:
                self.fault(name, "type", str(error))
        return values
