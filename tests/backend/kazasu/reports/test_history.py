"""Level and points, support money, survey sheet, comparison: by the figures that are known, nothing beyond them."""

import csv
import io
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from harness.door import Door, make_door
from harness.office import Office, opened_office, problem

import checksync as cs
from kazasu.checks.reading import read_entry
from kazasu.db import Database
from kazasu.facility import FacilityKind
from kazasu.reports.figures import Figure, FigureKind, Month, month_of, month_text, months_between
from kazasu.reports.history.comparison import SourceKind, compare, kinds_of
from kazasu.reports.history.month_rate import MonthFigures, RateSource
from kazasu.reports.history.schemas import points_text
from kazasu.reports.history.standing import months_needed, occasions_of, standing_of
from kazasu.reports.history.support import half_of, months_of_support
from kazasu.rules.addition import Addition, Occasion
from kazasu.rules.period import KNOWN_AS_OF, Knowledge
from kazasu.rules.rulebook import Rulebook, read_rulebook
from kazasu.rules.support_money import BASE_MONTH, Half, months_of
from kazasu.rules.usage_level import Compared, RateKind
from kazasu.staff import Role

CLAIM, CHECK = FigureKind.CLAIM_COUNT, FigureKind.CHECK_COUNT
MEDICAL = (Occasion.FIRST_VISIT, Occasion.FOLLOW_UP, Occasion.MEDICAL)
OWN = """
[[row]]
row = "levels.level_2025_04"
source = "告示"
who = "事務長"
when = 2025-03-01
since = 2025-04-01
least_percents = [45, 30, 15]

[[row]]
row = "points.dx_promotion_2_medical_2025_04"
source = "告示"
who = "事務長"
when = 2025-03-01
since = 2025-04-01
addition = "dx_promotion"
occasion = "medical"
level = 2
points = 11
title = "医療DX推進体制整備加算2"
"""


def entered(*given: tuple[str, FigureKind, int, int], is_rate: bool = False) -> dict[tuple[Month, FigureKind], Figure]:
    return {
        (month_of(month), kind): Figure(month_of(month), kind, part, whole, is_rate, "通知")
        for month, kind, part, whole in given
    }


def known(
    *given: tuple[str, FigureKind, int, int], counted: dict[Month, tuple[int, int]] | None = None
) -> MonthFigures:
    return MonthFigures(entered(*given), counted or {})


def test_months_are_counted_over_the_turn_of_the_year() -> None:
    assert months_between((2024, 11), (2025, 2)) == ((2024, 11), (2024, 12), (2025, 1), (2025, 2))
    assert months_between((2025, 2), (2025, 1)) == ()
    assert month_text(month_of("2024-03")) == "2024-03"


def test_a_rate_is_what_was_told_else_what_was_counted_here_and_at_the_terminal() -> None:
    month, counted = (2024, 9), {(2024, 9): (30, 30)}
    told = known(("2024-09", CHECK, 1, 10), ("2024-09", FigureKind.ELSEWHERE, 0, 30), counted=counted)
    found = told.rate(RateKind.CHECK_COUNT, month)
    assert found is not None
    assert (found.rate, found.source) == (Fraction(1, 10), RateSource.TOLD)
    both = known(("2024-09", FigureKind.ELSEWHERE, 10, 70), counted=counted).rate(RateKind.CHECK_COUNT, month)
    assert both is not None
    assert (both.rate, both.source, both.card_checks, both.all_checks) == (
        Fraction(40, 100), RateSource.COUNTED, 40, 100,
    )  # fmt: skip


def test_our_own_count_alone_is_no_rate_until_somebody_says_there_were_no_others() -> None:
    counted = {(2024, 9): (30, 30)}
    assert known(counted=counted).rate(RateKind.CHECK_COUNT, (2024, 9)) is None
    none_elsewhere = known(("2024-09", FigureKind.ELSEWHERE, 0, 0), counted=counted)
    found = none_elsewhere.rate(RateKind.CHECK_COUNT, (2024, 9))
    assert found is not None
    assert found.rate == 1
    # Claims are not counted here at all.
    assert none_elsewhere.rate(RateKind.CLAIM_COUNT, (2024, 9)) is None


@pytest.mark.parametrize(
    ("month", "compared"),
    [
        ((2024, 10), [("claim_count", (2024, 7)), ("check_count", (2024, 8))]),
        ((2024, 11), [("claim_count", (2024, 8)), ("check_count", (2024, 9))]),
        ((2024, 12), [("claim_count", (2024, 9)), ("check_count", (2024, 10))]),
        ((2025, 1), [("claim_count", (2024, 10)), ("check_count", (2024, 11))]),
        ((2025, 2), [("claim_count", (2024, 11))]),
        ((2025, 3), [("claim_count", (2024, 12))]),
    ],
)
def test_each_month_of_application_names_the_months_whose_rates_count(
    month: Month, compared: list[tuple[str, Month]]
) -> None:
    standing = standing_of(month, known(), MEDICAL, Rulebook())
    by = standing.level or standing.announced
    assert by is not None
    assert [(one.compared.kind.value, one.compared.month) for one in by.compared] == compared
    assert set(months_needed([month], Rulebook())) == {one for _, one in compared}
    # Within the sources it is known, beyond them named as announced only.
    assert (standing.level is not None) is (date(*month, 1) <= KNOWN_AS_OF)


def test_the_level_gives_the_points_and_what_else_is_needed() -> None:
    standing = standing_of((2024, 11), known(("2024-08", CLAIM, 12, 100)), MEDICAL, Rulebook())
    assert standing.level is not None
    assert (standing.level.answer.level, standing.level.is_certain, standing.knowledge) == (2, False, Knowledge.KNOWN)
    assert standing.level.answer.by == Compared(RateKind.CLAIM_COUNT, (2024, 8))
    points = {(one.addition, one.occasion, one.by_card): one for one in standing.points}
    dx = points[Addition.DX_PROMOTION, Occasion.MEDICAL, None]
    assert dx.row is not None
    assert (dx.row.points, dx.not_known_from) == (10, date(2024, 11, 29))
    assert {
        key[1:]: one.row.points for key, one in points.items() if one.row and key[0] is not Addition.DX_PROMOTION
    } == {
        (Occasion.FIRST_VISIT, True): 1,
        (Occasion.FIRST_VISIT, False): 3,
        (Occasion.FOLLOW_UP, True): 1,
        (Occasion.FOLLOW_UP, False): 2,
    }
    assert "health_advice" in {one.key for one in standing.requirements}


def test_with_every_rate_known_or_level_one_reached_the_level_is_certain() -> None:
    both = standing_of((2024, 10), known(("2024-07", CLAIM, 9, 100), ("2024-08", CHECK, 16, 100)), MEDICAL, Rulebook())
    assert both.level is not None
    assert (both.level.answer.level, both.level.is_certain) == (1, True)
    one = standing_of((2024, 10), known(("2024-07", CLAIM, 15, 100)), MEDICAL, Rulebook())
    assert one.level is not None
    assert one.level.is_certain
    none = standing_of((2024, 10), known(), MEDICAL, Rulebook())
    assert none.level is not None
    assert (none.level.answer.level, none.level.is_certain) == (None, False)


@pytest.mark.parametrize("month", [(2024, 12), (2025, 3), (2025, 4), (2026, 11)])
def test_beyond_the_sources_neither_level_nor_points_are_asserted(month: Month) -> None:
    given = [(month_text(one), CLAIM, 90, 100) for one in months_between((2024, 1), (2026, 12))]
    standing = standing_of(month, known(*given), MEDICAL, Rulebook())
    assert standing.level is None
    assert standing.not_known is not None
    assert "2024-11-28" in standing.not_known.say.ja
    assert all(one.row is None for one in standing.points)
    assert (standing.announced is not None) is (month < (2025, 4))


def test_the_facility_s_own_rows_answer_from_their_first_day() -> None:
    book = read_rulebook([("own.toml", OWN)]).rulebook
    given = known(("2025-01", CLAIM, 31, 100), ("2024-12", CLAIM, 31, 100))
    assert standing_of((2025, 3), given, MEDICAL, book).level is None
    standing = standing_of((2025, 4), given, MEDICAL, book)
    assert standing.level is not None
    assert (standing.level.answer.level, standing.knowledge) == (2, Knowledge.BY_FACILITY)
    dx = next(one for one in standing.points if one.addition is Addition.DX_PROMOTION)
    assert dx.row is not None
    assert (dx.row.points, dx.knowledge, dx.not_known_from) == (11, Knowledge.BY_FACILITY, None)


@pytest.mark.parametrize(
    ("kind", "is_dental", "occasions", "kinds"),
    [
        (FacilityKind.MEDICAL_INSTITUTION, False, MEDICAL, (SourceKind.CLINIC, SourceKind.HOSPITAL)),
        (
            FacilityKind.MEDICAL_INSTITUTION,
            True,
            (Occasion.FIRST_VISIT, Occasion.FOLLOW_UP, Occasion.DENTAL),
            (SourceKind.DENTAL,),
        ),
        (FacilityKind.PHARMACY, False, (Occasion.DISPENSING,), (SourceKind.PHARMACY,)),
        (FacilityKind.VISITING_NURSING, False, (), ()),
        (FacilityKind.CHECK_UP_PROVIDER, False, (), ()),
        (FacilityKind.MIDWIFERY_HOME, False, (), ()),
        (FacilityKind.TREATMENT_PRACTICE, False, (), ()),
    ],
)
def test_a_facility_claims_and_compares_as_its_kind(
    kind: FacilityKind, is_dental: bool, occasions: tuple[Occasion, ...], kinds: tuple[SourceKind, ...]
) -> None:
    assert occasions_of(kind, is_dental=is_dental) == occasions
    assert kinds_of(kind, is_dental=is_dental) == kinds


def test_the_support_money_goes_by_the_counts_that_are_known() -> None:
    given = [(month_text(month), CHECK, 21, 100) for month in months_of(Half.FIRST)]
    figures = known((month_text(BASE_MONTH), CHECK, 1, 100), *given)
    half = half_of(Half.FIRST, figures, Rulebook())
    assert half.estimate is not None
    assert half.estimate.yen == 60 * 21 * 5
    assert half_of(Half.SECOND, figures, Rulebook()).estimate is None
    assert months_of_support()[0] == BASE_MONTH
    assert len(months_of_support()) == 1 + 5 + 6


def test_a_rate_without_counts_gives_no_amount_and_counts_of_the_terminal_do() -> None:
    told = entered((month_text(BASE_MONTH), CHECK, 100, 10_000), is_rate=True)
    assert half_of(Half.FIRST, MonthFigures(told, {}), Rulebook()).estimate is None
    with_counts = told | entered((month_text(BASE_MONTH), FigureKind.ELSEWHERE, 1, 100))
    assert MonthFigures(with_counts, {}).check_counts(BASE_MONTH) == (1, 100)


def test_one_s_own_rate_stands_among_the_47_averages_and_no_further() -> None:
    found = compare(Fraction(16, 100), 5000, (SourceKind.CLINIC,), "47")
    (place,) = found.places
    rates = [rate for _, rate in place.rates]
    assert place.of == len(rates) == 47
    assert rates == sorted(rates, reverse=True)
    assert place.above == sum(rate > Fraction(16, 100) for rate in rates)
    assert 0 < place.above < 47
    shown = {(one.month, one.kind, one.prefecture): one for one in found.figures}
    assert shown[(2024, 9), SourceKind.CLINIC, ""].card_checks == 9_267_062
    assert shown[(2024, 9), None, ""].all_checks == 195_688_619
    assert shown[(2023, 12), None, ""].card_checks == 7_633_413
    assert ((2024, 9), SourceKind.CLINIC, "沖縄県") in shown
    assert ((2024, 9), None, "沖縄県") in shown


def test_under_fifty_checks_or_without_a_rate_no_place_is_given() -> None:
    assert compare(Fraction(1, 49), 49, (SourceKind.CLINIC,), "13").places == ()
    assert compare(Fraction(1, 49), 49, (SourceKind.CLINIC,), "13").is_too_few
    assert compare(Fraction(1, 50), 50, (SourceKind.CLINIC,), "13").places != ()
    assert compare(None, None, (SourceKind.CLINIC,), "13").places == ()
    assert not any(one.prefecture for one in compare(None, None, (SourceKind.CLINIC,), "99").figures)


@pytest.mark.parametrize(
    ("difference", "text"),
    [(Fraction(1, 100), "+1.00"), (Fraction(-1234, 100_000), "-1.23"), (Fraction(0), "+0.00"),
     (Fraction(-1, 10_000_000), "+0.00")],
)  # fmt: skip
def test_a_difference_has_its_sign(difference: Fraction, text: str) -> None:
    assert points_text(difference) == text


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> Door:
    return await make_door(database, tmp_path)


def rows(octets: bytes) -> list[list[str]]:
    assert octets.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(octets.decode("utf-8-sig"), newline="")))


class Desk:
    def __init__(self, office: Office, headers: dict[str, str]) -> None:
        self.office, self.headers = office, headers

    async def get(self, path: str) -> Any:
        answer = await self.office.client.get(f"/reports/{path}", headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer

    async def put(self, month: str, kind: str, **figure: Any) -> Any:
        body = {"source": "支払基金の通知", **figure}
        return await self.office.client.put(f"/reports/figures/{month}/{kind}", json=body, headers=self.headers)


async def desk(office: Office) -> Desk:
    await office.add_staff("office", Role.BACK_OFFICE)
    return Desk(office, await office.sign_in("office"))


async def test_figures_are_entered_replaced_audited_and_taken_away(door: Door) -> None:
    async with opened_office(door.context, read_entry) as office:
        at = await desk(office)
        assert (await at.put("2024-08", "claim_count", rate_percent="12.5")).json()["rate_percent"] == "12.50"
        assert (await at.put("2024-09", "check_count", part=3, whole=10)).status_code == 200
        replaced = (await at.put("2024-09", "check_count", part=4, whole=10)).json()
        assert (replaced["part"], replaced["rate_percent"]) == (4, None)
        items = (await at.get("figures")).json()["items"]
        assert [(one["month"], one["kind"], one["part"]) for one in items] == [
            ("2024-08", "claim_count", None),
            ("2024-09", "check_count", 4),
        ]
        gone = await office.client.delete("/reports/figures/2024-09/check_count", headers=at.headers)
        assert gone.status_code == 204
        again = await office.client.delete("/reports/figures/2024-09/check_count", headers=at.headers)
        assert problem(again) == "not-found"
        audited = (await office.client.get("/audit", headers=await office.sign_in("office"))).status_code
        assert audited in (200, 403)


@pytest.mark.parametrize(
    "figure",
    [
        {},
        {"part": 1},
        {"part": 2, "whole": 1},
        {"part": 1, "whole": 2, "rate_percent": "50"},
        {"part": 1, "rate_percent": "50"},
        {"rate_percent": "100.01"},
        {"rate_percent": "1.234"},
        {"rate_percent": "-1"},
        {"part": -1, "whole": 2},
        {"part": 1, "whole": 2, "source": ""},
    ],
)
async def test_a_figure_that_cannot_be_is_refused_and_nothing_is_entered(door: Door, figure: dict[str, Any]) -> None:
    async with opened_office(door.context, read_entry) as office:
        at = await desk(office)
        assert problem(await at.put("2024-09", "check_count", **figure)) == "request-not-valid"
        assert problem(await at.put("2024-09", "elsewhere", rate_percent="50")) == "request-not-valid"
        assert problem(await at.put("2024-13", "check_count", part=1, whole=2)) in ("request-not-valid", "not-found")
        assert (await at.get("figures")).json()["items"] == []


async def test_the_level_is_shown_by_month_with_its_rates_and_as_a_table(door: Door) -> None:
    async with opened_office(door.context, read_entry) as office:
        at = await desk(office)
        await at.put("2024-08", "claim_count", rate_percent="12.50")
        await at.put("2024-09", "check_count", part=16, whole=100)
        report = (await at.get("level?since=2024-11&until=2024-12")).json()
        november, december = report["months"]
        assert (november["level"]["level"], november["level"]["by"]["kind"]) == (1, "check_count")
        assert [one["rate_percent"] for one in november["level"]["compared"]] == ["12.50", "16.00"]
        assert november["knowledge"] == "known"
        assert "2024年9月" in november["level"]["say"]["ja"]
        assert (december["level"], december["knowledge"]) == (None, None)
        assert december["announced"]["least_percents"] == [15, 10, 5]
        assert all(one["points"] is None for one in december["points"])
        assert report["exercise"]
        table = rows((await at.get("level.csv?since=2024-11&until=2024-12")).content)
        assert table[0] == ["区分", "届出月", "項目", "対象", "値", "説明", "出典"]
        assert {row[0] for row in table[1:]} == {"訓練 / EXERCISE"}
        assert ["2024-11", "区分", "医療DX推進体制整備加算", "加算1"] in [row[1:5] for row in table]
        assert ["2024-12", "区分", "", "不明"] in [row[1:5] for row in table]
        assert "案による区分（確定ではない）" in {row[2] for row in table}
        for query in ("since=2024-12&until=2024-11", "since=2020-01&until=2023-01", "since=2024-1&until=2024-02"):
            refused = await office.client.get(f"/reports/level?{query}", headers=at.headers)
            assert problem(refused) == "request-not-valid"


async def test_the_facility_s_rules_reach_the_level(door: Door, tmp_path: Path) -> None:
    folder = door.context.settings.home / "rules.d"
    folder.mkdir()
    (folder / "own.toml").write_text(OWN, "utf-8")
    async with opened_office(door.context, read_entry) as office:
        at = await desk(office)
        await at.put("2025-01", "claim_count", rate_percent="31")
        (april,) = (await at.get("level?since=2025-04&until=2025-04")).json()["months"]
        assert (april["level"]["level"], april["knowledge"]) == (2, "by_facility")
        assert "施設が登録した規則" in april["beside"]["ja"]


async def test_the_support_money_is_shown_with_what_is_missing(door: Door) -> None:
    async with opened_office(door.context, read_entry) as office:
        at = await desk(office)
        empty = (await at.get("support")).json()["halves"]
        assert [half["yen"] for half in empty] == [None, None]
        assert empty[0]["missing_months"][0] == "2023-10"
        await at.put("2023-10", "check_count", part=1, whole=100)
        for month in ("2024-01", "2024-02", "2024-03", "2024-04", "2024-05"):
            await at.put(month, "check_count", part=21, whole=100)
        first, second = (await at.get("support")).json()["halves"]
        assert (first["yen"], first["card_checks"], first["missing_months"]) == (60 * 105, 105, [])
        assert second["yen"] is None
        table = rows((await at.get("support.csv")).content)
        assert ["前半（2024年1月〜5月）", "見込み額（円）", "", "", "", "6,300円"] in [row[1:7] for row in table]


async def test_the_survey_is_filled_from_the_log_and_leaves_the_rest_to_a_person(door: Door) -> None:
    visit = await door.visit(await door.patient("sato"))
    for category, is_full in (("reader", True), ("novel", True)):
        door.record(
            "trouble",
            cs.TroubleBody(
                visit=visit, duty_pass=door.duty_pass, category=category, response="vendor", full_charge=is_full,
                note="佐藤さん",
            ),
        )  # fmt: skip
    await door.push()
    async with opened_office(door.context, read_entry) as office:
        at = await desk(office)
        answer = await at.get("survey?since=2026-12-01&until=2026-12-31&kind=clinic")
        report = answer.json()
        assert [one["number"] for one in report["answers"]] == list(range(1, 13))
        by_number = {one["number"]: one for one in report["answers"]}
        assert by_number[2]["ticked"] == ["医科診療所"]
        assert by_number[3]["ticked"] == ["あった"]
        assert by_number[4]["ticked"] == ["カードリーダーの接続不良・認証エラー"]
        # The one of an unknown category has no box, and was charged in full all the same.
        assert (by_number[7]["ticked"], by_number[7]["cases"]) == (["あった"], 2)
        assert report["unlisted_categories"] == {"novel": 1}
        for number in (5, 8, 9, 10, 11, 12):
            assert by_number[number]["is_left_to_person"]
            assert (by_number[number]["text"], by_number[number]["ticked"]) == ("", [])
        assert "佐藤" not in answer.text
        table = rows((await at.get("survey.csv?since=2026-12-01&until=2026-12-31")).content)
        assert ["7", "「一旦10割負担を患者に請求した」事例（件数）", "件数", "2"] in [row[1:] for row in table]
        refused = await office.client.get("/reports/survey?since=2026-12-02&until=2026-12-01", headers=at.headers)
        assert problem(refused) == "request-not-valid"


async def test_one_s_own_month_is_compared_once_the_terminal_s_checks_are_known(door: Door) -> None:
    door.record_check("sato", subject=cs.PatientSubject(id=await door.patient("sato")))
    await door.push()
    async with opened_office(door.context, read_entry) as office:
        at = await desk(office)
        alone = (await at.get("comparison?month=2026-12")).json()
        assert (alone["own"]["rate_percent"], alone["places"]) == (None, [])
        usage = (await at.get("usage?month=2026-12")).json()
        assert (usage["usage_rate_percent"], usage["is_whole"]) == ("100.00", False)
        await at.put("2026-12", "elsewhere", part=19, whole=99)
        report = (await at.get("comparison?month=2026-12&kind=clinic")).json()
        assert (report["own"]["rate_percent"], report["own"]["source"]) == ("20.00", "counted")
        national = next(one for one in report["figures"] if one["kind"] is None and one["month"] == "2024-09")
        assert (national["rate_percent"], national["difference_points"]) == ("13.87", "+6.13")
        assert [one["kind"] for one in report["places"]] == ["clinic"]
        assert "わかりません" in report["say"]["ja"]
        usage = (await at.get("usage?month=2026-12")).json()
        assert (usage["usage_rate_percent"], usage["is_whole"], usage["card_checks"]) == ("20.00", True, 1)
        table = rows((await at.get("comparison.csv?month=2026-12&kind=clinic")).content)
        assert table[1][:6] == ["訓練 / EXERCISE", "2026-12", "自施設", "20", "100", "20.00"]


async def test_a_visitor_sees_no_history_and_enters_no_figure(door: Door) -> None:
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("visitor2", Role.VISITOR)
        at = Desk(office, await office.sign_in("visitor2"))
        for path in (
            "level?since=2024-10&until=2024-11",
            "support",
            "survey?since=2024-10-01&until=2024-10-02",
            "comparison?month=2024-10",
            "figures",
        ):
            refused = await office.client.get(f"/reports/{path}", headers=at.headers)
            assert problem(refused) == "role-not-allowed"
        assert problem(await at.put("2024-09", "check_count", part=1, whole=2)) == "role-not-allowed"


def test_a_month_s_points_are_not_known_from_the_day_after_the_sources() -> None:
    standing = standing_of((2024, 11), known(), (Occasion.DISPENSING,), Rulebook())
    assert {one.not_known_from for one in standing.points} == {KNOWN_AS_OF + timedelta(days=1)}
    october = standing_of((2024, 10), known(), (Occasion.DISPENSING,), Rulebook())
    assert {one.not_known_from for one in october.points} == {None}
