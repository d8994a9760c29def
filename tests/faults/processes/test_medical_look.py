"""A look on a real device at a real server: shown, closed by a withdrawal at the office, and nothing of it on any disk.

Searched are the device's folder and the server's: its database with the write-ahead log, journal, keys, logs. A process
that shows it is killed in the middle.
"""

import json
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from harness.device_process import DeviceProcess
from harness.server import PASSWORD, ServedFacility

from kazasu.gateway.simulator.registry import REGISTRY
from mynacard.emulator import PEOPLE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

YOSHIDA = PEOPLE["yoshida"]
SIGNED = ("--staff", "hanako", "--password-stdin")


def values_of(shown: dict[str, Any]) -> list[str]:
    found = [value for section in shown["sections"] for entry in section["entries"] for _, value in entry]
    assert found
    return found


def found_in(folder: Path, values: list[str]) -> list[str]:
    contents = {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    assert contents
    return [
        f"{value} in {name}"
        for name, content in contents.items()
        for value in values
        for form in (value.encode(), value.encode("utf-16-le"), json.dumps(value).strip('"').encode())
        if form in content
    ]


def listed(server: ServedFacility) -> str:
    insured = REGISTRY["yoshida"].current[0]
    patient = server.post(
        "/patients",
        {
            "chart_number": "D1", "name": insured.name, "name_kana": insured.name_kana,
            "birth_date": YOSHIDA.birth_date.isoformat(), "sex": "2",
            "insured_number": {
                "insurer_number": insured.insurer_number.strip(), "symbol": insured.symbol,
                "number": insured.number, "branch": insured.branch,
            },
        },
    )["id"]  # fmt: skip
    return str(patient)


def open_check(device: DeviceProcess, patient: str) -> str:
    """A check with consent to medication, and the one that was given on the government's page."""
    done = device.run(
        "check", "--type", "home_consent", "--setting", "house_call", "--subject", f"patient:{patient}",
        "--consent", "medication", "--reader", "emulator:yoshida", "--pin-stdin", "--staff", "hanako",
        "--wait", "20", typed=f"{YOSHIDA.jpki_pin}\n",
    )  # fmt: skip
    assert done.code == 0, done.stdout + done.stderr
    check = str(done.result["check"])
    told = device.run(
        "substitute", "--check", check, "--document", "government_consent", "--reason", "consent",
        "--staff", "hanako", "--wait", "20", typed="{}",
    )  # fmt: skip
    assert told.code == 0, told.stdout + told.stderr
    return check


def until_open(device: DeviceProcess, check: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while True:
        done = device.run("medical", check, "--kind", "medication", *SIGNED, typed=f"{PASSWORD}\n")
        if done.code == 0:
            return done.result
        assert time.monotonic() < deadline, done.stdout + done.stderr
        time.sleep(0.5)


def test_a_look_is_shown_closed_by_a_withdrawal_and_on_no_disk(tmp_path: Path) -> None:
    with ServedFacility(tmp_path / "clinic") as server:
        server.add_staff("hanako")
        device = DeviceProcess(tmp_path / "tablet")
        device.enrol_at(server)
        device.sign_in("hanako")
        patient = listed(server)
        check = open_check(device, patient)
        shown = until_open(device, check)
        assert (shown["exercise"], shown["simulated"]) == (True, True)
        # The mark of an exercise stands in other answers too; what was recorded does not.
        values = [value for value in values_of(shown) if value != "訓練 EXERCISE" and not value.isdigit()]
        assert values

        watching = device.start(
            "medical", check, "--kind", "medication", *SIGNED, "--watch", "60", typed=f"{PASSWORD}\n"
        )
        assert watching.stdout is not None
        assert watching.stderr is not None
        assert values[0] in watching.stdout.readline()
        taken = server.post(f"/patients/{patient}/consents/withdrawals", {"because": "patient_said"})
        assert taken["kinds"] == ["medication"]
        assert watching.wait(30) == 0
        assert "consent_withdrawn" in watching.stderr.read()
        refused = device.run("medical", check, "--kind", "medication", *SIGNED, typed=f"{PASSWORD}\n")
        assert refused.code == 1
        assert refused.result["reasons"] == ["consent_withdrawn"]

        again = open_check(device, patient)
        until_open(device, again)
        killed = device.start("medical", again, "--kind", "medication", *SIGNED, "--watch", "60", typed=f"{PASSWORD}\n")
        assert killed.stdout is not None
        assert values[0] in killed.stdout.readline()
        killed.send_signal(signal.SIGKILL)
        assert killed.wait(30) == -signal.SIGKILL
        for process in (watching, killed):
            for pipe in (process.stdin, process.stdout, process.stderr):
                assert pipe is not None
                pipe.close()
        assert found_in(tmp_path / "tablet", values) == []
        server.cli("backup", str(tmp_path / "backup"))
        server.kill()
    assert found_in(tmp_path / "clinic", values) == []
    for value in values:
        assert value.encode() not in (tmp_path / "backup").read_bytes()


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "kazasu.db").write_bytes(b"\0" + "訓練錠A 5mg".encode("utf-16-le"))
    assert found_in(tmp_path, ["訓練錠A 5mg"]) == ["訓練錠A 5mg in kazasu.db"]
