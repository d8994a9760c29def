"""What is in memory alone stays there."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kazasu_device.memory import MemoryKept, keep_memory_off_disk

_PROGRAM = """
import os, sys
from kazasu_device.memory import keep_memory_off_disk
if sys.argv[1] == "keep": print(keep_memory_off_disk(), flush=True)
secret = b"the day key of this " + b"process" * 3
held = bytearray(8_000_000)
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(status["VmLck"].split()[0], status["VmSwap"].split()[0], status.get("CoreDumping", "0").strip())
os.abort()
"""

linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone says what became of a process's memory")


@linux
@pytest.mark.slow
@pytest.mark.parametrize("how", ["keep", "leave"])
def test_a_process_that_dies_leaves_no_dump_and_nothing_in_swap(tmp_path: Path, how: str) -> None:
    """Where this system writes core files at all, the same death without the precaution leaves one."""
    import resource

    ran = subprocess.run(
        [sys.executable, "-c", _PROGRAM, how], cwd=tmp_path, capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2
        ),
    )  # fmt: skip
    assert ran.returncode == -signal.SIGABRT
    locked, swapped, _ = ran.stdout.splitlines()[-1].split()
    if how == "leave":
        assert int(locked) == 0
        return
    assert list(tmp_path.iterdir()) == []
    assert "has_no_dump=True" in ran.stdout
    if os.geteuid() == 0:
        assert "is_off_swap=True" in ran.stdout
        assert int(locked) > 8_000
        assert int(swapped) == 0


def test_elsewhere_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kazasu_device.memory.sys.platform", "win32")
    assert keep_memory_off_disk() == MemoryKept(has_no_dump=False, is_off_swap=False)


def test_a_system_without_the_calls_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_library(*_: object, **__: object) -> object:
        raise OSError

    monkeypatch.setattr("kazasu_device.memory.ctypes.CDLL", no_library)
    assert keep_memory_off_disk() == MemoryKept(has_no_dump=False, is_off_swap=False)
