"""The device's directory: what it is, what it may know at rest, and where things lie in it.

Everything here can be read by whoever finds the device: keys of the device, statements and settings of the server,
sealed entries that the device cannot open, and what it received as ciphertext. Nothing of a patient in clear.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal, TypeVar

import msgspec

from checksync.encoding import Identifier, MalformedError, Record, Thumbprint, decode, encode
from checksync.key import KeyFormError, SigningKey
from kazasu_device.errors import HomeUnusableError, NotEnrolledError
from kazasu_device.lock import locked
from kazasu_device.policy import Policy
from kazasu_device.storage import write_durably

ENVIRONMENT: Final = "KAZASU_DEVICE_HOME"

R = TypeVar("R", bound=msgspec.Struct)


class DeviceSettings(Record, frozen=True, kw_only=True):
    """What enrolment fixed: whose device this is, and where its server is."""

    format: Literal["kazasu-device-v1"] = "kazasu-device-v1"
    name: str
    server_url: str
    facility: Identifier
    device: str
    """The id by which the server knows this device."""
    thumbprint: Thumbprint


def default_path() -> Path:
    """Where the platform keeps an application's state; KAZASU_DEVICE_HOME overrides."""
    chosen = os.environ.get(ENVIRONMENT)
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home()))) / "Kazasu" / "device"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Kazasu" / "device"
    return Path(os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")) / "kazasu-device"


class Home:
    """A device's directory. Making the object touches nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.settings_file = path / "device.json"
        self.key_file = path / "device-key.pem"
        self.root_file = path / "server-root.pem"
        self.policy_file = path / "policy.json"
        self.duty_file = path / "duty.json"
        self.anchor_file = path / "anchor.json"
        self.seen_file = path / "feed-seen.json"
        self.outbox_file = path / "outbox.db"
        self.received_file = path / "received.db"
        self._lock_file = path / "lock"

    def __repr__(self) -> str:
        return "<Home>"

    def make(self) -> None:
        """Makes the directory, or tightens the one that is there, so that its owner alone can look into it.

        `HomeUnusableError` where it is another's or cannot be written.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if sys.platform != "win32":
                # On Windows the user's own profile folder is closed to others by its access list already.
                if self.path.stat().st_uid != os.geteuid():
                    raise HomeUnusableError("not_ours")
                self.path.chmod(0o700)
        except OSError:
            raise HomeUnusableError("not_writable") from None

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Changes to what several processes of this device share are made under it; never held during a touch or a
        request.
        """
        with locked(self._lock_file):
            yield

    @property
    def is_enrolled(self) -> bool:
        """Whether enrolment was asked for; the administrator may not have confirmed it yet."""
        return self.settings_file.exists()

    @property
    def is_confirmed(self) -> bool:
        """Whether the server took this device: only then it has a policy."""
        return self.policy_file.exists()

    def settings(self) -> DeviceSettings:
        return self._read(self.settings_file, DeviceSettings)

    def policy(self) -> Policy:
        return self._read(self.policy_file, Policy)

    def signing_key(self) -> SigningKey:
        try:
            return SigningKey.load(self.key_file)
        except FileNotFoundError:
            raise NotEnrolledError from None
        except KeyFormError:
            raise HomeUnusableError(f"damaged:{self.key_file.name}") from None

    def read_optional(self, file: Path, form: type[R]) -> R | None:
        """The record in a file of this directory, or None where there is no such file."""
        try:
            octets = file.read_bytes()
        except FileNotFoundError:
            return None
        try:
            return decode(octets, form, file.name)
        except MalformedError:
            raise HomeUnusableError(f"damaged:{file.name}") from None

    def read_if_whole(self, file: Path, form: type[R]) -> R | None:
        """For what a device can do without: None where it is damaged, too, so that recording goes on."""
        try:
            return self.read_optional(file, form)
        except HomeUnusableError:
            return None

    def write(self, file: Path, record: msgspec.Struct) -> None:
        """Durable when it returns."""
        write_durably(file, encode(record))

    def _read(self, file: Path, form: type[R]) -> R:
        record = self.read_optional(file, form)
        if record is None:
            raise NotEnrolledError
        return record
