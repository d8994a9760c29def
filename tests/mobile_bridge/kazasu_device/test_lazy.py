"""A command of the device loads what it needs: the HTTP client only where something is sent."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from harness.device import Tablet

HTTP = ("httpx", "httpcore", "anyio")
SERVER_SIDE = ("checksync.acceptance", "checksync.direct_transport", "checksync.memory_log_storage", "asyncio")


def _loaded(home: Path, *arguments: str, unwanted: tuple[str, ...], typed: str = "") -> tuple[int, list[str], str]:
    """The exit status of a command in a process of its own, and what of the unwanted it had loaded at its end."""
    program = (
        "import sys; from kazasu.cli import main\n"
        f"try: main({['device', *arguments]!r})\n"
        "except SystemExit as ended: code = ended.code or 0\n"
        f"print('loaded:', code, *[name for name in {unwanted!r} if name in sys.modules], file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "KAZASU_DEVICE_HOME": str(home)},
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )
    [said] = [line for line in ran.stderr.splitlines() if line.startswith("loaded: ")]
    code, *found = said.removeprefix("loaded: ").split()
    return int(code), found, ran.stdout + ran.stderr


@pytest.fixture
def enrolled(tmp_path: Path) -> Path:
    tablet = Tablet(tmp_path / "device")
    tablet.open().close()
    return tablet.path


@pytest.mark.slow
@pytest.mark.parametrize("command", ["status", "queue"])
def test_looking_at_the_device_loads_neither_the_http_client_nor_the_servers_half_of_the_sync(
    enrolled: Path, command: str
) -> None:
    code, found, output = _loaded(enrolled, command, "--json", unwanted=HTTP + SERVER_SIDE)
    assert code == 0, output
    assert found == []


@pytest.mark.slow
def test_recording_without_sending_loads_no_http_client(enrolled: Path) -> None:
    arguments = ("substitute", "--visit", "ab" * 16, "--document", "insurance_card", "--reason", "card", "--no-sync")
    code, found, output = _loaded(enrolled, *arguments, "--json", unwanted=HTTP, typed='{"branch":"00"}')
    assert (code, found) == (0, []), output
    assert '"recorded": true' in output


@pytest.mark.slow
def test_the_face_of_the_sync_loads_a_room_when_its_name_is_asked_for() -> None:
    program = (
        "import sys, checksync\n"
        "rooms = lambda: [name for name in sys.modules if name.startswith('checksync.')]\n"
        "assert rooms() == [], rooms()\n"
        "assert checksync.new_identifier()\n"
        "assert rooms() == ['checksync.identifier'], rooms()"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
