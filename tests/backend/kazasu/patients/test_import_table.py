"""A roster out of a receipt computer: encodings, widths, numbers, and what is wrong row by row."""

from datetime import date

import pytest

from kazasu.patients.import_row import ImportPreview
from kazasu.patients.import_table import read_roster
from kazasu.rules.insured_number import InsuredNumber

HEADING = "カルテ番号,氏名,カナ氏名,生年月日,性別,保険者番号,記号,番号,枝番,受診日"
GOOD = "0007,山田 太郎,ﾔﾏﾀﾞ ﾀﾛｳ,S25.5.1,男,138057,国１２,0034,01,2024/11/05"


def preview(*lines: str, heading: str = HEADING, encoding: str = "utf-8") -> ImportPreview:
    return read_roster("\r\n".join((heading, *lines)).encode(encoding))


def faults(line: str) -> list[tuple[str, str, bool]]:
    (row,) = preview(line).rows
    return [(fault.field, fault.why, fault.is_serious) for fault in row.faults]


@pytest.mark.parametrize(("encoding", "named"), [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("cp932", "shift_jis")])
def test_both_encodings_are_read(encoding: str, named: str) -> None:
    found = preview(GOOD, encoding=encoding)
    assert found.encoding == named
    assert found.faults == ()
    (row,) = found.rows
    assert row.line == 2
    assert row.can_be_taken
    patient = row.patient
    assert patient is not None
    assert (patient.chart_number, patient.name, patient.name_kana) == ("0007", "山田　太郎", "ヤマダ　タロウ")
    assert (patient.birth_date, patient.sex, patient.visit_date) == (date(1950, 5, 1), "1", date(2024, 11, 5))
    assert patient.insured_number == InsuredNumber("138057", "国12", "0034", "01")


def test_tabs_and_other_headings_are_known() -> None:
    found = preview("7\t訓練\tくんれん\t1950-05-01\tF", heading="患者番号\t患者氏名\tフリガナ\t生年月日\t性別")
    (row,) = found.rows
    assert row.patient is not None
    assert (row.patient.sex, row.patient.name_kana, row.patient.insured_number) == ("2", "クンレン", None)
    assert found.columns["name"] == "患者氏名"


def test_what_is_not_used_is_named() -> None:
    assert preview(GOOD + ",x", heading=HEADING + ",備考").ignored == ("備考",)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (GOOD, []),
        (GOOD.replace("山田 太郎", ""), [("name", "missing", True)]),
        (GOOD.replace("S25.5.1", ""), [("birth_date", "missing", True)]),
        (GOOD.replace("S25.5.1", "S65.5.1"), [("birth_date", "no_such_day", True)]),
        (GOOD.replace("S25.5.1", "きのう"), [("birth_date", "form", True)]),
        (GOOD.replace("男", "？"), [("sex", "sex", False)]),
        (GOOD.replace("ﾔﾏﾀﾞ ﾀﾛｳ", ""), [("name_kana", "missing", False)]),
        (GOOD.replace("138057", "138058"), [("insurer_number", "check_digit", False)]),
        (GOOD.replace("138057", "1380"), [("insurer_number", "length", False)]),
        (GOOD.replace("138057", "13805A"), [("insurer_number", "not_digits", False)]),
        (GOOD.replace("0034", ""), [("number", "empty", False)]),
        (GOOD.replace(",01,", ",1,"), [("branch", "zero_restored", False)]),
        (GOOD.replace("2024/11/05", "来週"), [("visit_date", "form", False)]),
        (GOOD + ",x", [("row", "columns", True)]),
        (GOOD.replace("0007", "7" * 41), [("chart_number", "too_long", True)]),
    ],
)
def test_every_fault_of_a_row_is_named_with_its_field(line: str, expected: list[tuple[str, str, bool]]) -> None:
    assert faults(line) == expected
    (row,) = preview(line).rows
    assert row.can_be_taken is not any(serious for _, _, serious in expected)
    for fault in row.faults:
        assert fault.say.ja
        assert fault.say.en
        assert "山田" not in fault.say.ja


@pytest.mark.parametrize(("written", "insurer"), [("6130488", "06130488"), ("10017", "010017"), (" 138057", "138057")])
def test_a_leading_zero_that_a_spreadsheet_dropped_comes_back(written: str, insurer: str) -> None:
    (row,) = preview(GOOD.replace("138057", written)).rows
    assert row.patient is not None
    assert row.patient.insured_number is not None
    assert row.patient.insured_number.insurer_number == insurer


def test_a_wrong_number_leaves_the_patient_without_one() -> None:
    (row,) = preview(GOOD.replace("138057", "138058")).rows
    assert row.can_be_taken
    assert row.patient is not None
    assert row.patient.insured_number is None


def test_one_chart_number_for_two_people_is_taken_by_neither() -> None:
    other = GOOD.replace("山田 太郎", "山田 次郎")
    rows = preview(GOOD, other, GOOD.replace("0007", "0008")).rows
    assert [row.can_be_taken for row in rows] == [False, False, True]
    assert [fault.why for fault in rows[0].faults] == ["two_people"]


def test_the_same_person_twice_is_no_fault() -> None:
    rows = preview(GOOD, GOOD.replace("2024/11/05", "2024/11/12")).rows
    assert [row.can_be_taken for row in rows] == [True, True]


def test_empty_lines_are_passed_over_and_lines_keep_their_numbers() -> None:
    assert [row.line for row in preview("", GOOD, ",,,,,,,,,", GOOD).rows] == [3, 5]


def test_a_column_of_individual_numbers_is_never_read() -> None:
    found = preview(GOOD + ",123456789018", heading=HEADING + ",個人番号")
    assert [(fault.field, fault.why) for fault in found.faults] == [("individual_number", "individual_number")]
    assert found.rows[0].can_be_taken
    assert "123456789018" not in str(found.rows[0].patient)
    assert "individual_number" not in found.columns


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"", [("file", "empty")]),
        (b"\xff\xfe\x00\x81", [("file", "encoding")]),
        ('氏名,生年月日\n"山田'.encode(), [("file", "not_csv")]),
        ("カルテ番号,カナ\n1,ﾔﾏﾀﾞ".encode(), [("name", "no_column"), ("birth_date", "no_column")]),
    ],
)
def test_a_file_that_cannot_be_read_says_why(octets: bytes, expected: list[tuple[str, str]]) -> None:
    found = read_roster(octets)
    assert [(fault.field, fault.why) for fault in found.faults] == expected
    assert found.rows == ()


def test_a_quoted_cell_may_hold_a_comma_and_a_line_break() -> None:
    (row,) = preview(GOOD.replace("山田 太郎", '"山田, 太郎"')).rows
    assert row.patient is not None
    assert row.patient.name == "山田，　太郎"


def test_nothing_shows_a_person() -> None:
    (row,) = preview(GOOD).rows
    assert "山田" not in repr(row)
    assert "0034" not in repr(row)
