"""The printed form, read back by poppler: both versions, ticks, eras, signature, explanation, the exercise's mark."""

import base64
import io
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from harness.paper import facts_of, fonts_of, text_of
from PIL import Image, ImageDraw

from kazasu.declarations.content import Declaration, unknown_facts_of
from kazasu.declarations.paper import declaration_paper
from kazasu.rules.declaration import form_of_version
from kazasu.rules.declaration_form import FormVersion
from kazasu.rules.substitute import Scheme

BROKEN = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000010000000100000000000")
"""Begins as a picture and is none."""
AT = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
STROKES = "strokes:600x200:50,150 100,40 150,150;70,110 130,110"
ANSWERS: dict[str, Any] = {
    "has_valid": True,
    "scheme": "employees",
    "insurer_name": "架空健康保険組合",
    "workplace": "架空商事",
    "share": "20",
    "name": "髙﨑　太郎",
    "name_kana": "タカサキ　タロウ",
    "birth_date": "1950-05-01",
    "sex": "male",
    "address": "架空県架空市１－２",
    "residence": "架空県別市３－４",
    "date": "R8.12.1",
    "signature": STROKES,
    "relation": "長男",
    "is_signed_by_other": True,
    "telephone": "03-0000-0000",
}


def declared(version: FormVersion = "2024-12", **changes: Any) -> Declaration:
    answers = {name: value for name, value in {**ANSWERS, **changes}.items() if value is not None}
    return Declaration(
        id="a", check=None, visit=None, version=version, answers=answers, day=date(2026, 12, 1), recorded_at=AT,
        origin="desk",
    )  # fmt: skip


def paper(version: FormVersion = "2024-12", *, is_exercise: bool = True, **changes: Any) -> bytes:
    form = form_of_version(version)
    return declaration_paper(
        form, declared(version, **changes), facility="訓練クリニック", is_exercise=is_exercise, made_at=AT
    )


def words(text: str) -> str:
    return "".join(text.split())


def dark(folder: Path, octets: bytes) -> int:
    """How many dark pixels stand where the form is signed."""
    (folder / "drawn.pdf").write_bytes(octets)
    subprocess.run(
        ["pdftoppm", "-r", "50", "-f", "1", "-l", "1", "-gray", "-png", "drawn.pdf", "drawn"], cwd=folder, check=True
    )
    [picture] = folder.glob("drawn-*.png")
    with Image.open(picture) as page:
        left, right = int(52 / 25.4 * 50), int(122 / 25.4 * 50)
        part = page.convert("L").crop((left, int(page.height * 0.6), right, int(page.height * 0.72)))
    picture.unlink()
    return sum(1 for value in part.tobytes() if value < 110)


@pytest.mark.parametrize("version", ["2023-07", "2024-12"])
def test_a_filled_form_says_everything_on_one_page_and_explains_on_the_next(
    tmp_path: Path, version: FormVersion
) -> None:
    octets = paper(version, issued_when="earlier" if version == "2023-07" else None)
    assert (facts_of(tmp_path, octets)["Pages"], facts_of(tmp_path, octets)["Page size"]) == (
        "2",
        "595.28 x 841.89 pts (A4)",
    )
    assert all(font[-5:-2] == ["yes", "yes", "yes"] for font in fonts_of(tmp_path, octets))
    text = words(text_of(tmp_path, octets, page=1))
    for expected in (
        "被保険者資格申立書", "架空健康保険組合", "架空商事", "髙﨑太郎", "タカサキタロウ",
        "架空県架空市１－２架空県別市３－４",
        "✓昭和", "25年5月1日", "令和8年12月1日", "患者との関係※5：長男", "03-0000-0000", "✓社保", "✓2割", "✓男",
        "速やかに廃棄します",
    ):  # fmt: skip
        assert expected in text, expected
    for unticked in ("✓国保", "✓3割", "✓女", "✓明治", "✓令和"):
        assert unticked not in text
    is_first = version == "2023-07"
    assert ("✓有効な保険証の交付を受けている" in text) is is_first
    assert ("✓それより前" in text) is is_first
    assert ("✓有効な保険資格を有している" in text) is not is_first
    assert ("1保険証等に関する事項" if is_first else "1保険資格等に関する事項") in text
    sheet = words(text_of(tmp_path, octets, page=2))
    assert "被保険者資格申立書に関する説明書" in sheet
    assert "3割負担（未就学児は2割負担。70歳以上等の方は1～3割）" in sheet
    assert ("保険証が発行されているものの" if is_first else "新たに加入した医療保険者") in sheet
    assert "必ず受診された医療機関等にお伝えください" in sheet


def test_an_exercise_says_so_on_both_pages_and_a_live_facility_nowhere(tmp_path: Path) -> None:
    for is_exercise in (True, False):
        octets = paper(is_exercise=is_exercise)
        for page in (1, 2):
            assert ("EXERCISE" in text_of(tmp_path, octets, page=page)) is is_exercise


def test_what_was_not_asked_is_left_empty_and_a_blank_form_has_its_places(tmp_path: Path) -> None:
    text = words(
        text_of(tmp_path, paper(scheme="national", insurer_name="架空市", workplace="x", birth_date="S60.5.1"))
    )
    assert "事業所名※1一部負担金" in text
    assert "✓2割" not in text
    form = form_of_version("2024-12")
    blank = words(
        text_of(tmp_path, declaration_paper(form, None, facility="訓練", is_exercise=True, made_at=AT), page=1)
    )
    assert "✓社保" not in blank
    assert "明治大正昭和平成令和年月日" in blank


def test_the_signature_is_drawn_from_strokes_and_from_a_picture(tmp_path: Path) -> None:
    nothing = dark(tmp_path, paper(signature=None))
    picture = Image.new("L", (300, 100), 255)
    ImageDraw.Draw(picture).line([(10, 90), (150, 10), (290, 90)], fill=0, width=4)
    octets = io.BytesIO()
    picture.save(octets, "PNG")
    png = f"png:{base64.b64encode(octets.getvalue()).decode()}"
    assert dark(tmp_path, paper(signature=STROKES)) > nothing + 20
    assert dark(tmp_path, paper(signature=png)) > nothing + 20


@pytest.mark.parametrize(
    ("signature", "said"),
    [
        ("on_paper", "署名は紙の原本にあります"),
        ("scrawl", "署名の記録を読めません"),
        (f"png:{base64.b64encode(BROKEN * 2).decode()}", "署名の画像を読めません"),
    ],
)
def test_a_signature_that_cannot_be_drawn_is_said(tmp_path: Path, signature: str, said: str) -> None:
    assert said in words(text_of(tmp_path, paper(signature=signature), page=1))


def test_a_long_address_and_a_rare_character_are_printed_as_far_as_they_can_be(tmp_path: Path) -> None:
    octets = paper(is_exercise=False, name="\U00032000田　太郎", address="架空県" + "長い地名" * 60)
    text = words(text_of(tmp_path, octets))
    assert text.count("長い地名") == 60
    assert "〓田太郎" in text
    assert "U+32000" in text


def test_the_same_declaration_is_the_same_paper() -> None:
    assert paper() == paper()


def test_a_claim_as_unknown_takes_the_remarks_of_the_law_and_nothing_else() -> None:
    facts = unknown_facts_of(
        declared(), contacted_on=date(2026, 12, 3), is_inpatient_or_returning=True, was_asked_again=True
    )
    assert (facts.name_kana, facts.insurer_name, facts.workplace) == (
        "タカサキ　タロウ",
        "架空健康保険組合",
        "架空商事",
    )
    assert facts.addresses == ("架空県架空市１－２", "架空県別市３－４")
    assert (facts.telephone, facts.scheme, facts.declared_on) == ("03-0000-0000", Scheme.EMPLOYEES, date(2026, 12, 1))
    assert (facts.contacted_on, facts.is_inpatient_or_returning, facts.was_asked_again) == (
        date(2026, 12, 3),
        True,
        True,
    )
    assert unknown_facts_of(
        declared(scheme="novel", date="x"), contacted_on=None, is_inpatient_or_returning=False, was_asked_again=False
    ).scheme is Scheme.UNKNOWN  # fmt: skip
