"""A pcscd of our own: nothing of it listens on the host, and any number of runs go side by side.

pcscd, vpcd and the card's connection live in a mount and network namespace; clients outside reach pcscd through its
unix socket, whose path PCSCLITE_CSOCK_NAME tells them. Needs root, pcscd, vsmartcard-vpcd, iproute2 and util-linux.
"""

import ctypes
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import pytest

from mynacard.emulator import VirtualCard
from mynacard.emulator.interface import ATRS
from mynacard.emulator.vpcd import NOTICED_AFTER_S, VpcdFront
from mynacard.emulator.vpcd_slot import SLOTS

VPCD_DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
FIRST_SLOT, SECOND_SLOT = (slot.reader for slot in SLOTS)
PORTS = {slot.reader: slot.port for slot in SLOTS}

_CLONE_NEWNET = 0x40000000
_SOCKET_NAME = "PCSCLITE_CSOCK_NAME"

# `cat` ends when our end of its standard input closes, so that nothing outlives a killed test run.
_HOLDER = """
set -e
ip link set lo up
mount -t tmpfs none /run
mkdir /run/pcscd
mount --bind "$1" /run/pcscd
echo ready
exec cat
"""


def missing_parts() -> list[str]:
    """What this machine lacks for a private pcscd; empty where nothing is missing."""
    missing = [name for name in ("pcscd", "ip", "unshare", "nsenter", "setpriv") if shutil.which(name) is None]
    if not VPCD_DRIVER.exists():
        missing.append("vsmartcard-vpcd")
    if os.geteuid() != 0:
        missing.append("root")
    return missing


def wait_until(condition: Callable[[], object], what: str, timeout_s: float = 10.0) -> None:
    """Poll until it holds; AssertionError says what did not come."""
    until = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(f"not within {timeout_s} s: {what}")
        time.sleep(0.01)


class PrivatePcscd:
    """One pcscd in namespaces of its own. Its socket's path stays the same over restarts."""

    def __init__(self, sockets: Path | None = None) -> None:
        """`sockets` is the folder for its socket; without one it makes one."""
        self._sockets = sockets or Path(tempfile.mkdtemp(prefix="pcscd-"))
        self._is_ours = sockets is None
        self._holder: subprocess.Popen[str] | None = None
        self._daemon: subprocess.Popen[bytes] | None = None
        self._emptied_at = 0.0

    def __enter__(self) -> "PrivatePcscd":
        self._holder = subprocess.Popen(
            ["unshare", "-mn", "sh", "-c", _HOLDER, "sh", str(self._sockets)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == "ready\n", "the namespaces could not be made"
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if self._holder is not None:
            self._holder.communicate()
        if self._is_ours:
            shutil.rmtree(self._sockets)

    @property
    def socket(self) -> Path:
        """What PCSCLITE_CSOCK_NAME has to say."""
        return self._sockets / "pcscd.comm"

    @property
    def environment(self) -> dict[str, str]:
        """The environment for a client process."""
        return {**os.environ, _SOCKET_NAME: str(self.socket)}

    @property
    def is_running(self) -> bool:
        return self._daemon is not None

    def start(self) -> None:
        """Start pcscd; returns when it takes clients."""
        # A dead one's socket may lie there still; it is no sign of life.
        self.socket.unlink(missing_ok=True)
        command = ["setpriv", "--pdeathsig", "KILL", "pcscd", "--foreground"]
        self._daemon = subprocess.Popen(self._inside(command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self.socket.exists, "pcscd's socket")

    def stop(self) -> None:
        """Stop it as a service manager does; its readers are gone at once."""
        self._end(kill=False)

    def kill(self) -> None:
        """Kill it; its socket stays behind, as after a crash."""
        self._end(kill=True)

    def popen(self, command: Sequence[str], **options: object) -> "subprocess.Popen[str]":
        """Start a process that lives beside pcscd and can reach vpcd's ports."""
        return subprocess.Popen(self._inside(command), text=True, **options)  # type: ignore[call-overload,no-any-return]

    @contextmanager
    def inserted(
        self, card: VirtualCard, slot: str = FIRST_SLOT, *, back_after_s: float | None = 1.0, atr: str = "b1"
    ) -> Iterator[VpcdFront]:
        """The card in a slot, known to pcscd; pulled at the end. It stays an object of this process."""
        front = VpcdFront(card, port=PORTS[slot], back_after_s=back_after_s, atr=ATRS[atr])
        power_ups = card.power_ups
        self.wait_until_noticed()
        thread = threading.Thread(target=self.run_inside, args=(front.run,), name="virtual-card", daemon=True)
        thread.start()
        try:
            wait_until(lambda: card.power_ups > power_ups, "pcscd powers the card")
            yield front
        finally:
            front.stop()
            thread.join(10)
            self._emptied_at = time.monotonic()
            assert not thread.is_alive(), "the card's connection did not end"

    @property
    def _holder_id(self) -> int:
        assert self._holder is not None
        return self._holder.pid

    def _inside(self, command: Sequence[str]) -> list[str]:
        return ["nsenter", "--target", str(self._holder_id), "--mount", "--net", "--", *command]

    def wait_until_noticed(self) -> None:
        """Until pcscd has seen that the cards pulled last are gone."""
        time.sleep(max(0.0, self._emptied_at + NOTICED_AFTER_S - time.monotonic()))

    def run_inside(self, run: Callable[[], object]) -> None:
        """Run in this thread, which lives beside pcscd from now on and can reach vpcd's ports; end it afterwards.

        A thread can be in another network than its process; its sockets, and the threads that it starts, are there.
        """
        network = os.open(f"/proc/{self._holder_id}/ns/net", os.O_RDONLY)
        try:
            if ctypes.CDLL(None, use_errno=True).setns(network, _CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
        finally:
            os.close(network)
        run()

    def _end(self, *, kill: bool) -> None:
        if self._daemon is None:
            return
        if kill:
            self._daemon.kill()
        else:
            self._daemon.terminate()
        self._daemon.wait(10)
        self._daemon = None


_FOLDER = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    # libpcsclite reads the path once in a process and keeps it, so it is set before any test can load it. Until a test
    # asks for the fixture there is no service, whatever runs on this machine.
    config.stash[_FOLDER] = Path(tempfile.mkdtemp(prefix="pcscd-"))
    os.environ[_SOCKET_NAME] = str(config.stash[_FOLDER] / "pcscd.comm")


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(config.stash[_FOLDER], ignore_errors=True)


@pytest.fixture(scope="session")
def pcscd_of_the_session(pytestconfig: pytest.Config) -> Iterator[PrivatePcscd]:
    """One for the whole run of this process."""
    missing = missing_parts()
    if missing:
        pytest.skip("no private pcscd without " + ", ".join(missing))
    with PrivatePcscd(pytestconfig.stash[_FOLDER]) as pcscd:
        yield pcscd


@pytest.fixture
def pcscd(pcscd_of_the_session: PrivatePcscd) -> PrivatePcscd:
    """The running pcscd, both slots empty; started again if a test stopped it."""
    if not pcscd_of_the_session.is_running:
        pcscd_of_the_session.start()
    pcscd_of_the_session.wait_until_noticed()
    return pcscd_of_the_session
