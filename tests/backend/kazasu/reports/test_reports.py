"""Usage, trouble and open holds out of what was recorded; no patient in any of them."""

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from harness.door import Door, HoldRow, later, make_door
from harness.office import Office, opened_office, problem

import checksync as cs
from kazasu.checks.reading import read_entry
from kazasu.db import Database
from kazasu.inquiries.bulk import worker
from kazasu.inquiries.bulk.planning import plan_day
from kazasu.reconciliation.deciding import make_decision
from kazasu.reconciliation.decision import Decision
from kazasu.reconciliation.reason import HoldReason
from kazasu.reports.trouble_log import HeldCheck, RecordedTrouble, TroubleSource, trouble_log
from kazasu.rules import Setting
from kazasu.rules.trouble import TroubleCategory, TroubleResponse
from kazasu.staff import Role
from kazasu.visits.service import VisitData, add_visit

DAY = date(2026, 12, 1)
CHECK = "c" * 32


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> Door:
    return await make_door(database, tmp_path)


def recorded(category: str = "reader", response: str = "vendor", **changes: Any) -> RecordedTrouble:
    given: dict[str, Any] = {"day": DAY, "full_charge": False, "check": None, "device": "d"}
    return RecordedTrouble(category=category, response=response, **(given | changes))


def held(reason: HoldReason = HoldReason.ANSWER_INVALID, **changes: Any) -> HeldCheck:
    given: dict[str, Any] = {"day": DAY, "check": CHECK, "device": "d"}
    return HeldCheck(reason=reason, **(given | changes))


def test_a_response_that_this_version_does_not_know_is_counted_and_told_by_its_code() -> None:
    log = trouble_log([recorded(response="last_visits_data"), recorded(response="佐藤さん")], [], DAY, DAY)
    assert log.counts.responses[TroubleResponse.OTHER] == 2
    assert log.unknown_responses == {"last_visits_data": 1, "not_a_code": 1}


def test_a_hold_counts_as_a_trouble_unless_somebody_recorded_that_of_the_same_check() -> None:
    twice = trouble_log([recorded("invalid", check=CHECK)], [held()], DAY, DAY)
    assert [line.source for line in twice.lines] == [TroubleSource.RECORDED]
    of_another = trouble_log([recorded("reader", check=CHECK)], [held(), held()], DAY, DAY)
    assert [line.source for line in of_another.lines] == [TroubleSource.HOLD, TroubleSource.RECORDED]


@pytest.mark.parametrize(
    ("reason", "category"),
    [
        (HoldReason.ANSWER_INVALID, TroubleCategory.INVALID),
        (HoldReason.ANSWER_INVALID_NEWER_EXISTS, TroubleCategory.INVALID),
        (HoldReason.ANSWER_NOT_FOUND, TroubleCategory.NO_SUCH_NUMBER),
        (HoldReason.CERTIFICATE_EXPIRED, TroubleCategory.CERTIFICATE_EXPIRED),
    ],
)
def test_a_hold_becomes_its_category(reason: HoldReason, category: TroubleCategory) -> None:
    assert trouble_log([], [held(reason)], DAY, DAY).counts.categories[category] == 1


def test_a_suspicion_of_ours_is_no_trouble_of_the_list() -> None:
    assert trouble_log([], [held(HoldReason.OTHER_PERSON)], DAY, DAY).lines == ()


def test_what_was_shown_and_decided_are_the_responses_and_private_payment_is_full_charge() -> None:
    hold = held(
        documents=("insurance_card", "oral_confirmation", "notice", "declaration"),
        decisions=(Decision.ASK_INSURER, Decision.PRIVATE_PAYMENT),
    )
    (line,) = trouble_log([], [hold], DAY, DAY).lines
    assert line.trouble.responses == (
        TroubleResponse.INSURANCE_CARD,
        TroubleResponse.LAST_VISIT,
        TroubleResponse.OTHER,
        TroubleResponse.INSURER_OR_CALL_CENTRE,
    )
    assert line.trouble.full_charge


def test_a_category_of_a_later_version_is_counted_by_its_code_and_free_text_is_not_repeated() -> None:
    log = trouble_log([recorded("novel", full_charge=True), recorded("佐藤さん")], [], DAY, DAY)
    assert log.unknown == {"not_a_code": 1, "novel": 1}
    assert (log.counts.entries, log.full_charge_cases) == (0, 1)
    assert trouble_log([recorded(response="call")], [], DAY, DAY).counts.responses[TroubleResponse.OTHER] == 1


def test_both_ends_of_the_period_are_in_it_and_the_days_beside_are_not() -> None:
    days = [date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 2), date(2026, 12, 3)]
    log = trouble_log(
        [recorded(day=day) for day in days],
        [held(day=day, check=str(day)) for day in days],
        date(2026, 12, 1),
        date(2026, 12, 2),
    )
    assert [line.trouble.day.day for line in log.lines] == [1, 1, 2, 2]


async def get(office: Office, path: str) -> Any:
    answer = await office.client.get(path, headers=await office.sign_in("office"))
    assert answer.status_code == 200, answer.text
    return answer


def rows(octets: bytes) -> list[list[str]]:
    assert octets.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(octets.decode("utf-8-sig"), newline="")))


def counts(report: dict[str, Any], group: str) -> dict[str, int]:
    return {one["value"]: one["count"] for one in report["by"][group]}


async def a_day(door: Door) -> None:
    """An answered check with its repeat, a held one by sight, a taken-back one, a document and a trouble alone."""
    subject = cs.PatientSubject(id=await door.patient("sato"))
    door.record_check("sato", subject=subject)
    door.record_check("yamamoto", subject=cs.PatientSubject(id=await door.patient("yamamoto")))
    await door.push()
    await door.work()
    later(door, minutes=5)
    door.record_check("sato", subject=subject)
    taken_back = door.record_check("suzuki", subject=cs.NotOnList())
    door.record("void", cs.VoidBody(check=taken_back, duty_pass=door.duty_pass, reason="mistaken"))
    visit = await door.visit(subject.id)
    for document in ("insurance_card", "notice"):
        door.record(
            "substitute",
            cs.SubstituteBody(visit=visit, duty_pass=door.duty_pass, reason="no_card", document=document, fields={}),
        )
    door.record(
        "trouble",
        cs.TroubleBody(
            visit=visit, duty_pass=door.duty_pass, category="reader", response="vendor", full_charge=True, note="佐藤"
        ),
    )
    await door.push()
    await door.work()


async def test_a_month_counts_each_check_once_and_a_visit_without_card_once(door: Door) -> None:
    await a_day(door)
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("office", Role.BACK_OFFICE)
        report = (await get(office, "/reports/usage?month=2026-12&other_online_checks=5")).json()
        assert (report["card_checks"], report["other_online_checks"], report["all_checks"]) == (2, 5, 8)
        # The document that was looked at alone is no online check.
        assert report["online_checks"] == 7
        assert (report["usage_rate_percent"], report["exercise"]) == ("28.57", True)
        assert counts(report, "method") == {"insurance_card": 1, "insured_number": 2}
        assert counts(report, "identity") == {"not_recorded": 1, "pin": 2}
        assert counts(report, "assurance") == {"card_signed": 2, "document": 1}
        assert counts(report, "setting") == {"home_visit": 3}
        assert report["by"]["device"] == [{"value": door.device.id, "name": "tablet", "count": 3}]
        assert report["by"]["staff"] == [{"value": door.staff, "name": "訪問", "count": 3}]
        for month in ("2026-11", "2027-01"):
            empty = (await get(office, f"/reports/usage?month={month}")).json()
            assert (empty["all_checks"], empty["usage_rate_percent"]) == (0, None)
        answer = await get(office, "/reports/usage.csv?month=2026-12")
        table = rows(answer.content)
        assert table[0] == ["区分", "月", "項目", "値", "名前", "件数"]
        assert ["訓練 / EXERCISE", "2026-12", "マイナンバーカードによる確認", "", "", "2"] in table
        assert ["訓練 / EXERCISE", "2026-12", "端末", door.device.id, "tablet", "3"] in table
        assert {row[0] for row in table[1:]} == {"訓練 / EXERCISE"}
        assert 'filename="EXERCISE-usage-2026-12.csv"' in answer.headers["content-disposition"]


async def test_patients_asked_about_without_a_card_are_shown_and_count_for_no_rate(door: Door) -> None:
    patient, at = await door.patient("sato"), datetime(2026, 12, 2, 1, 0, tzinfo=UTC)
    async with door.context.database.writing() as session:
        data = VisitData(patient, at, Setting.HOME_VISIT, None, door.device.id, None)
        await add_visit(session, door.context.keys.storage, data, actor="shell", at=door.clock.now())
        await session.commit()
    await plan_day(door.context, date(2026, 12, 2), actor="shell")
    for wait_s in (0, 5, 30, 120):
        later(door, seconds=wait_s)
        await worker.work_once(door.context)
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("office", Role.BACK_OFFICE)
        report = (await get(office, "/reports/usage?month=2026-12")).json()
        assert report["asked_without_card"] == {"before_visit": 1}
        assert (report["online_checks"], report["all_checks"], report["usage_rate_percent"]) == (0, 0, None)
        table = rows((await get(office, "/reports/usage.csv?month=2026-12")).content)
        assert ["カードなしの照会（訪問前の一括照会）", "", "", "1"] in [row[2:] for row in table]
        november = (await get(office, "/reports/usage?month=2026-11")).json()
        assert november["asked_without_card"] == {}


async def test_the_trouble_log_has_what_was_recorded_and_what_was_held(door: Door) -> None:
    await a_day(door)
    (hold,) = await door.rows(HoldRow, HoldRow.reason == HoldReason.ANSWER_INVALID)
    async with door.context.database.writing() as session:
        for decision in (Decision.ASK_INSURER, Decision.PRIVATE_PAYMENT):
            await make_decision(session, door.context, hold.id, decision, reason="佐藤さん", staff=door.staff)
        await session.commit()
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("office", Role.BACK_OFFICE)
        answer = await get(office, "/reports/trouble?since=2026-12-01&until=2026-12-31")
        report = answer.json()
        assert [(line["category"], line["responses"], line["source"]) for line in report["lines"]] == [
            ("invalid", ["insurer_or_call_centre"], "hold"),
            ("reader", ["vendor"], "recorded"),
        ]
        assert report["full_charge_cases"] == 2
        assert {one["code"]: one["count"] for one in report["categories"] if one["count"]} == {
            "invalid": 1,
            "reader": 1,
        }
        assert "佐藤" not in answer.text
        assert (await get(office, "/reports/trouble?since=2026-11-01&until=2026-11-30")).json()["lines"] == []
        table = rows((await get(office, "/reports/trouble.csv?since=2026-12-01&until=2026-12-01")).content)
        assert table[1][:6] == [
            "訓練 / EXERCISE", "2026-12-01", "資格情報が無効", "保険者・コールセンターに連絡をして相談した", "10割",
            "保留",
        ]  # fmt: skip


async def test_open_holds_are_counted_by_reason_and_gone_when_decided(door: Door) -> None:
    await a_day(door)
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("office", Role.BACK_OFFICE)
        (hold,) = (await get(office, "/reports/holds")).json()["items"]
        assert (hold["reason"], hold["count"], hold["severity"]) == ("answer_invalid", 1, "unclean")
        (row,) = await door.rows(HoldRow, HoldRow.reason == HoldReason.ANSWER_INVALID)
        async with door.context.database.writing() as session:
            await make_decision(session, door.context, row.id, Decision.UNKNOWN, reason="x", staff=door.staff)
            await session.commit()
        assert (await get(office, "/reports/holds")).json()["items"] == []


async def test_a_report_is_for_the_back_office_and_a_period_has_an_end(door: Door) -> None:
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("office", Role.BACK_OFFICE)
        await office.add_staff("visitor2", Role.VISITOR)
        visitor, headers = await office.sign_in("visitor2"), await office.sign_in("office")
        for path in ("usage?month=2026-12", "usage.csv?month=2026-12", "holds"):
            refused = await office.client.get(f"/reports/{path}", headers=visitor)
            assert problem(refused) == "role-not-allowed"
        for query in (
            "usage?month=2026-13",
            "usage?month=12",
            "trouble?since=2026-12-02&until=2026-12-01",
            "trouble?since=2025-01-01&until=2026-12-01",
            "trouble?since=0001-01-01&until=0001-01-02",
        ):
            assert problem(await office.client.get(f"/reports/{query}", headers=headers)) == "request-not-valid"
