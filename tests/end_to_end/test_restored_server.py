"""A server restored from its backup, and entries carried by hand: every program a process of its own."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from harness.device_process import DeviceProcess, Done
from harness.server import ServedFacility

from mynacard.emulator import PEOPLE

pytestmark = pytest.mark.slow

STAFF = "hanako"


def check(tablet: DeviceProcess, person: str, *options: str) -> dict[str, Any]:
    done = tablet.run(
        "check", "--type", "home_consent", "--setting", "home_visit", "--subject", "not-on-list",
        "--reader", f"emulator:{person}", "--pin-stdin", *options, typed=f"{PEOPLE[person].jpki_pin}\n",
    )  # fmt: skip
    assert done.code == 0, done.stdout + done.stderr
    return done.result


def checks_at(server: ServedFacility) -> dict[str, str]:
    return {found["id"]: found["state"] for found in server.get("/checks", limit=200)["items"]}


def synced(done: Done) -> dict[str, Any]:
    assert done.code == 0, done.stdout + done.stderr
    return done.result


def test_a_days_old_backup_loses_nothing_and_the_devices_do_it_by_themselves(tmp_path: Path) -> None:
    server = ServedFacility(tmp_path / "clinic")
    with server:
        server.add_staff(STAFF)
        tablet, lost = DeviceProcess(tmp_path / "tablet"), DeviceProcess(tmp_path / "lost")
        tablet.enrol_at(server)
        revoked = lost.enrol_at(server, "tablet 2")["device"]
        tablet.sign_in(STAFF)
        before = check(tablet, "sato")["check"]
        # While it runs.
        made = json.loads(server.cli("backup", str(tmp_path / "backup"), "--json"))
        assert (made["logs"], made["entries"]) == (1, 1)
        after = check(tablet, "takahashi")["check"]
        server.revoke(revoked)
        first = checks_at(server)
        assert set(first) == {before, after}
    restored = json.loads(server.cli("restore", str(tmp_path / "backup"), "--json"))
    assert restored["replayed"]["device_revoked"] == 1
    with server:
        assert server.office.get("/checks").status_code == 503
        assert [log["is_refilled"] for log in server.get("/restoration")["logs"]] == [False]
        # Nobody does anything but what the device does anyway.
        synced(tablet.run("sync"))
        assert server.get("/restoration") is None
        assert set(checks_at(server)) == {before, after}
        states = {found["id"]: found["state"] for found in json.loads(server.cli("devices", "list", "--json"))}
        assert states[revoked] == "revoked"
        again = check(tablet, "ito", "--wait", "10")
        assert again["recorded"]
        deadline = time.monotonic() + 30
        while "asking" in checks_at(server).values() and time.monotonic() < deadline:
            time.sleep(0.2)
        assert set(checks_at(server)) == {before, after, again["check"]}
        # The duty pass of before the restore still stands behind what it signed for.
        reasons = {hold["reason"] for hold in server.get("/holds", limit=200)["items"]}
        assert "staff_not_on_duty" not in reasons, reasons
        assert json.loads(server.cli("audit", "verify", "--json"))["ok"]
        server.cli("evidence", after, "--output", str(tmp_path / "evidence.json"))
    judged = json.loads(server.cli("evidence", "--verify", str(tmp_path / "evidence.json"), "--json"))
    verdicts = {found["name"]: found["verdict"] for found in judged["findings"]}
    assert judged["holds"]
    assert (verdicts["card_signed"], verdicts["device_signed"], verdicts["on_duty"]) == ("shown", "shown", "shown")


def test_what_a_device_cannot_send_is_carried_by_hand_and_syncs_later_without_harm(tmp_path: Path) -> None:
    server = ServedFacility(tmp_path / "clinic")
    with server:
        server.add_staff(STAFF)
        tablet = DeviceProcess(tmp_path / "tablet")
        tablet.enrol_at(server)
        tablet.sign_in(STAFF)
    recorded = {check(tablet, person)["check"] for person in ("sato", "takahashi")}
    carried = tmp_path / "carried.kazasu"
    assert synced(tablet.run("export", str(carried)))["entries"] == 2
    with server:
        taken = json.loads(server.cli("import", str(carried), "--json"))
        assert (taken["already_had"], taken["problems"], taken["is_complete"]) == (0, [], True)
        assert taken["accepted"] + taken["held"] == 2
        assert set(checks_at(server)) == recorded
        synced(tablet.run("sync"))
        assert set(checks_at(server)) == recorded
        again = json.loads(server.cli("import", str(carried), "--json"))
        assert (again["accepted"], again["already_had"], again["is_complete"]) == (0, 2, True)
        assert set(checks_at(server)) == recorded
