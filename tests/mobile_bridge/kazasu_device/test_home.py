"""The device's directory."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kazasu_device.errors import HomeBusyError, HomeUnusableError, NotEnrolledError
from kazasu_device.home import DeviceSettings, Home, default_path
from kazasu_device.lock import locked
from kazasu_device.storage import write_durably

SETTINGS = DeviceSettings(
    name="tablet 1", server_url="https://clinic.example", facility="fa", device="d1", thumbprint="A" * 43
)


def test_the_directory_is_for_its_owner_alone(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o755)
    home = Home(tmp_path / "home")
    home.make()
    assert stat.S_IMODE(home.path.stat().st_mode) == 0o700


def test_the_environment_says_where_the_directory_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAZASU_DEVICE_HOME", str(tmp_path / "here"))
    assert default_path() == tmp_path / "here"


def test_settings_are_read_as_they_were_written(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.write(home.settings_file, SETTINGS)
    assert home.settings() == SETTINGS
    assert stat.S_IMODE(home.settings_file.stat().st_mode) == 0o600


def test_a_directory_without_settings_is_not_enrolled(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert not home.is_enrolled
    with pytest.raises(NotEnrolledError):
        home.settings()
    with pytest.raises(NotEnrolledError):
        home.signing_key()


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.settings_file.write_bytes(b"{")
    with pytest.raises(HomeUnusableError) as caught:
        home.settings()
    assert caught.value.data() == {"problem": "damaged:device.json"}


def test_a_file_is_the_old_or_the_new_one_when_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    write_durably(file, b"old")

    def fail(_: int) -> None:
        raise OSError("no space")

    monkeypatch.setattr("kazasu_device.storage.os.fsync", fail)
    with pytest.raises(OSError, match="no space"):
        write_durably(file, b"new")
    assert file.read_bytes() == b"old"
    assert [found.name for found in tmp_path.iterdir()] == ["file"]


def test_the_lock_holds_between_processes_and_falls_with_its_holder(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    program = (
        "import sys, time; from pathlib import Path; from kazasu_device.lock import locked\n"
        "with locked(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(lock)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(HomeBusyError), locked(lock, wait_s=0.05):
            pass
        holder.kill()
    with locked(lock, wait_s=5):
        pass
