"""Every table together, the facility's own rows over them, and what every row of every table must have."""

from datetime import date

import pytest

from kazasu.rules.addition import Addition, Occasion, PointRow, points_of
from kazasu.rules.consent_window import WindowRow
from kazasu.rules.period import KNOWN_AS_OF, Found, Knowledge, Nature, NotKnown, Row
from kazasu.rules.rulebook import TABLES, Rulebook, read_rulebook
from kazasu.rules.substitute import Substitute, SubstituteRow
from kazasu.rules.substitution import Case, FailureReason, propose
from kazasu.rules.usage_level import LevelRow
from kazasu.rules.vocabulary import Setting

ROWS = [(table, row) for table, rows in TABLES.items() for row in rows]

OWN = """
[[row]]
row = "points.dx_promotion_1_medical_2025_04"
source = "令和7年厚生労働省告示"
who = "事務長"
when = 2025-03-20
since = 2025-04-01
until = 2026-05-31
addition = "dx_promotion"
occasion = "medical"
level = 1
points = 12
title = "医療DX推進体制整備加算1"

[[row]]
row = "substitutes.insurance_card"
source = "通知"
who = "事務長"
when = 2025-11-20
until = 2026-03-31

[[row]]
row = "consent_windows.online"
source = "通知"
who = "事務長"
when = 2025-02-01
lasts_s = 3600

[[row]]
row = "levels.level_2025_04"
source = "通知"
who = "事務長"
when = 2025-03-01
since = 2025-04-01
least_percents = [45, 30, 15]
"""


@pytest.mark.parametrize(("table", "row"), ROWS, ids=[f"{table}.{row.key}" for table, row in ROWS])
def test_every_row_has_its_period_source_and_date(table: str, row: Row) -> None:
    assert [one.key for one in TABLES[table]].count(row.key) == 1
    assert row.until is None or row.until >= row.since
    assert row.known_as_of == KNOWN_AS_OF
    assert row.vouched is None
    assert "rules.md" in row.cites or "oqs.md" in row.cites
    assert row.key == row.key.lower()
    assert "." not in row.key


def test_money_is_points_levels_and_support_alone() -> None:
    money = {table for table, rows in TABLES.items() if rows[0].nature is Nature.MONEY}
    assert money == {"points", "levels", "support_money"}


def test_a_facility_s_file_answers_where_the_sources_end() -> None:
    reading = read_rulebook([("own.toml", OWN)])
    assert reading.faults == ()
    book = reading.rulebook
    day = date(2025, 4, 1)
    standard = points_of(Addition.DX_PROMOTION, Occasion.MEDICAL, day, level=1)
    assert isinstance(standard, NotKnown)
    own = points_of(Addition.DX_PROMOTION, Occasion.MEDICAL, day, level=1, rows=book.rows("points", PointRow))
    assert isinstance(own, Found)
    assert (own.row.points, own.knowledge, own.row.cites) == (12, Knowledge.BY_FACILITY, "令和7年厚生労働省告示")


def test_a_row_of_a_name_that_stands_there_is_replaced_in_its_place() -> None:
    book = read_rulebook([("own.toml", OWN)]).rulebook
    rows = book.rows("substitutes", SubstituteRow)
    assert [row.key for row in rows] == [row.key for row in TABLES["substitutes"]]
    case = Case(reason=FailureReason.PIN, day=date(2026, 3, 31), has_my_number_card=True)
    assert Substitute.INSURANCE_CARD not in [one.substitute for one in propose(case).open]
    assert Substitute.INSURANCE_CARD in [one.substitute for one in propose(case, rows).open]
    window = next(row for row in book.rows("consent_windows", WindowRow) if row.key == "online")
    assert (window.lasts_s, window.settings) == (3600, frozenset({Setting.ONLINE}))
    level = next(row for row in book.rows("levels", LevelRow) if row.key == "level_2025_04")
    assert level.least_percents == (45, 30, 15)


def test_the_facility_s_own_rows_can_be_looked_through() -> None:
    book = read_rulebook([("own.toml", OWN)]).rulebook
    assert [(table, row.key) for table, row in book.own_rows()] == [
        ("consent_windows", "online"),
        ("substitutes", "insurance_card"),
        ("points", "dx_promotion_1_medical_2025_04"),
        ("levels", "level_2025_04"),
    ]
    assert Rulebook().own_rows() == ()


def test_a_fault_leaves_the_standing_rules_as_they_are() -> None:
    reading = read_rulebook([("own.toml", OWN.replace("points = 12", "points = -").replace("level = 1", "level = 1"))])
    assert [fault.why for fault in reading.faults] == ["not_toml"]
    assert reading.rulebook == Rulebook()


def test_an_unknown_table_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        Rulebook().rows("nothing", PointRow)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ('settings = ["on_the_moon"]', "settings"),
        ("lasts_s = 1.5", "lasts_s"),
        ('may_ask_again = "yes"', "may_ask_again"),
        ('say = "one language"', "say"),
    ],
)
def test_a_value_that_does_not_fit_its_field_is_named(line: str, field: str) -> None:
    text = f'[[row]]\nrow = "consent_windows.online"\nsource = "s"\nwho = "w"\nwhen = 2025-01-01\n{line}\n'
    (fault,) = read_rulebook([("own.toml", text)]).faults
    assert (fault.file, fault.row, fault.field, fault.why) == ("own.toml", "consent_windows.online", field, "type")
