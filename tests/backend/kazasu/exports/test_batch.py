"""A batch is numbered, the same octets for ever, out once, and withdrawn as a whole."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from harness.door import Door, HoldRow, PatientRow, later, make_door
from harness.office import Office, opened_office, problem
from sqlalchemy import update

import checksync as cs
from kazasu.audit import AuditEntry
from kazasu.checks.reading import read_entry
from kazasu.db import Database
from kazasu.exports.models import ExportFileRow
from kazasu.exports.standing import is_exported
from kazasu.reconciliation.deciding import make_decision
from kazasu.reconciliation.decision import Decision
from kazasu.staff import Role

DAYS = {"since": "2026-12-01", "until": "2026-12-31"}


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> Door:
    return await make_door(database, tmp_path)


async def two_settled(door: Door) -> list[str]:
    """A clean check with its repeat, one settled as old, and one that is held still."""
    for person in ("sato", "yamamoto"):
        door.record_check(person, subject=cs.PatientSubject(id=await door.patient(person)))
    await door.push()
    await door.work()
    (hold,) = await door.rows(HoldRow, HoldRow.closed_at.is_(None))
    async with door.context.database.writing() as session:
        await make_decision(session, door.context, hold.id, Decision.OLD_QUALIFICATION, reason="x", staff=door.staff)
        await session.commit()
    settled = list(door.ids)
    later(door, minutes=5)
    door.record_check("sato")
    door.record_check("suzuki", subject=cs.NotOnList())
    await door.push()
    await door.work()
    return settled


async def fetch(office: Office, batch: str, kind: str, headers: dict[str, str]) -> Any:
    answer = await office.client.get(f"/exports/{batch}/{kind}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


async def test_a_batch_holds_the_settled_checks_once_and_is_repeatable(door: Door) -> None:
    settled = await two_settled(door)
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("office", Role.BACK_OFFICE)
        headers = await office.sign_in("office")
        made = (await office.client.post("/exports", json=DAYS, headers=headers)).json()
        assert (made["number"], made["count"], made["exercise"]) == (1, 2, True)
        assert made["label"] == f"EXERCISE-{door.context.facility.epoch[:8]}-1"
        again = await office.client.post("/exports", json=DAYS, headers=headers)
        assert problem(again) == "nothing-to-export"
        first = {kind: await fetch(office, made["id"], kind, headers) for kind in ("csv", "csv_shift_jis", "fhir")}
        later(door, days=40)
        headers = await office.sign_in("office")
        async with door.context.database.writing() as session:
            await session.execute(update(PatientRow).values(name="別　人"))
            await session.commit()
        for kind, answer in first.items():
            assert (await fetch(office, made["id"], kind, headers)).content == answer.content
        table = list(csv.DictReader(io.StringIO(first["csv"].content.decode("utf-8-sig"), newline="")))
        assert sorted(row["確認ID"] for row in table) == sorted(settled)
        assert sorted(row["請求の方法"] for row in table) == ["current", "old"]
        assert {row["区分"] for row in table} == {"訓練 / EXERCISE"}
        assert all(row["保険者番号"] and row["番号"] for row in table)
        assert [row["摘要"] for row in table if row["請求の方法"] == "old"] == ["旧資格情報"]
        assert "訓練" in first["csv_shift_jis"].content.decode("cp932")
        whole = json.loads(first["fhir"].content)
        kinds = [entry["resource"]["resourceType"] for entry in whole["entry"]]
        assert (kinds.count("Patient"), kinds.count("Coverage")) == (2, 2)
        urls = [entry["fullUrl"] for entry in whole["entry"]]
        assert len(set(urls)) == len(urls)
        assert all(entry["resource"]["meta"]["tag"][0]["code"] == "HTEST" for entry in whole["entry"])
        statuses = {e["resource"].get("status") for e in whole["entry"] if e["resource"]["resourceType"] == "Coverage"}
        assert statuses == {"active", "cancelled"}
    stored = b"".join(row.octets for row in await door.rows(ExportFileRow))
    assert "佐藤".encode() not in stored
    async with door.context.database.reading() as session:
        assert [await is_exported(session, check) for check in (*settled, door.ids[-1])] == [True, True, False]


async def test_a_withdrawn_batch_is_gone_and_its_checks_go_out_again_under_the_next_number(door: Door) -> None:
    await two_settled(door)
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("office", Role.BACK_OFFICE)
        headers = await office.sign_in("office")
        made = (await office.client.post("/exports", json=DAYS, headers=headers)).json()
        url, why = f"/exports/{made['id']}/withdraw", {"reason": "佐藤さんの分を間違えた"}
        withdrawn = await office.client.post(url, json=why, headers=headers)
        assert withdrawn.json()["withdrawn_at"] is not None
        assert problem(await office.client.post(url, json=why, headers=headers)) == "export-withdrawn"
        gone = await office.client.get(f"/exports/{made['id']}/csv", headers=headers)
        assert problem(gone) == "export-withdrawn"
        second = (await office.client.post("/exports", json=DAYS, headers=headers)).json()
        assert (second["number"], second["count"]) == (2, 2)
        page = (await office.client.get("/exports?limit=1", headers=headers)).json()
        assert ([item["number"] for item in page["items"]], page["next"]) == ([2], 2)
        rest = (await office.client.get("/exports?before=2", headers=headers)).json()
        assert ([item["number"] for item in rest["items"]], rest["next"]) == ([1], None)
    actions = [row.action for row in await door.rows(AuditEntry, AuditEntry.subject_type == "export_batch")]
    assert sorted(actions) == ["export_made", "export_made", "export_withdrawn"]
    assert "佐藤" not in "".join(row.details for row in await door.rows(AuditEntry))


async def test_what_cannot_be_exported_is_refused_as_a_problem(door: Door) -> None:
    async with opened_office(door.context, read_entry) as office:
        await office.add_staff("office", Role.BACK_OFFICE)
        await office.add_staff("visitor2", Role.VISITOR)
        headers, visitor = await office.sign_in("office"), await office.sign_in("visitor2")
        client = office.client
        assert problem(await client.post("/exports", json=DAYS, headers=visitor)) == "role-not-allowed"
        assert problem(await client.post("/exports", json=DAYS, headers=headers)) == "nothing-to-export"
        turned = {"since": "2026-12-02", "until": "2026-12-01"}
        assert problem(await client.post("/exports", json=turned, headers=headers)) == "request-not-valid"
        nobody = "0" * 32
        assert problem(await client.get(f"/exports/{nobody}/csv", headers=headers)) == "not-found"
        withdrawal = await client.post(f"/exports/{nobody}/withdraw", json={"reason": "x"}, headers=headers)
        assert problem(withdrawal) == "not-found"
        assert problem(await client.get(f"/exports/{nobody}/pdf", headers=headers)) in (
            "request-not-valid",
            "not-found",
        )
