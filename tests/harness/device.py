"""An enrolled device in a directory, without a server."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from harness.clinic import NOON, Clinic, root_certificate

from checksync.acceptance import EnrolledDevice
from checksync.body import Body
from checksync.chain import next_hash, sealed_digest
from checksync.direct_transport import DirectServer, DirectTransport, Fault
from checksync.entry import Entry, decode_body, decode_entry
from checksync.key import SigningKey
from checksync.transport import TokenSource
from kazasu_device.clock import Mark
from kazasu_device.device import Device, open_device
from kazasu_device.home import DeviceSettings, Home
from kazasu_device.session import Session


@dataclass
class Clock:
    """The device's time and the time since its boot, moved by hand."""

    at: datetime = NOON
    boot: str = "boot-1"
    nanoseconds: int = 0

    def now(self) -> datetime:
        return self.at

    def mark(self) -> Mark:
        return Mark(self.boot, self.nanoseconds)

    def pass_time(self, **spans: float) -> None:
        span = timedelta(**spans)
        self.at += span
        self.nanoseconds += int(span.total_seconds() * 1_000_000_000)


@dataclass
class Tablet:
    """A device whose clinic a test holds the private keys of."""

    path: Path
    clinic: Clinic = field(default_factory=Clinic)
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.home = Home(self.path)
        self.home.make()
        self.key = SigningKey.generate()
        self.key.save(self.home.key_file)
        self.home.write(
            self.home.settings_file,
            DeviceSettings(
                name="tablet 1",
                server_url="https://localhost:1",
                facility=self.clinic.facility,
                device="d1",
                thumbprint=self.key.thumbprint,
            ),
        )
        self.home.write(self.home.policy_file, self.clinic.policy())
        self.home.root_file.write_bytes(root_certificate().public_bytes(Encoding.PEM))

    def open(self) -> Device:
        return open_device(self.home, now=self.clock.now, take_mark=self.clock.mark)

    def put_on_duty(self, device: Device, login: str = "hanako", staff: str = "a1") -> None:
        device.duty.keep(self.clinic.duty_pass(self.key.thumbprint, staff, self.clock.at), login, "看護 花子")

    def sent(self, device: Device) -> list[tuple[Entry, Body | None]]:
        """Everything that is still to be sent, opened as the server would, its chain verified."""
        batch = device.outbox.pending()
        if batch is None:
            return []
        assert hasattr(batch, "push"), batch
        opened = []
        current = bytes.fromhex(batch.push.before)
        for number, sealed in enumerate(batch.push.sealed, batch.push.first):
            current = next_hash(current, number, sealed_digest(sealed))
            entry = decode_entry(self.clinic.opener.open(sealed, batch.log, number))
            opened.append((entry, decode_body(entry)))
        return opened


def direct_session(tablet: Tablet, server: DirectServer, road: Callable[[], Fault] = lambda: Fault.NONE) -> Session:
    """A run of the device whose server is in this process, behind a road that a test may break."""

    def make_transport(device: Device, _: TokenSource) -> DirectTransport:
        enrolled = EnrolledDevice(tablet.clinic.facility, tablet.key.verifying_key)
        return DirectTransport(server, enrolled, road)

    return Session(tablet.home, make_transport, now=tablet.clock.now, take_mark=tablet.clock.mark)


def direct_server(tablet: Tablet) -> DirectServer:
    return DirectServer(
        key=tablet.clinic.key, facility=tablet.clinic.facility, now=tablet.clock.now, epoch=tablet.clinic.epoch
    )
