"""The file that is carried by hand: what is not acknowledged, as the server takes it, and nothing marked as sent."""

import base64
import json
from pathlib import Path

import pytest
from harness.device import Tablet, direct_server, direct_session
from harness.outbox_device import trouble

from checksync.acceptance import EnrolledDevice
from checksync.direct_transport import Fault
from checksync.outbox import Batch
from kazasu_device.errors import HomeUnusableError
from kazasu_device.export import export


@pytest.fixture
def tablet(tmp_path: Path) -> Tablet:
    return Tablet(tmp_path / "home")


def test_the_file_holds_what_is_out_and_the_server_takes_it_and_a_later_sync_is_harmless(
    tablet: Tablet, tmp_path: Path
) -> None:
    server = direct_server(tablet)
    enrolled = EnrolledDevice(tablet.clinic.facility, tablet.key.verifying_key)
    with direct_session(tablet, server, lambda: Fault.NONE) as session:
        device = session.device
        for number in range(5):
            device.record(trouble(f"number {number}"))
        with device.outbox._database.transaction() as connection:
            connection.execute("UPDATE entry SET sealed = zeroblob(length(sealed)) WHERE number = 3")
        done = export(device, tmp_path / "carried.jsonl")
        assert (done.lines, done.entries, done.gaps) == (3, 4, 1)
        assert device.outbox.state().waiting == 5
        octets = (tmp_path / "carried.jsonl").read_bytes()
        assert b"number 1" not in octets
        first, *lines, last = [json.loads(line) for line in octets.decode().splitlines()]
        assert first["format"] == "kazasu-export-v1"
        assert (first["facility"], first["device"]) == (device.settings.facility, tablet.key.thumbprint)
        assert last == {"end": 3}
        assert [sorted(line) for line in lines] == [["log", "push"], ["gap", "log"], ["log", "push"]]
        genesis = base64.b64decode(lines[0]["push"]["genesis"])
        assert b'"kazasu-log-v1"' in genesis
        for line in lines:
            body = json.dumps(line.get("push") or line.get("gap")).encode()
            take = server.receive_entries if "push" in line else server.receive_gap
            assert take(line["log"], body, enrolled).status == 200
        report = session.exchange.round().report
        assert report.is_complete
        assert not report.closed_logs
    stored = server.storage.logs[lines[0]["log"]]
    assert sorted(stored.entries) == [1, 2, 4, 5]


def test_what_was_acknowledged_is_not_carried(tablet: Tablet, tmp_path: Path) -> None:
    with direct_session(tablet, direct_server(tablet), lambda: Fault.NONE) as session:
        session.device.record(trouble("one"))
        assert session.exchange.round().report.is_complete
        session.device.record(trouble("two"))
        (found,) = session.device.outbox.everything_out()
        assert isinstance(found, Batch)
        assert (found.first, found.last) == (2, 2)


def test_a_place_that_cannot_be_written_is_said(tablet: Tablet, tmp_path: Path) -> None:
    with (
        direct_session(tablet, direct_server(tablet), lambda: Fault.NONE) as session,
        pytest.raises(HomeUnusableError) as caught,
    ):
        export(session.device, tmp_path / "no such folder" / "carried.jsonl")
    assert caught.value.problem == "not_writable"
