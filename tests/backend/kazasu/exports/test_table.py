"""The CSV of checks."""

import csv
import io

import msgspec
import pytest

from kazasu import exports
from kazasu.exports.table import COLUMNS, CheckRow, TableEncoding, check_table

ROW = CheckRow(
    is_exercise=False,
    check="c1",
    visit_date="2024-11-05",
    chart_number="0007",
    name="髙田　𠮷子",
    insurer_number="  138057",
    symbol="国１２",
    number="0034",
    branch="01",
    remarks='a,"b"\n',
)


def read(octets: bytes, encoding: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(octets.decode(encoding), newline="")))


def test_every_field_has_its_column() -> None:
    assert [name for name, _ in COLUMNS] == list(CheckRow.__struct_fields__)
    assert len({heading for _, heading in COLUMNS}) == len(COLUMNS)


def test_the_table_reads_back_as_it_was_and_keeps_zeros_and_padding() -> None:
    heading, line = read(check_table([ROW]), "utf-8-sig")
    assert heading == [word for _, word in COLUMNS]
    cells = dict(zip((name for name, _ in COLUMNS), line, strict=True))
    assert (cells["chart_number"], cells["number"], cells["insurer_number"]) == ("0007", "0034", "  138057")
    assert cells["name"] == "髙田　𠮷子"
    assert cells["remarks"] == 'a,"b"\n'
    assert cells["is_exercise"] == ""


def test_shift_jis_shows_a_missing_character_as_a_substitute() -> None:
    _, line = read(check_table([ROW], TableEncoding.SHIFT_JIS), "cp932")
    assert line[4] == "髙田　●子"


def test_it_is_the_same_octets_every_time_with_a_mark_and_crlf() -> None:
    octets = check_table([ROW, ROW])
    assert octets == check_table([ROW, ROW])
    assert octets.startswith(b"\xef\xbb\xbf")
    assert octets.endswith(b"\r\n")
    assert check_table([]).count(b"\r\n") == 1


def test_an_exercise_says_so_in_every_line() -> None:
    lines = read(check_table([msgspec.structs.replace(ROW, is_exercise=True)]), "utf-8-sig")
    assert lines[1][0] == "訓練 / EXERCISE"


@pytest.mark.parametrize(("text", "cell"), [("=1+1", "'=1+1"), ("+81", "'+81"), ("@x", "'@x"), ("-12", "-12")])
def test_a_cell_is_never_a_formula(text: str, cell: str) -> None:
    assert read(check_table([msgspec.structs.replace(ROW, symbol=text)]), "utf-8-sig")[1][11] == cell


def test_the_public_face_is_what_it_says() -> None:
    assert list(exports.__all__) == sorted(set(exports.__all__))
    assert all(hasattr(exports, name) for name in exports.__all__)
    assert "髙田" not in repr(ROW)
