"""Every clock: real device processes whose clock is years off, jumps back, changes its zone or races, against a served
facility. Order comes from numbers, the true time from anchors, and nothing keeps anybody from recording.
"""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from harness.device_process import DeviceProcess, Done
from harness.faked_clock import clock_at, faketime, racing_clock
from harness.server import ServedFacility
from harness.shaky_line import ShakyLine

from mynacard.emulator import PEOPLE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(faketime() is None, reason="libfaketime is not installed"),
]

YEARS = {"behind": "-3652d", "ahead": "+3652d"}
TOLERANCE = timedelta(minutes=5)


class Tablet:
    """A device whose every command runs by a clock that a test sets."""

    def __init__(self, server: ServedFacility, folder: Path, url: str | None = None) -> None:
        self.server = server
        self.process = DeviceProcess(folder / "tablet")
        self.plain = dict(self.process.environment)
        code = server.cli("device-code", "--url", url or server.url).split()[-1]
        asked = self.process.run("enrol", "--code-stdin", "--name", "tablet", typed=code + "\n")
        assert asked.code == 0, asked.stdout + asked.stderr
        server.confirm(asked.result["device"], asked.result["thumbprint"])
        assert self.process.run("enrol", "--wait", "10").code == 0
        self.process.sign_in("hanako")

    def set_clock(self, offset: str | None = None, zone: str = "UTC") -> None:
        self.process.environment = self.plain | ({} if offset is None else clock_at(offset, zone))

    def check(self, person: str, *options: str) -> Done:
        done = self.process.run(
            "check", "--type", "home_consent", "--setting", "home_visit", "--subject", "not-on-list",
            "--reader", f"emulator:{person}", "--pin-stdin", *options, typed=f"{PEOPLE[person].jpki_pin}\n",
        )  # fmt: skip
        assert done.code == 0, done.stdout + done.stderr
        assert done.result["recorded"] is True
        return done

    def status(self) -> dict[str, Any]:
        done = self.process.run("status")
        assert done.code == 0, done.stdout + done.stderr
        return done.result

    def on_server(self, check: str) -> tuple[dict[str, Any], set[str]]:
        """The check, and the reasons of its holds."""
        found = self.server.get(f"/checks/{check}")
        return found["check"], {hold["reason"] for hold in found["holds"]}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedFacility]:
    """Plain HTTP on loopback: no certificate has to be valid, so that a wrong clock reaches the server."""
    with ServedFacility(tmp_path_factory.mktemp("clinic"), tls="none") as server:
        server.add_staff("hanako")
        yield server


@pytest.fixture(scope="module")
def tablet(server: ServedFacility, tmp_path_factory: pytest.TempPathFactory) -> Tablet:
    return Tablet(server, tmp_path_factory.mktemp("device"))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("direction", YEARS)
def test_a_clock_years_off_gets_a_token_and_its_checks_are_held_at_the_true_time(
    tablet: Tablet, direction: str
) -> None:
    tablet.set_clock(YEARS[direction])
    began = datetime.now(UTC)
    done = tablet.check("sato")
    # The assertion carries no time of the device, and the token is judged by the server's clock.
    assert done.result["sent"] is True
    check, holds = tablet.on_server(done.result["check"])
    assert "device_time_implausible" in holds
    believed = moment(check["device_checked_at"])
    assert abs(believed - began) > timedelta(days=3650), "kept as what the device believed"
    assert began - TOLERANCE < moment(check["checked_at"]) < datetime.now(UTC) + TOLERANCE
    assert moment(check["recorded_after"]) <= moment(check["checked_at"]) <= moment(check["received_at"])


def test_a_clock_that_jumps_back_between_two_checks_changes_no_order(tablet: Tablet) -> None:
    tablet.set_clock("+2m")
    first = tablet.check("sato", "--not-again").result
    tablet.set_clock("-2m")
    second = tablet.check("suzuki").result
    tablet.set_clock()
    assert (first["log"], first["number"] + 1) == (second["log"], second["number"])
    (one, one_holds), (two, two_holds) = (tablet.on_server(done["check"]) for done in (first, second))
    assert moment(two["device_checked_at"]) < moment(one["device_checked_at"])
    # Within the tolerance of a clinic's clocks it is no matter for anybody.
    assert "device_time_implausible" not in one_holds | two_holds
    listed = tablet.process.run("queue").result["entries"]
    numbers = [entry["number"] for entry in listed if entry["log"] == first["log"]]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles", "Pacific/Kiritimati"])
def test_a_zone_is_how_a_clock_is_shown_and_no_other_time(tablet: Tablet, zone: str) -> None:
    tablet.set_clock("+0", zone)
    before = datetime.now(UTC)
    done = tablet.check("kimura").result
    tablet.set_clock()
    check, holds = tablet.on_server(done["check"])
    assert "device_time_implausible" not in holds
    assert before - TOLERANCE < moment(check["device_checked_at"]) < datetime.now(UTC) + TOLERANCE


def test_a_clock_that_races_hurries_nothing(tablet: Tablet, server: ServedFacility, tmp_path: Path) -> None:
    """Waiting is measured by the monotonic clock: a minute that lasts ten milliseconds ends no wait."""
    tablet.check("watanabe", "--no-sync")
    server.stop()
    try:
        tablet.process.environment = tablet.plain | racing_clock(6000, tmp_path)
        began = time.monotonic()
        # Longer than the longest first pause, so that whatever the chance is, there is one.
        done = tablet.process.run("sync", "--wait", "10")
        took = time.monotonic() - began
        raced = tablet.status()
    finally:
        tablet.set_clock()
        server.start()
    assert done.code == 1
    assert "Traceback" not in done.stderr
    assert moment(raced["device_time"]) - datetime.now(UTC) > timedelta(minutes=10), "the clock did race"
    assert took > 1.0, "it tried again after a pause"
    assert tablet.process.run("sync", "--wait", "20").code == 0


@pytest.mark.parametrize("direction", YEARS)
def test_where_tls_fails_on_the_clock_the_person_is_told_what_to_set_and_recording_goes_on(
    tmp_path: Path, direction: str
) -> None:
    with ServedFacility(tmp_path / "clinic") as server, ShakyLine(server.port) as line:
        server.add_staff("hanako")
        tablet = Tablet(server, tmp_path, f"https://localhost:{line.port}")
        tablet.set_clock(YEARS[direction])
        done = tablet.check("sato")
        assert (done.result["sent"], done.result["failure"]) == (False, "clock-wrong")
        for word in ("日付", "タイムゾーン", "date", "time zone"):
            assert word in done.stderr
        status = tablet.status()
        assert status["queue"]["state"] == "clock_wrong"
        off = moment(status["device_time"]) - moment(status["anchor_time"])
        assert abs(off) > timedelta(days=3650)
        connections = line.connections
        began = time.monotonic()
        waited = tablet.process.run("sync", "--wait", "30")
        assert (waited.code, line.connections) == (1, connections + 1), "asked once, and not in a hurry again"
        assert time.monotonic() - began < 25
        assert re.search("date|日付", waited.stderr)
        # Recorded all the same; and once the clock is set everything arrives, held for its time.
        second = tablet.check("kimura", "--no-sync")
        tablet.set_clock()
        assert tablet.process.run("sync", "--wait", "20").code == 0
        assert tablet.status()["queue"]["state"] == "empty"
        for result in (done.result, second.result):
            check, holds = tablet.on_server(result["check"])
            assert "device_time_implausible" in holds
            assert moment(check["recorded_after"]) <= moment(check["checked_at"]) <= moment(check["received_at"])
