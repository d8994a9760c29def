"""The eligibility-only app's copied text: labels, headings, eras, and what is refused."""

from datetime import date

import pytest

from kazasu.gateway.answer import QualificationKind
from kazasu.gateway.app_text import AppText, read_app_text

BLOCK = """資格情報
確認日 : 令和6年12月5日
保険者番号\t138057
保険者名\t訓練区
記号\t国１２
番号\t0034
枝番\t01
フリガナ\tｸﾝﾚﾝ ﾀﾛｳ
氏名\t訓練　太郎
生年月日\t昭和25年5月1日
性別\t男
証区分\t被保険者証（一般）
有効開始日\t令和6年8月1日
有効終了日\t令和7年7月31日
資格取得年月日\t平成31年4月30日
本人・家族の別\t本人
被保険者氏名\t訓練　太郎
照会番号\t0000123
住所\t東京都千代田区1-1
裏面記載情報
氏名\tKUNREN TARO
氏名カナ\tｸﾝﾚﾝ ﾀﾛ
性別\t女
高齢受給者証
有効開始日\t令和6年8月1日
有効終了日\t令和7年7月31日
負担割合\t2割
限度額適用認定証
有効開始年月日\t令和6年10月1日
有効終了年月日\t令和7年7月31日
"""


def faults(text: str) -> list[tuple[str, str]]:
    return [(fault.label, fault.why) for fault in read_app_text(text).faults]


def read(text: str) -> AppText:
    found = read_app_text(text)
    assert found.faults == ()
    assert found.qualification is not None
    return found


@pytest.mark.parametrize("text", [BLOCK, BLOCK.replace("\n", "\r\n"), "\n" + BLOCK + "\n\n"])
def test_the_whole_block_is_read(text: str) -> None:
    found = read(text)
    assert found.confirmed_on == date(2024, 12, 5)
    assert found.reference_number == "0000123"
    one = found.qualification
    assert one is not None
    assert one.kind is QualificationKind.INSURANCE
    assert (one.insurer_number, one.symbol, one.number, one.branch) == ("  138057", "国１２", "0034", "01")
    assert (one.name, one.name_kana, one.name_of_other, one.name_of_other_kana) == (
        "訓練　太郎",
        "ｸﾝﾚﾝ ﾀﾛｳ",
        "KUNREN TARO",
        "ｸﾝﾚﾝ ﾀﾛ",
    )
    assert (one.birth_date, one.sex, one.sex_on_back) == ("19500501", "1", "2")
    assert (one.valid_from, one.valid_until, one.qualified_on) == ("20240801", "20250731", "20190430")
    assert (one.personal_family, one.address) == ("1", "東京都千代田区1-1")
    assert one.elderly is not None
    assert (one.elderly.valid_from, one.elderly.valid_until, one.elderly.share) == ("20240801", "20250731", "020")
    assert one.limit is not None
    assert (one.limit.valid_from, one.limit.valid_until) == ("20241001", "20250731")
    assert (one.consents, one.specified_illnesses) == ({}, ())


def test_a_block_may_begin_with_the_reference_number() -> None:
    found = read(BLOCK.replace("資格情報\n", "照会番号\t0000123\n").replace("照会番号\t0000123\n住所", "住所"))
    assert found.reference_number == "0000123"


def test_a_label_of_the_front_ends_the_part_above_it() -> None:
    moved = BLOCK.replace("住所\t東京都千代田区1-1\n", "") + "住所\t東京都千代田区2-2\n"
    one = read(moved).qualification
    assert one is not None
    assert one.address == "東京都千代田区2-2"


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (("138057", "39131234"), QualificationKind.LATE_STAGE_ELDERLY),
        (("被保険者証（一般）", "自衛官診療証"), QualificationKind.SELF_DEFENCE),
        (("被保険者証（一般）", "医療扶助"), QualificationKind.PUBLIC_ASSISTANCE),
    ],
)
def test_the_kind_goes_by_words_and_insurer(change: tuple[str, str], kind: QualificationKind) -> None:
    one = read(BLOCK.replace(*change)).qualification
    assert one is not None
    assert one.kind is kind


@pytest.mark.parametrize(("written", "share"), [("1割", "010"), ("３割", "030"), ("20%", "020"), ("030", "030")])
def test_a_share_is_three_digits_of_percent(written: str, share: str) -> None:
    one = read(BLOCK.replace("2割", written)).qualification
    assert one is not None
    assert one.elderly is not None
    assert one.elderly.share == share


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("資格情報", "not_the_block")]),
        ("こんにちは\n" + BLOCK, [("資格情報", "not_the_block")]),
        (BLOCK.replace("確認日 : 令和6年12月5日\n", ""), [("確認日", "missing")]),
        (BLOCK.replace("令和6年12月5日", "昨日"), [("確認日", "form")]),
        (BLOCK.replace("令和6年12月5日", "令和6年12月32日"), [("確認日", "no_such_day")]),
        (BLOCK + BLOCK, [("確認日", "several")]),
        (BLOCK.replace("番号\t0034\n", ""), [("番号", "missing")]),
        (BLOCK.replace("138057", "1380"), [("保険者番号", "form"), ("保険者番号", "missing")]),
        (BLOCK.replace("昭和25年5月1日", "昭和65年5月1日"), [("生年月日", "form"), ("生年月日", "missing")]),
    ],
)
def test_what_cannot_be_an_answer_is_refused_with_its_label(text: str, expected: list[tuple[str, str]]) -> None:
    found = read_app_text(text)
    assert faults(text) == expected
    assert found.qualification is None
    assert found.confirmed_on is None
    for fault in found.faults:
        assert fault.say.ja
        assert fault.say.en


def test_a_field_that_is_not_needed_may_be_unreadable() -> None:
    found = read_app_text(BLOCK.replace("2割", "半分"))
    assert [(fault.label, fault.why, fault.is_serious) for fault in found.faults] == [("負担割合", "form", False)]
    assert found.qualification is not None


def test_an_unknown_label_is_named_and_its_value_is_not_kept() -> None:
    found = read_app_text(BLOCK.replace("住所\t", "特定疾病療養受療証\t人工透析\n住所\t") + "なにか\n")
    assert found.unknown_labels == ("特定疾病療養受療証", "?")
    assert found.qualification is not None
    assert "人工透析" not in str(found.unknown_labels)
    assert found.qualification.unknown == {}


def test_nothing_shows_a_person() -> None:
    assert "太郎" not in repr(read_app_text(BLOCK))
