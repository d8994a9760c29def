"""The evening before, with the real commands against a served exercise: roster and visits out of files, the bulk
inquiry, the consents registered on the government's page, and what the office sees in the morning."""

import json
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from harness.server import ServedFacility

from kazasu.clock import JAPAN
from kazasu.gateway.simulator import REGISTRY

pytestmark = pytest.mark.slow

_WAIT_S = 90.0


def files(folder: Path) -> tuple[Path, Path]:
    """The simulator's people as a receipt computer's export, and one house call each for tomorrow, in Shift_JIS."""
    tomorrow = (datetime.now(JAPAN) + timedelta(days=1)).date()
    roster = ["カルテ番号,氏名,カナ氏名,生年月日,性別,保険者番号,記号,番号,枝番"]
    visits = ["カルテ番号,訪問日,時刻,区分"]
    for index, person in enumerate(REGISTRY.values()):
        one = (person.current or (person.old,))[0]
        assert one is not None
        number = f"{one.insurer_number.strip()},{one.symbol},{one.number},{one.branch}"
        roster.append(f"{index:04d},{one.name},{one.name_kana},{person.birth_date},{one.sex},{number}")
        visits.append(f"{index:04d},{tomorrow},10:{index:02d},往診")
    written = folder / "roster.csv", folder / "visits.csv"
    for file, lines in zip(written, (roster, visits), strict=True):
        file.write_bytes("\r\n".join(lines).encode("cp932"))
    return written


def taken_over(server: ServedFacility, command: str, file: Path) -> dict[str, Any]:
    shown = json.loads(server.cli("roster", command, str(file), "--json"))
    done: dict[str, Any] = json.loads(server.cli("roster", command, str(file), "--apply", shown["digest"], "--json"))
    return done


def test_in_the_morning_the_office_sees_whom_to_look_at(tmp_path: Path) -> None:
    roster, visits = files(tmp_path)
    with ServedFacility(tmp_path / "server") as server:
        assert taken_over(server, "import", roster)["added"] == len(REGISTRY)
        assert taken_over(server, "import-visits", visits)["added"] == len(REGISTRY)
        planned = json.loads(server.cli("inquire", "--json"))
        assert (planned["asked"], planned["waits_because"]) == (len(REGISTRY), None)
        assert json.loads(server.cli("inquire", "--json"))["already"] == len(REGISTRY)
        assert json.loads(server.cli("fetch-consents", "--json"))["days"] == 2
        deadline = time.monotonic() + _WAIT_S
        while True:
            jobs = server.get("/bulk-inquiries")["items"]
            if all(job["state"] == "done" for job in jobs):
                break
            assert time.monotonic() < deadline, [(job["kind"], job["state"], job["last_error"]) for job in jobs]
            time.sleep(0.5)
        assert sorted(job["kind"] for job in jobs) == ["before_visit", "home_consents", "home_consents"]
        shown = [visit["eligibility"] for visit in server.get("/visits")["items"]]
        by_person = dict(zip(REGISTRY, shown, strict=True))
        flagged = {person: one["result"] for person, one in by_person.items() if one["flagged"]}
        assert flagged == {
            "suzuki_yui": "invalid_newer_exists",
            "yamamoto": "invalid",
            "kimura": "not_found",
            "mori": "several_match",
            "nakamura": "refused",
        }
        assert all(one["simulated"] for one in shown)
        consents = server.get("/fetched-consents", matched="false")["items"]
        assert len(consents) == 2 * sum(bool(person.home_consents) for person in REGISTRY.values())
        assert "error" not in server.log.read_text("utf-8").lower()
        server.cli("audit", "verify")
