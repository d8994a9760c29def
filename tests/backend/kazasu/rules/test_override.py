"""The facility's own rules: what counts, what is refused, and that a fault loses nothing else."""

from datetime import date
from typing import ClassVar

import pytest

from kazasu.rules.override import OverrideFault, read_overrides
from kazasu.rules.period import Nature, Row


class Points(Row, frozen=True, kw_only=True):
    nature: ClassVar[Nature] = Nature.MONEY
    kind: str
    points: int


TABLES: dict[str, tuple[Row, ...]] = {
    "points": (
        Points(key="one", since=date(2024, 6, 1), until=date(2024, 9, 30), cites="[002]", kind="medical", points=8),
    ),
}

GOOD = """
[[row]]
row = "points.two"
source = "令和7年 告示"
who = "事務長"
when = 2025-03-20
since = 2025-04-01
kind = "medical"
points = 12
"""


def test_a_new_row_counts_with_its_source_and_who_stands_for_it() -> None:
    reading = read_overrides([("a.toml", GOOD)], TABLES)
    assert reading.faults == ()
    ((table, row),) = reading.rows
    assert table == "points"
    assert isinstance(row, Points)
    assert (row.key, row.points, row.since, row.until) == ("two", 12, date(2025, 4, 1), None)
    assert row.cites == "令和7年 告示"
    assert row.known_as_of == date(2025, 3, 20)
    assert row.vouched is not None
    assert (row.vouched.who, row.vouched.file, row.vouched.when) == ("事務長", "a.toml", date(2025, 3, 20))


def test_a_row_that_exists_is_replaced_field_by_field() -> None:
    text = '[[row]]\nrow = "points.one"\nsource = "s"\nwho = "w"\nwhen = 2024-10-01\nuntil = "open"\npoints = 9\n'
    ((_, row),) = read_overrides([("a.toml", text)], TABLES).rows
    assert isinstance(row, Points)
    assert (row.since, row.until, row.kind, row.points) == (date(2024, 6, 1), None, "medical", 9)


@pytest.mark.parametrize("text", ["x = " + "[" * 5_000, "x = " + "1" * 5_000], ids=["nested", "digits"])
def test_a_file_that_no_reader_gets_to_the_end_of_is_no_toml(text: str) -> None:
    reading = read_overrides([("b.toml", text), ("a.toml", GOOD)], TABLES)
    assert [fault.why for fault in reading.faults] == ["not_toml"]
    assert len(reading.rows) == 1


def test_a_row_of_a_single_day_counts() -> None:
    ((_, row),) = read_overrides([("a.toml", GOOD + "until = 2025-04-01\n")], TABLES).rows
    assert row.holds_on(date(2025, 4, 1))
    assert not row.holds_on(date(2025, 4, 2))


def test_every_fault_of_a_row_is_named_and_the_other_rows_count() -> None:
    text = GOOD + '[[row]]\nrow = "points.three"\nsource = ""\nwhen = "soon"\npionts = 3\npoints = "many"\n'
    reading = read_overrides([("a.toml", text), ("b.toml", "not = = toml"), ("c.toml", "")], TABLES)
    assert [row.key for _, row in reading.rows] == ["two"]
    assert [(f.file, f.row, f.field, f.why) for f in reading.faults] == [
        ("a.toml", "points.three", "source", "empty"),
        ("a.toml", "points.three", "who", "missing"),
        ("a.toml", "points.three", "when", "type"),
        ("a.toml", "points.three", "pionts", "unknown"),
        ("a.toml", "points.three", "points", "type"),
        ("a.toml", "points.three", "since", "missing"),
        ("a.toml", "points.three", "kind", "missing"),
        ("b.toml", "", "", "not_toml"),
    ]
    assert "a.toml / points.three / pionts" in reading.faults[3].say.ja
    assert "line 1" in reading.faults[-1].say.en


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[[row]]\nrow = "pints.x"\nsource = "s"\nwho = "w"\nwhen = 2025-01-01', ("pints.x", "row", "no_such_table")),
        ('[[row]]\nrow = "points"\nsource = "s"\nwho = "w"\nwhen = 2025-01-01', ("points", "row", "missing")),
        ('[[row]]\nsource = "s"\nwho = "w"\nwhen = 2025-01-01', ("#1", "row", "missing")),
        ("row = 3", ("", "row", "type")),
        ("row = [3]", ("#1", "", "type")),
        ("[rows]\n", ("", "rows", "unknown")),
        (GOOD.replace("2025-03-20", "2025-03-20T10:00:00"), ("points.two", "when", "type")),
        (GOOD.replace("2025-04-01", "2025-04-01T10:00:00"), ("points.two", "since", "type")),
        (GOOD + "until = 2025-03-31\n", ("points.two", "until", "period")),
        (GOOD + 'vouched = "me"\n', ("points.two", "vouched", "unknown")),
        (GOOD.replace('"事務長"', "7"), ("points.two", "who", "type")),
    ],
)
def test_what_cannot_be_right_is_refused_by_name(text: str, expected: tuple[str, str, str]) -> None:
    reading = read_overrides([("a.toml", text)], TABLES)
    assert reading.rows == ()
    assert [(fault.row, fault.field, fault.why) for fault in reading.faults] == [expected]


def test_the_first_of_two_rows_of_one_name_counts_and_the_second_is_a_fault() -> None:
    reading = read_overrides([("a.toml", GOOD), ("b.toml", GOOD.replace("12", "13"))], TABLES)
    assert [getattr(row, "points", None) for _, row in reading.rows] == [12]
    assert [(fault.file, fault.why) for fault in reading.faults] == [("b.toml", "twice")]


def test_a_fault_speaks_both_languages() -> None:
    for why in ("missing", "unknown", "type", "empty", "period", "twice", "no_such_table", "not_toml"):
        say = OverrideFault(file="a.toml", row="points.x", field="y", why=why).say
        assert say.ja.startswith("a.toml / points.x / y：")
        assert say.en.startswith("a.toml / points.x / y: ")
