"""The reports on paper and as pictures, read back by other programs: poppler, Pillow, an XML parser."""

import io
import re
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from harness.door import Door, make_door
from harness.office import Office, opened_office, problem
from harness.paper import facts_of, fonts_of, text_of
from PIL import Image

import checksync as cs
from kazasu.charting import Bars, Chart, Line, Lines, Mark, draw
from kazasu.checks.reading import read_entry
from kazasu.db import Database
from kazasu.facility import FacilityMode
from kazasu.reports.history.level_schemas import level_report
from kazasu.reports.history.month_rate import MonthFigures
from kazasu.reports.history.standing import standing_of
from kazasu.reports.paper.picture import level_chart, trouble_chart
from kazasu.reports.schemas import TroubleReport
from kazasu.reports.words import word
from kazasu.rules.rulebook import Rulebook
from kazasu.staff import Role

PAGES = {
    "usage": "usage.pdf?month=2026-12",
    "trouble": "trouble.pdf?since=2026-12-01&until=2026-12-31",
    "holds": "holds.pdf",
    "level": "level.pdf?since=2024-10&until=2025-04",
    "support": "support.pdf",
    "survey": "survey.pdf?since=2026-12-01&until=2026-12-31&kind=clinic",
    "comparison": "comparison.pdf?month=2026-12",
}
PICTURES = ["usage", "trouble", "level", "support", "comparison"]


async def a_day(door: Door) -> None:
    patient = await door.patient("sato")
    door.record_check("sato", subject=cs.PatientSubject(id=patient))
    door.record_check("yamamoto", subject=cs.PatientSubject(id=await door.patient("yamamoto")))
    visit = await door.visit(patient)
    door.record(
        "substitute",
        cs.SubstituteBody(visit=visit, duty_pass=door.duty_pass, reason="no_card", document="notice", fields={}),
    )
    door.record(
        "trouble",
        cs.TroubleBody(
            visit=visit,
            duty_pass=door.duty_pass,
            category="reader",
            response="vendor",
            full_charge=True,
            note="佐藤さん",
        ),
    )
    await door.push()
    await door.work()


async def enter(office: Office, headers: dict[str, str]) -> None:
    figures = {
        "2024-07/claim_count": {"rate_percent": "9.87"},
        "2024-08/claim_count": {"rate_percent": "12.50"},
        "2024-08/check_count": {"part": 16, "whole": 100},
        "2024-09/claim_count": {"rate_percent": "13.00"},
        "2024-11/claim_count": {"rate_percent": "21.00"},
        "2023-10/check_count": {"part": 1, "whole": 100},
        "2024-01/check_count": {"part": 12, "whole": 100},
        "2024-02/check_count": {"part": 14, "whole": 100},
        "2024-04/check_count": {"part": 21, "whole": 100},
        "2026-12/elsewhere": {"part": 18, "whole": 98},
    }
    for path, figure in figures.items():
        body = {"source": "通知", **figure}
        answer = await office.client.put(f"/reports/figures/{path}", json=body, headers=headers)
        assert answer.status_code == 200, answer.text


async def files(door: Door, paths: list[str]) -> dict[str, Any]:
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("office", Role.BACK_OFFICE)
        headers = await office.sign_in("office")
        await enter(office, headers)
        answers = {}
        for path in paths:
            answer = await office.client.get(f"/reports/{path}", headers=headers)
            assert answer.status_code == 200, answer.text
            answers[path] = answer
        return answers


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> Door:
    return await make_door(database, tmp_path)


async def test_every_report_prints_with_its_figures_its_font_and_no_patient(door: Door, tmp_path: Path) -> None:
    await a_day(door)
    found = await files(door, list(PAGES.values()))
    texts = {}
    for name, path in PAGES.items():
        octets = found[path].content
        facts = facts_of(tmp_path, octets)
        assert facts["Page size"].startswith("595")
        assert "EXERCISE" in facts["Title"]
        assert all(font[-5:-3] == ["yes", "yes"] for font in fonts_of(tmp_path, octets))
        for page in range(1, int(facts["Pages"]) + 1):
            assert "訓練 / EXERCISE" in text_of(tmp_path, octets, page=page)
        texts[name] = text_of(tmp_path, octets)
        # No patient of the day, by name, kana or number, and nothing that somebody wrote.
        for word_of_a_patient in ("佐藤", "サトウ", "山本", "ヤマモト"):
            assert word_of_a_patient not in texts[name]
        assert found[path].headers["content-disposition"].startswith('attachment; filename="EXERCISE-')
        assert found[path].headers["cache-control"] == "no-store"
    assert re.search(r"利用率.*20\.00％", texts["usage"])
    assert "資格情報のお知らせ" in texts["usage"]
    assert "カードリーダーの接続不良・認証エラー" in texts["trouble"]
    assert "10割" in texts["trouble"]
    assert "保留の一覧" in texts["holds"]
    assert "加算1" in texts["level"]
    assert "不明" in texts["level"]
    assert "確定ではありません" in texts["level"]
    assert "件数のわからない月がある" in texts["support"]
    assert "■ 医科診療所" in texts["survey"]
    assert "■ カードリーダーの接続不良・認証エラー" in texts["survey"]
    assert "□ 賛成" in texts["survey"]
    assert "件数：1件" in texts["survey"]
    assert re.search(r"全国・全体 +27,147,812 +195,688,619 +13\.87％ +\+6\.13", texts["comparison"])


async def test_every_picture_opens_and_carries_the_mark_of_an_exercise(door: Door) -> None:
    await a_day(door)
    paths = [PAGES[name].replace(".pdf", f".{kind}") for name in PICTURES for kind in ("svg", "png")]
    for path, answer in (await files(door, paths)).items():
        if ".svg" in path:
            root = ElementTree.fromstring(answer.content)  # noqa: S314 - our own file
            assert root.tag == "{http://www.w3.org/2000/svg}svg"
            # Letters are shapes: nothing depends on a font of whoever looks.
            assert not list(root.iter("{http://www.w3.org/2000/svg}text"))
            assert b"EXERCISE" in answer.content
        else:
            with Image.open(io.BytesIO(answer.content)) as image:
                image.load()
                assert image.format == "PNG"
                assert min(image.size) > 200
                corner = image.convert("RGB").crop((image.width // 2, 0, image.width, 60)).tobytes()
                dots = zip(corner[::3], corner[1::3], corner[2::3], strict=True)
                assert sum(red > 150 and green < 90 and blue < 90 for red, green, blue in dots) > 50
        assert "EXERCISE-" in answer.headers["content-disposition"]


async def test_a_live_facility_s_reports_have_no_mark(database: Database, tmp_path: Path) -> None:
    door = await make_door(database, tmp_path, mode=FacilityMode.LIVE, gateway="none")
    paths = ["usage.pdf?month=2026-12", "usage.svg?month=2026-12"]
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("office", Role.BACK_OFFICE)
        headers = await office.sign_in("office")
        page, picture = [await office.client.get(f"/reports/{path}", headers=headers) for path in paths]
    assert "EXERCISE" not in text_of(tmp_path, page.content)
    assert "訓練 /" not in text_of(tmp_path, page.content)
    assert b"EXERCISE" not in picture.content
    assert "EXERCISE" not in page.headers["content-disposition"]


async def test_a_visitor_gets_no_page_and_a_wrong_period_is_a_problem(door: Door) -> None:
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("visitor2", Role.VISITOR)
        await office.add_staff("office", Role.BACK_OFFICE)
        visitor, headers = await office.sign_in("visitor2"), await office.sign_in("office")
        for path in PAGES.values():
            refused = await office.client.get(f"/reports/{path}", headers=visitor)
            assert problem(refused) == "role-not-allowed"
        for path in (
            "usage.pdf?month=2026-13",
            "trouble.svg?since=2026-12-02&until=2026-12-01",
            "survey.pdf?since=2026-12-02&until=2026-12-01",
            "level.png?since=2026-12&until=2026-11",
        ):
            assert problem(await office.client.get(f"/reports/{path}", headers=headers)) == "request-not-valid"


BARS = Bars(["自施設", "全国"], [20.0, 13.87], ["20.00", "13.87"], frozenset({0}), [Mark(15.0, "基準")])
LINES = Lines(["2024-10", "2024-11"], [Line("率", [12.0, None])], [Line("加算1", [15.0, 15.0])])


@pytest.mark.parametrize("content", [BARS, LINES, Bars(["なし"], [0], ["0"]), Lines(["a"], [Line("x", [None])])])
@pytest.mark.parametrize("kind", ["svg", "png"])
def test_the_same_figures_make_the_same_picture_without_a_warning(content: Bars | Lines, kind: Any) -> None:
    chart = Chart("題名 $x_1$ \U00032000", content, "％", "出典", is_exercise=True)
    assert draw(chart, kind) == draw(chart, kind)


def test_a_code_without_words_stands_for_itself_and_a_name_goes_first() -> None:
    assert word("identity", "visual") == "目視確認"
    assert word("method", "road_of_a_later_version") == "road_of_a_later_version"
    assert word("staff", "not_recorded") == "記録なし"
    assert word("device", "abc", "往診タブレット") == "往診タブレット"


def test_a_category_of_a_later_version_is_in_the_picture_by_its_code() -> None:
    day = date(2026, 12, 1)
    report = TroubleReport(False, day, day, [], [], [], {"novel": 2}, {}, 1)
    content = trouble_chart(report).content
    assert isinstance(content, Bars)
    assert (list(content.labels), list(content.values)) == (["一覧にない種類（novel）"], [2])


def test_the_picture_of_the_level_says_from_when_it_is_a_plan_alone() -> None:
    standings = [
        standing_of(month, MonthFigures({}, {}), (), Rulebook()) for month in ((2024, 11), (2024, 12), (2025, 4))
    ]
    chart = level_chart(level_report(standings, is_exercise=False))
    assert "2024-12からの基準" in chart.note
    assert isinstance(chart.content, Lines)
    assert [list(line.values) for line in chart.content.steps] == [[15, 15, None], [10, 10, None], [5, 5, None]]
