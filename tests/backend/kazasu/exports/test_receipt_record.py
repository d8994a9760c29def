"""Record lines: widths, padding, Shift_JIS, characters that a claim cannot carry; and the same fields as text."""

from dataclasses import replace
from datetime import date

import pytest

from kazasu.exports.claim_text import claim_lines, claim_name, clipboard_text
from kazasu.exports.receipt_record import LinesNotKnown, RecordLines, RecordSettings, WithoutBranch, receipt_records
from kazasu.facility.kind import FacilityKind
from kazasu.japanese import is_full_width, is_half_width
from kazasu.rules.claim_fields import ClaimFields, KnownForClaim, Remark, RemarkKind, UnknownFacts, plan_claim
from kazasu.rules.claim_route import ClaimForm
from kazasu.rules.insured_number import InsuredNumber
from kazasu.rules.substitute import Scheme

FILED = date(2024, 11, 8)
MONTH = (2024, 10)
NUMBER = InsuredNumber("06130488", "12", "345", "01")
FACTS = UnknownFacts(
    name_kana="ｸﾝﾚﾝ ﾀﾛｳ",
    addresses=("東京都千代田区1-1",),
    telephone="03-0000-0000",
    contacted_on=date(2024, 11, 6),
    scheme=Scheme.EMPLOYEES,
    has_declaration=True,
)


def fields(
    current: InsuredNumber | None = NUMBER, old: InsuredNumber | None = None, unknown: UnknownFacts | None = None
) -> ClaimFields:
    plan = plan_claim(FacilityKind.MEDICAL_INSTITUTION, KnownForClaim(current=current, old=old, unknown=unknown), FILED)
    assert plan.fields is not None
    return plan.fields


def records(
    of: ClaimFields,
    form: ClaimForm = ClaimForm.MEDICAL,
    month: tuple[int, int] = MONTH,
    settings: RecordSettings | None = None,
) -> RecordLines:
    found = receipt_records(of, form, month, days=2, points=815, settings=settings)
    assert isinstance(found, RecordLines)
    return found


@pytest.mark.parametrize(("form", "items"), [(ClaimForm.MEDICAL, 15), (ClaimForm.DENTAL, 14)])
def test_the_insurer_record_has_its_items(form: ClaimForm, items: int) -> None:
    line = records(fields(), form).lines[0]
    assert line.split(",")[:6] == ["HO", "06130488", "12", "345", "2", "815"]
    assert len(line.split(",")) == items
    assert set(line.split(",")[6:]) == {""}


def test_six_digits_are_padded_with_spaces() -> None:
    line = records(fields(InsuredNumber("138057", "国", "9", ""))).lines[0]
    assert line.split(",")[1] == "  138057"


@pytest.mark.parametrize(
    ("symbol", "number", "written"),
    [
        ("12", "345", ["12", "345"]),
        ("１２", "３４５", ["12", "345"]),
        ("国12", "345", ["国１２", "345"]),
        ("千代-1", "00 12", ["千代－１", "0012"]),
        ("ｱｲ1", "1", ["アイ１", "1"]),
        ("A,1", "1", ["Ａ，１", "1"]),
        ("", "1", ["", "1"]),
    ],
)
def test_a_field_is_all_of_one_width(symbol: str, number: str, written: list[str]) -> None:
    found = records(fields(InsuredNumber("06130488", symbol, number, "01")))
    assert found.lines[0].split(",")[2:4] == written
    assert found.is_usable
    for text in written:
        assert is_half_width(text) or is_full_width(text)


@pytest.mark.parametrize(
    ("symbol", "why"), [("髙1", "character"), ("国" * 20, "length"), ("1" * 39, "length"), ("国" * 19, None)]
)
def test_what_cannot_be_recorded_is_left_out_and_said(symbol: str, why: str | None) -> None:
    found = records(replace(fields(), symbol=symbol))
    assert [(fault.field, fault.why) for fault in found.faults] == ([] if why is None else [("symbol", why)])
    assert found.is_usable is (why is None)
    if why is not None:
        assert found.lines[0].split(",")[2] == ""
        assert "髙" not in repr(found.faults)


def test_the_qualification_record_of_a_first_claim_has_nine_items() -> None:
    assert records(fields()).lines[1] == "SN,1,01,,,,01,,"


@pytest.mark.parametrize(
    ("number", "settings", "expected"),
    [
        (InsuredNumber("138057", "1", "2", ""), None, None),
        (
            InsuredNumber("138057", "1", "2", ""),
            RecordSettings(without_branch=WithoutBranch.WRITE_EMPTY),
            "SN,1,01,,,,,,",
        ),
        (
            InsuredNumber("39131234", "", "12345678", "01"),
            RecordSettings(without_branch=WithoutBranch.WRITE_EMPTY),
            "SN,1,01,,,,,,",
        ),
        (InsuredNumber("39131234", "", "12345678", "01"), None, None),
    ],
)
def test_without_branch_practice_differs_by_setting(
    number: InsuredNumber, settings: RecordSettings | None, expected: str | None
) -> None:
    lines = records(fields(number), settings=settings).lines
    assert (lines[1] if len(lines) > 1 else None) == expected


@pytest.mark.parametrize(("month", "has_it"), [((2021, 8), False), ((2021, 9), True), ((2024, 10), True)])
def test_the_qualification_record_is_in_use_since_2021_09(month: tuple[int, int], has_it: bool) -> None:
    assert any(line.startswith("SN") for line in records(fields(), month=month).lines) is has_it


def test_an_old_claim_has_its_remark() -> None:
    lines = records(fields(None, NUMBER)).lines
    assert lines[-1] == "CO,01,1,810000001,旧資格情報"
    assert lines[1] == "SN,1,01,,,,01,,"


def test_an_unknown_claim_is_written_whole() -> None:
    found = records(fields(None, None, FACTS))
    assert found.lines == (
        "HO,77777777,,777777777,2,815,,,,,,,,,",
        "CO,01,1,810000001,不詳",
        "CO,01,1,810000001,クンレンタロウ",
        "CO,01,1,810000001,社保",
        "CO,01,1,810000001,東京都千代田区１－１",
        "CO,01,1,810000001,０３－００００－００００",
        "CO,01,1,810000001,令和６年１１月６日",
    )
    assert found.is_usable
    for line in found.lines[1:]:
        assert is_full_width(line.split(",")[4])


def test_the_lines_are_shift_jis_with_crlf_and_repeatable() -> None:
    one, other = records(fields(None, None, FACTS)), records(fields(None, None, FACTS))
    octets = one.octets()
    assert octets == other.octets()
    assert octets.count(b"\r\n") == len(one.lines)
    assert octets.endswith(b"\r\n")
    assert octets.decode("shift_jis").split("\r\n")[1] == "CO,01,1,810000001,不詳"
    assert b"\x81\x7c" in octets  # the dash of an address, in the octets that receipt computers read


def test_a_long_remark_goes_on_in_a_line_of_its_own() -> None:
    address = "東京都" * 20
    found = records(replace(fields(), remarks=(Remark(RemarkKind.ADDRESS, address),)))
    remarks = [line for line in found.lines if line.startswith("CO")]
    assert [len(line.split(",")[4].encode("shift_jis")) for line in remarks] == [76, 44]
    assert "".join(line.split(",")[4] for line in remarks) == address


def test_an_exercise_has_a_remark_of_its_own_after_those_of_the_claim() -> None:
    found = receipt_records(fields(None, None, FACTS), ClaimForm.MEDICAL, MONTH, is_exercise=True)
    assert isinstance(found, RecordLines)
    assert found.lines[1] == "CO,01,1,810000001,不詳"
    assert found.lines[-1] == "CO,01,1,810000001,訓練／ＥＸＥＲＣＩＳＥ"
    assert is_full_width(found.lines[-1].split(",")[4])
    live = receipt_records(fields(None, None, FACTS), ClaimForm.MEDICAL, MONTH)
    assert isinstance(live, RecordLines)
    assert found.lines[:-1] == live.lines


def test_a_character_that_no_claim_can_carry_becomes_a_substitute_and_is_said() -> None:
    found = records(replace(fields(), remarks=(Remark(RemarkKind.WORKPLACE, "㈱髙島"),)))
    assert found.lines[-1].endswith(",●●島")
    assert [(fault.field, fault.is_written) for fault in found.faults] == [("workplace", True)]
    assert found.is_usable
    assert found.faults[0].say.ja
    assert found.faults[0].say.en


@pytest.mark.parametrize("form", [ClaimForm.PHARMACY, ClaimForm.NURSING, ClaimForm.PAPER])
def test_of_other_forms_the_lines_are_not_known(form: ClaimForm) -> None:
    found = receipt_records(fields(), form, MONTH)
    assert isinstance(found, LinesNotKnown)
    assert found.say.ja
    assert found.say.en


def test_days_and_points_are_the_receipt_computer_s_unless_given() -> None:
    found = receipt_records(fields(), ClaimForm.MEDICAL, MONTH)
    assert isinstance(found, RecordLines)
    assert found.lines[0] == "HO,06130488,12,345,,,,,,,,,,,"


@pytest.mark.parametrize(
    ("name", "kana", "written"),
    [
        ("山田　太郎", "ﾔﾏﾀﾞ ﾀﾛｳ", "山田　太郎"),
        ("山田 太郎", "ﾔﾏﾀﾞ ﾀﾛｳ", "山田　太郎"),
        ("髙田　太郎", "ﾀｶﾀﾞ ﾀﾛｳ", "タカダタロウ"),
        ("●田　太郎", "ﾀｶﾀﾞ ﾀﾛｳ", "●田　太郎"),
        ("德川", "とくがわ", "トクガワ"),
        ("", "ﾀｶﾀﾞ ﾀﾛｳ", "タカダタロウ"),
    ],
)
def test_a_name_falls_back_to_kana(name: str, kana: str, written: str) -> None:
    assert claim_name(name, kana) == written


def test_the_fields_are_there_to_type_from() -> None:
    assert claim_lines(fields(None, None, FACTS))[:5] == (
        ("保険者番号", "77777777"),
        ("記号", "（記録しない）"),
        ("番号", "777777777"),
        ("枝番", "（記録しない）"),
        ("摘要", "不詳"),
    )
    assert clipboard_text(fields()).startswith("保険者番号\t06130488\r\n記号\t12\r\n番号\t345\r\n枝番\t01\r\n")
    assert "345" not in repr(records(fields()))
