"""All tables, walked: every row, every day of change, the end of the sources, the facility's own rows.

Nothing here is picked by hand: a table or row that is added is in these tests, and fails until `periods.csv`, which is
written out from the sources, has its period.
"""

import csv
import importlib
import pkgutil
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kazasu.rules
from kazasu.rules.addition import PointRow, Requirement
from kazasu.rules.certificate import CertificateStateRow
from kazasu.rules.claim_return import RemainingReturn
from kazasu.rules.claim_route import ClaimRouteRow, UnknownInsurerRow
from kazasu.rules.consent import ConsentRow
from kazasu.rules.consent_window import WindowRow
from kazasu.rules.copayment import ShareRow
from kazasu.rules.declaration_form import FormRow
from kazasu.rules.document import DocumentRow
from kazasu.rules.facilities import CheckTypeRow
from kazasu.rules.identity import IdentityRow
from kazasu.rules.period import KNOWN_AS_OF, Found, Knowledge, Nature, NotKnown, Row, find
from kazasu.rules.re_inquiry import ReInquiryRow
from kazasu.rules.rulebook import TABLES, Rulebook, read_rulebook
from kazasu.rules.substitute import Scheme, SubstituteRow
from kazasu.rules.support_money import SupportRow
from kazasu.rules.usage_level import LevelRow
from kazasu.rules.window_payment import PaymentRow
from kazasu.rules.wording import why

DAY = timedelta(days=1)
FIXED = {"consents"}
"""What an invariant stands on; written out, so that a table set free is noticed."""
ROWS = [(table, row) for table, rows in TABLES.items() for row in rows]
NAMES = [f"{table}.{row.key}" for table, row in ROWS]
DAYS = st.dates(min_value=date(2015, 1, 1), max_value=date(2040, 12, 31))


def periods() -> dict[str, tuple[date, date | None]]:
    text = (Path(__file__).parent / "periods.csv").read_text("utf-8")
    lines = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {
        f"{line['table']}.{line['key']}": (
            date.fromisoformat(line["since"]),
            date.fromisoformat(line["until"]) if line["until"] else None,
        )
        for line in lines
    }


PERIODS = periods()


def questions(row: Row) -> Iterable[tuple[Any, ...]]:
    """What one asks a table for: on one day one row at most may answer each."""
    match row:
        case CheckTypeRow():
            return [(kind, row.check_type, setting) for kind in row.kinds for setting in row.settings]
        case CertificateStateRow():
            return [(row.state,)]
        case IdentityRow():
            return [(row.method,)]
        case ConsentRow():
            return [(row.check_type,)]
        case WindowRow() | ReInquiryRow():
            return [(setting,) for setting in row.settings]
        case SubstituteRow():
            schemes = row.schemes or frozenset(Scheme)
            return [(row.substitute, group, scheme) for group in row.groups for scheme in schemes]
        case PaymentRow():
            return [(row.payment,)]
        case FormRow():
            return [()]
        case ShareRow():
            return [(row.group,)]
        case ClaimRouteRow():
            return [(row.route,)]
        case UnknownInsurerRow():
            return [(row.receipt_computer_checks_digit,)]
        case PointRow():
            ways = (True, False) if row.by_card is None else (row.by_card,)
            levels = (1, 2, 3) if row.level is None else (row.level,)
            return [(row.addition, row.occasion, way, level) for way in ways for level in levels]
        case LevelRow():
            return [()]
        case SupportRow():
            return [(row.half, row.least_rise)]
        case DocumentRow() | Requirement() | RemainingReturn():
            return [(row.key,)]
    raise TypeError(type(row).__name__)


def days_around(row: Row) -> list[date]:
    """The day before, the day and the day after: of the beginning, of the end, and of the end of the sources."""
    ends = [row.since, KNOWN_AS_OF] + ([row.until] if row.until else [])
    return sorted({end + DAY * step for end in ends for step in (-1, 0, 1)})


def test_the_periods_written_out_are_those_of_all_rows_and_no_other() -> None:
    assert {name: (row.since, row.until) for name, (_, row) in zip(NAMES, ROWS, strict=True)} == PERIODS


def test_no_module_of_the_rules_keeps_a_row_outside_the_tables() -> None:
    listed = {id(row) for _, row in ROWS}
    kept = []
    for found in pkgutil.iter_modules(kazasu.rules.__path__):
        for value in vars(importlib.import_module(f"kazasu.rules.{found.name}")).values():
            rows = value if isinstance(value, tuple) else (value,)
            kept += [f"{found.name}.{row.key}" for row in rows if isinstance(row, Row) and id(row) not in listed]
    assert kept == []


@pytest.mark.parametrize("name", PERIODS)
def test_a_row_answers_from_its_first_to_its_last_day_and_no_further_than_its_source(name: str) -> None:
    table, _, key = name.partition(".")
    row = next(row for row in TABLES[table] if row.key == key)
    since, until = PERIODS[name]
    for day in days_around(row):
        is_within = since <= day and (until is None or day <= until)
        is_beyond = day > date(2024, 11, 28)
        found = find([row], day)
        assert row.holds_on(day) is is_within
        if row.nature is Nature.MONEY and is_beyond:
            assert found == NotKnown(day, date(2024, 11, 28), row if is_within else None)
        elif is_within:
            assert found == Found(row, Knowledge.AS_KNOWN_ON if is_beyond else Knowledge.KNOWN)
        else:
            assert found is None


@pytest.mark.parametrize(("table", "row"), ROWS, ids=NAMES)
def test_every_row_says_why_in_both_languages_with_its_source(table: str, row: Row) -> None:
    say = why(row)
    assert any("ぁ" <= character <= "鿿" for character in say.ja)
    assert say.en.isascii() or "資格" in say.en or "旧資格" in say.en or "再照会" in say.en
    assert len(say.en) > 5
    assert row.cites
    assert row.known_as_of == KNOWN_AS_OF
    assert row.vouched is None


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_of_one_kind_of_row_and_one_nature(table: str) -> None:
    assert len({type(row) for row in TABLES[table]}) == 1
    assert len({row.nature for row in TABLES[table]}) == 1
    assert len({row.key for row in TABLES[table]}) == len(TABLES[table])


@given(day=DAYS)
def test_on_any_day_one_row_at_most_answers_a_question(day: date) -> None:
    for table, rows in TABLES.items():
        asked: dict[tuple[Any, ...], str] = {}
        for row in rows:
            if row.holds_on(day):
                for question in questions(row):
                    assert asked.setdefault(question, row.key) == row.key, (table, question, day)


@given(day=DAYS)
def test_on_any_day_money_beyond_the_sources_is_not_known_and_procedure_is_as_last_known(day: date) -> None:
    for rows in TABLES.values():
        for row in rows:
            found = find([row], day)
            if day <= KNOWN_AS_OF:
                assert found is None or found == Found(row, Knowledge.KNOWN)
            elif row.nature is Nature.MONEY:
                assert isinstance(found, NotKnown)
            else:
                assert found is None or found == Found(row, Knowledge.AS_KNOWN_ON)


def toml(table: str, key: str, **fields: str) -> str:
    lines = [f'row = "{table}.{key}"', 'source = "告示第1号"', 'who = "事務長"', "when = 2025-03-20"]
    lines += [f"{name} = {value}" for name, value in fields.items()]
    return "[[row]]\n" + "\n".join(lines) + "\n"


@pytest.mark.parametrize(("table", "row"), ROWS, ids=NAMES)
def test_the_facility_changes_any_row_by_itself_and_no_other(table: str, row: Row) -> None:
    reading = read_rulebook([("own.toml", toml(table, row.key, since="2025-04-01", until="2026-05-31"))])
    if table in FIXED:
        assert [(fault.why, fault.row) for fault in reading.faults] == [("fixed", f"{table}.{row.key}")]
        assert reading.rulebook == Rulebook()
        return
    assert reading.faults == ()
    changed = {name: rows for name, rows in reading.rulebook.tables.items() if rows != TABLES[name]}
    assert set(changed) == {table}
    (own,) = [one for one in changed[table] if one not in TABLES[table]]
    assert [one for one in changed[table] if one is not own] == [one for one in TABLES[table] if one.key != row.key]
    kept = {name for name in msgspec.structs.asdict(row)} - {"since", "until", "cites", "known_as_of", "vouched"}
    assert all(getattr(own, name) == getattr(row, name) for name in kept)
    assert own.vouched is not None
    assert (own.vouched.source, own.vouched.who, own.vouched.when) == ("告示第1号", "事務長", date(2025, 3, 20))
    assert own.cites == "告示第1号"
    for day, is_within in (
        (date(2025, 3, 31), False),
        (date(2025, 4, 1), True),
        (date(2026, 5, 31), True),
        (date(2026, 6, 1), False),
    ):
        found = find([own], day)
        assert (found == Found(own, Knowledge.BY_FACILITY)) is is_within
        if not is_within:
            assert not isinstance(found, Found)


@given(day=DAYS, name=st.sampled_from(NAMES))
def test_on_any_day_the_facility_s_own_row_goes_before_the_source_s(day: date, name: str) -> None:
    table, row = ROWS[NAMES.index(name)]
    if table in FIXED:
        return
    own = msgspec.structs.replace(
        row,
        key="own",
        since=date(2020, 1, 1),
        until=None,
        vouched=read_rulebook([("own.toml", toml(table, row.key))]).rulebook.own_rows()[0][1].vouched,
    )
    found = find([row, own], day)
    if day >= date(2020, 1, 1):
        assert found == Found(own, Knowledge.BY_FACILITY)
    else:
        assert not isinstance(found, Found) or found.row is row
