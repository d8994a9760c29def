"""Declarations over the routes: typed at the desk or recorded by a device, opened for claims alone, looks audited."""

from collections.abc import AsyncIterator
from pathlib import Path

import grimp
import pytest
from harness.declared import ANSWERS, KANA, NAME, post, record, refused, unknown_check
from harness.door import Door, make_door
from harness.office import Office, opened_office
from harness.paper import text_of

import checksync as cs
from kazasu.audit import AuditEntry
from kazasu.checks.models import RecordedEntryRow
from kazasu.checks.reading import read_entry
from kazasu.db import Database
from kazasu.staff import Role


@pytest.fixture
async def door(database: Database, tmp_path: Path, quick_passwords: None) -> Door:
    return await make_door(database, tmp_path)


@pytest.fixture
async def office(door: Door) -> AsyncIterator[Office]:
    async with opened_office(door.context, read_entry) as opened:
        await opened.add_staff("counter", Role.COUNTER)
        await opened.add_staff("back", Role.BACK_OFFICE)
        yield opened


async def test_filling_it_in_tells_what_is_asked_and_stores_nothing(door: Door, office: Office) -> None:
    answer = await post(office, "counter", "/declarations/filled", {"fields": {"scheme": "employees", "sex": "x"}})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["form"] == "2024-12"
    assert "workplace" in found["asked"]
    assert {one["field"]: one["why"] for one in found["faults"]}["sex"] == "unknown_option"
    assert await door.rows(RecordedEntryRow) == []


async def test_one_typed_at_the_desk_is_kept_under_a_key_of_its_own(door: Door, office: Office) -> None:
    check = await unknown_check(door)
    body = {"check": check, "fields": {**ANSWERS, "signature": "on_paper"}}
    answer = await post(office, "counter", "/declarations", body)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["origin"], answer.json()["facts"]) == ("desk", {"form": "2024-12", "signed": "on_paper"})
    assert NAME not in answer.text
    [row] = await door.rows(RecordedEntryRow)
    assert NAME.encode() not in row.fields
    assert door.context.declaration_keys.has(row.id)
    shown = await office.client.get(f"/declarations/{row.id}", headers=await office.sign_in("back"))
    assert shown.json()["fields"]["name"] == NAME
    assert shown.json()["exercise"] is True


async def test_one_that_cannot_serve_is_refused_by_field(door: Door, office: Office) -> None:
    check = await unknown_check(door)
    told = refused(
        await post(office, "counter", "/declarations", {"check": check, "fields": {**ANSWERS, "signature": "x"}}),
        422,
        "declaration-not-complete",
    )
    assert [(fault["field"], fault["why"]) for fault in told["faults"]] == [("signature", "not_a_signature")]
    refused(await post(office, "counter", "/declarations", {"fields": ANSWERS}), 400, "request-not-valid")
    refused(await post(office, "counter", "/declarations", {"check": "ab" * 16, "fields": ANSWERS}), 404, "not-found")
    assert await door.rows(RecordedEntryRow) == []


async def test_a_devices_is_never_taken_out_of_its_entry_and_opens_for_claims_alone(
    door: Door, office: Office, tmp_path: Path
) -> None:
    check = await unknown_check(door)
    record(door, check)
    assert (await door.push_one()).outcome == "accepted"
    [row] = await door.rows(RecordedEntryRow)
    assert (row.fields, row.facts) == (None, {"form": "2024-12", "signed": "strokes"})
    for path in (f"/declarations/{row.id}", f"/declarations/{row.id}/form.pdf"):
        answer = await office.client.get(path, headers=await office.sign_in("counter"))
        refused(answer, 403, "role-not-allowed")
    back = await office.sign_in("back")
    assert (await office.client.get(f"/declarations/{row.id}", headers=back)).json()["fields"] == ANSWERS
    printed = await office.client.get(f"/declarations/{row.id}/form.pdf", headers=back)
    assert printed.headers["content-type"] == "application/pdf"
    assert printed.headers["cache-control"] == "no-store"
    assert "EXERCISE-declaration.pdf" in printed.headers["content-disposition"]
    assert "".join(NAME.split()) in "".join(text_of(tmp_path, printed.content, page=1).split())
    looks = await door.rows(AuditEntry, AuditEntry.action == "declaration_opened")
    assert ['"for":"shown"' in look.details or '"for":"printed"' in look.details for look in looks] == [True, True]
    assert not any(NAME in look.details for look in await door.rows(AuditEntry))
    refused(await office.client.get(f"/declarations/{'ab' * 16}", headers=back), 404, "not-found")


async def test_a_blank_form_is_for_everybody(office: Office, tmp_path: Path) -> None:
    counter = await office.sign_in("counter")
    for version in ("2023-07", "2024-12"):
        blank = await office.client.get(f"/declarations/blank.pdf?form={version}", headers=counter)
        assert blank.status_code == 200, blank.text
        assert "被保険者資格申立書" in text_of(tmp_path, blank.content, page=1)


async def test_a_claim_as_unknown_takes_it_from_the_declaration(door: Door, office: Office) -> None:
    check = await unknown_check(door)
    path = f"/checks/{check}/claim/declared"
    refused(await post(office, "back", path, {"contacted_on": "2026-12-03"}), 404, "not-found")
    record(door, check)
    await door.push()
    refused(await post(office, "counter", path, {}), 403, "role-not-allowed")
    waiting = (await post(office, "back", path, {})).json()
    assert waiting["route"] is None
    assert waiting["closed"][-1]["missing"] == ["contacted"]
    claim = (await post(office, "back", path, {"contacted_on": "2026-12-03"})).json()
    assert claim["route"] == "unknown"
    values = [line["value"] for line in claim["lines"]]
    assert {"77777777", "777777777"} <= set(values)
    assert KANA in claim["clipboard"]
    assert "令和8年12月3日" in claim["clipboard"]


async def test_a_returning_patients_word_counts_as_one(door: Door) -> None:
    visit = await door.visit(await door.patient("kimura"))
    check = door.record_check("kimura", subject=cs.VisitSubject(id=visit))
    body = cs.SubstituteBody(
        check=check, duty_pass=door.duty_pass, reason="line", document="oral_confirmation", fields={}
    )
    door.record("substitute", body)
    await door.push()
    from kazasu.checks.recorded import has_declaration

    async with door.context.database.reading() as session:
        assert await has_declaration(session, check)
        assert not await has_declaration(session, "ab" * 16)


def test_only_claims_and_their_own_rooms_may_open_a_declaration() -> None:
    graph = grimp.build_graph("kazasu", include_external_packages=False, cache_dir=None)
    importers = {
        importer
        for module in graph.find_descendants("kazasu.declarations") | {"kazasu.declarations"}
        for importer in graph.find_modules_that_directly_import(module)
        if not importer.startswith("kazasu.declarations")
    }
    assert importers
    assert {one for one in importers if not one.startswith(ALLOWED)} == set()


ALLOWED = ("kazasu.exports.claiming", "kazasu.cli.declarations", "kazasu.cli.destroy")
"""Never anything medical: no room that shows, asks or compares."""
