"""Both versions of the form, field by field, and what is asked under which answers."""

from datetime import date

import pytest

from kazasu.rules.declaration import (
    FaultWhy,
    addresses,
    asked_fields,
    form_of_version,
    form_on,
    printed,
    validate,
)
from kazasu.rules.declaration_form import FORMS, FormVersion, Section

DAY = date(2024, 12, 5)
OLD_DAY = date(2024, 11, 5)
WHOLE: dict[str, str | int | bool | None] = {
    "has_valid": True,
    "scheme": "employees",
    "insurer_name": "訓練健康保険組合",
    "workplace": "訓練商事",
    "name": "訓練　太郎",
    "name_kana": "クンレン　タロウ",
    "birth_date": "昭和60年5月1日",
    "sex": "male",
    "address": "東京都千代田区1-1",
    "date": "2024-12-05",
    "signature": "strokes:300x100:10,50 60,20 90,80;120,40 150,60",
    "telephone": "03-0000-0000",
}


def asked(answers: dict[str, str | int | bool | None], version: FormVersion = "2024-12", day: date = DAY) -> set[str]:
    return {field.name for field in asked_fields(form_of_version(version), answers, day)}


def faults(answers: dict[str, str | int | bool | None], version: FormVersion = "2024-12") -> list[tuple[str, FaultWhy]]:
    return [(fault.field, fault.why) for fault in validate(form_of_version(version), answers, DAY)]


@pytest.mark.parametrize(
    ("day", "version"),
    [
        (date(2023, 7, 9), None),
        (date(2023, 7, 10), "2023-07"),
        (date(2024, 12, 1), "2023-07"),
        (date(2024, 12, 2), "2024-12"),
        (date(2026, 1, 1), "2024-12"),
    ],
)
def test_the_version_goes_by_the_day(day: date, version: str | None) -> None:
    form = form_on(day)
    assert (None if form is None else form.version) == version


def test_the_forms_differ_where_the_source_says_so() -> None:
    old, new = form_of_version("2023-07"), form_of_version("2024-12")
    assert [field.name for field in new.fields] == [
        "has_valid",
        "scheme",
        "insurer_name",
        "workplace",
        "share",
        "name",
        "name_kana",
        "birth_date",
        "sex",
        "address",
        "residence",
        "date",
        "signature",
        "relation",
        "telephone",
    ]
    assert [field.name for field in old.fields if field not in new.fields] == ["has_valid", "issued_when"]
    assert old.titles[Section.INSURANCE] == "1 保険証等に関する事項"
    assert new.titles[Section.INSURANCE] == "1 保険資格等に関する事項"
    assert old.titles[Section.CARD] == new.titles[Section.CARD] == "2 マイナンバーカードの券面事項等"
    assert old.fields[0].options[0].ja == "有効な保険証の交付を受けている"
    assert new.fields[0].options[0].ja == "有効な保険資格を有している"
    assert "可能な範囲で" in old.instruction
    assert "可能な範囲で" not in new.instruction
    assert "速やかに廃棄" in old.instruction
    assert "速やかに廃棄" in new.instruction


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("scheme", ["社保", "国保", "後期", "その他", "わからない"]),
        ("share", ["3割", "2割", "1割", "わからない"]),
        ("sex", ["男", "女"]),
        ("issued_when", ["1か月以内", "それより前", "わからない"]),
    ],
)
def test_the_boxes_are_the_form_s(name: str, options: list[str]) -> None:
    field = next(field for field in form_of_version("2023-07").fields if field.name == name)
    assert [option.ja for option in field.options] == options


@pytest.mark.parametrize(
    ("scheme", "insurer_name", "is_asked"),
    [
        ("employees", "全国健康保険協会", True),
        ("national", "千代田区", False),
        ("national", "全国土木建築国民健康保険組合", True),
        ("national", "", False),
        ("late_stage_elderly", "東京都後期高齢者医療広域連合", False),
        ("other", "", True),
        ("unknown", "", True),
        (None, "", False),
    ],
)
def test_the_workplace_is_asked_by_kind_of_insurance(scheme: str | None, insurer_name: str, is_asked: bool) -> None:
    for version in ("2023-07", "2024-12"):
        names = asked({"scheme": scheme, "insurer_name": insurer_name}, version)
        assert ("workplace" in names) is is_asked


@pytest.mark.parametrize(
    ("birth_date", "scheme", "is_asked"),
    [
        ("1954-12-06", "national", False),
        ("1954-12-05", "national", True),
        ("昭和29年12月4日", "national", True),
        ("1990-01-01", "late_stage_elderly", True),
        ("1990-01-01", "employees", False),
        ("", "national", False),
    ],
)
def test_the_share_is_asked_of_70_and_over_and_late_stage(birth_date: str, scheme: str, is_asked: bool) -> None:
    assert ("share" in asked({"birth_date": birth_date, "scheme": scheme})) is is_asked


def test_the_relation_is_asked_where_someone_else_signed() -> None:
    assert "relation" not in asked(WHOLE)
    assert "relation" in asked(WHOLE | {"is_signed_by_other": True})
    assert faults(WHOLE | {"is_signed_by_other": True}) == [("relation", FaultWhy.MISSING)]
    assert faults(WHOLE | {"is_signed_by_other": True, "relation": "母"}) == []


def test_a_whole_form_has_no_fault() -> None:
    assert faults(WHOLE) == []
    assert faults(WHOLE | {"birth_date": "1950-01-01", "share": "20"}) == []


@pytest.mark.parametrize(
    "name",
    ["has_valid", "scheme", "name", "name_kana", "birth_date", "sex", "address", "date", "signature", "telephone"],
)
def test_what_the_new_form_needs_is_missed(name: str) -> None:
    answers = {**WHOLE, "workplace": ""} if name == "scheme" else dict(WHOLE)
    answers.pop(name)
    assert faults(answers) == [(name, FaultWhy.MISSING)]
    assert all(fault.is_serious for fault in validate(form_of_version("2024-12"), answers, DAY))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("name_kana", FaultWhy.LEFT_EMPTY),
        ("telephone", FaultWhy.LEFT_EMPTY),
        ("signature", FaultWhy.MISSING),
        ("name", FaultWhy.MISSING),
        ("has_valid", FaultWhy.MISSING),
    ],
)
def test_the_earlier_form_is_filled_as_far_as_possible(name: str, why: FaultWhy) -> None:
    answers = WHOLE | {"issued_when": "earlier"}
    answers.pop(name)
    assert faults(answers, "2023-07") == [(name, why)]


@pytest.mark.parametrize("name", ["insurer_name", "workplace"])
def test_what_a_patient_may_not_know_is_only_noted(name: str) -> None:
    answers = WHOLE | {name: " "}
    (fault,) = validate(form_of_version("2024-12"), answers, DAY)
    assert (fault.field, fault.why, fault.is_serious) == (name, FaultWhy.LEFT_EMPTY, False)


def test_an_unknown_insurance_has_no_insurer_to_name() -> None:
    assert faults(WHOLE | {"scheme": "unknown", "insurer_name": None}) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"scheme": "shaho"}, [("scheme", FaultWhy.UNKNOWN_OPTION), ("workplace", FaultWhy.NOT_ASKED)]),
        ({"sex": "other"}, [("sex", FaultWhy.UNKNOWN_OPTION)]),
        ({"has_valid": "yes"}, [("has_valid", FaultWhy.UNKNOWN_OPTION)]),
        ({"has_valid": False}, [("has_valid", FaultWhy.MISSING)]),
        ({"share": "30"}, [("share", FaultWhy.NOT_ASKED)]),
        ({"birth_date": "昭和64年2月1日"}, [("birth_date", FaultWhy.NOT_A_DATE)]),
        ({"birth_date": "2024-12-06"}, [("birth_date", FaultWhy.IN_THE_FUTURE)]),
        ({"date": "2024-12-06"}, [("date", FaultWhy.IN_THE_FUTURE)]),
        ({"issued_when": "earlier"}, [("issued_when", FaultWhy.UNKNOWN_FIELD)]),
        ({"individual_number": "1"}, [("individual_number", FaultWhy.UNKNOWN_FIELD)]),
        ({"relation": "母"}, [("relation", FaultWhy.NOT_ASKED)]),
    ],
)
def test_what_cannot_be_right_is_named(
    change: dict[str, str | int | bool | None], expected: list[tuple[str, FaultWhy]]
) -> None:
    assert faults(WHOLE | change) == expected
    for fault in validate(form_of_version("2024-12"), WHOLE | change, DAY):
        assert fault.say.ja
        assert fault.say.en
        assert "訓練" not in repr(fault)


def test_every_address_is_kept() -> None:
    assert addresses(WHOLE | {"residence": "大阪府大阪市2-2"}) == ("東京都千代田区1-1", "大阪府大阪市2-2")
    assert addresses(WHOLE | {"residence": "東京都千代田区1-1"}) == ("東京都千代田区1-1",)
    assert addresses({}) == ()


def test_it_is_printed_as_the_form() -> None:
    lines = {line.ja: line for line in printed(form_of_version("2024-12"), WHOLE | {"residence": "大阪2-2"}, DAY)}
    assert lines["生年月日"].text == "昭和60年5月1日"
    assert lines["年月日"].text == "令和6年12月5日"
    assert lines["保険種別"].boxes == (
        ("社保", True),
        ("国保", False),
        ("後期", False),
        ("その他", False),
        ("わからない", False),
    )
    assert lines["保険資格の有無"].boxes == (("有効な保険資格を有している", True),)
    assert lines["住所"].text == "東京都千代田区1-1　大阪2-2"
    assert "住所（券面以外の居所）" not in lines
    assert lines["一部負担金の割合"].boxes == (("3割", False), ("2割", False), ("1割", False), ("わからない", False))
    assert "訓練" not in repr(lines["氏名"])


def test_what_was_not_asked_is_printed_empty() -> None:
    lines = {line.ja: line for line in printed(form_of_version("2024-12"), WHOLE | {"scheme": "national"}, DAY)}
    # The insurer's name says a society, so that the workplace stands; a municipality has none.
    assert lines["事業所名"].text == "訓練商事"
    town = printed(form_of_version("2024-12"), WHOLE | {"scheme": "national", "insurer_name": "千代田区"}, DAY)
    assert next(line for line in town if line.ja == "事業所名").text == ""


def test_every_version_has_its_source() -> None:
    assert [form.version for form in FORMS] == ["2023-07", "2024-12"]
    assert all("[00" in form.cites for form in FORMS)
