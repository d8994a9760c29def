"""What is printed is read back by poppler."""

import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest
from harness.paper import facts_of, fonts_of, text_of

from kazasu.printing import GETA, Sheet, printable, unprintable
from kazasu.web.log import silence_libraries

AT = datetime(2026, 11, 28, 15, 30, tzinfo=UTC)
RARE = "\U00032000"
"""A character that the font has not."""


def _sheet(*, is_exercise: bool = True, at: datetime = AT) -> Sheet:
    return Sheet(title="月次の報告", is_exercise=is_exercise, made_at=at, foot="訓練クリニック")


def test_a_page_is_a4_with_its_font_embedded_as_a_subset(tmp_path: Path) -> None:
    sheet = _sheet()
    sheet.heading("令和八年十一月", level=1, align="center")
    sheet.lines("髙﨑 德子　ﾊﾝｶｸ ①㈱ ●")
    octets = sheet.to_octets()
    assert facts_of(tmp_path, octets)["Page size"] == "595.28 x 841.89 pts (A4)"
    [font] = fonts_of(tmp_path, octets)
    assert font[0].endswith("+NotoSansJP")
    assert font[-5:-2] == ["yes", "yes", "yes"]
    assert len(octets) < 60_000
    text = text_of(tmp_path, octets)
    assert "令和八年十一月" in text
    assert "髙﨑 德子" in text
    assert "①㈱ ●" in text


def test_an_exercise_is_marked_on_every_page_and_a_live_facility_on_none(tmp_path: Path) -> None:
    for is_exercise in (True, False):
        sheet = _sheet(is_exercise=is_exercise)
        sheet.grid(["番号", "件数"], [[str(number), "1"] for number in range(120)])
        octets = sheet.to_octets()
        facts = facts_of(tmp_path, octets)
        assert int(facts["Pages"]) >= 3
        assert ("EXERCISE" in facts["Title"]) is is_exercise
        for page in range(1, int(facts["Pages"]) + 1):
            text = text_of(tmp_path, octets, page=page)
            assert ("訓練 / EXERCISE" in text) is is_exercise
            # The head of the table stands again, and the foot says where one is, in the time of Japan.
            assert "番号" in text
            assert f"{page}/{facts['Pages']}" in text
            assert "2026-11-29 00:30" in text
            assert "訓練クリニック" in text


def test_the_same_content_makes_the_same_octets() -> None:
    def made(at: datetime) -> bytes:
        sheet = _sheet(at=at)
        sheet.lines("同じ内容")
        return sheet.to_octets()

    assert made(AT) == made(AT)
    assert made(AT) != made(AT.replace(hour=16))


def test_a_character_that_the_font_has_not_is_shown_as_missing_and_written_to_no_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    silence_libraries()
    sheet = _sheet()
    sheet.lines(f"{RARE}田")
    sheet.cell(text=f"{RARE}川")
    assert f"{GETA}田" in text_of(tmp_path, sheet.to_octets())
    # Neither the character nor the list of glyphs, from which a name could be read.
    assert caplog.records == []
    assert printable(f"{RARE}\N{VARIATION SELECTOR-17}a\x00b") == f"{GETA}ab"
    assert unprintable(f"{RARE}{RARE}辺\N{VARIATION SELECTOR-17}\n") == ("U+32000",)


def test_every_character_of_jis_x_0208_can_be_printed_but_one_sign() -> None:
    rows = (*range(0x21, 0x29), *range(0x30, 0x75))
    found = [bytes((row, cell)) for row in rows for cell in range(0x21, 0x7F)]
    characters = "".join(b"".join((b"\x1b$B", one, b"\x1b(B")).decode("iso2022_jp", "ignore") for one in found)
    assert len(characters) == 6879
    # ≒, which no name, address or number holds.
    assert unprintable(characters) == ("U+2252",)


def test_the_columns_of_a_table_stand_as_asked(tmp_path: Path) -> None:
    sheet = _sheet()
    sheet.grid(["区分", "件数"], [["診療所", "1,234"], ["長" * 60, "5"]], widths=[3, 1], align=["left", "right"])
    text = text_of(tmp_path, sheet.to_octets())
    assert text.index("診療所") < text.index("1,234")
    assert text.count("長") == 60
