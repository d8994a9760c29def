"""One enrolled device, put together from its directory: what every command begins with."""

from dataclasses import dataclass
from types import TracebackType
from typing import Self

from checksync.body import Body
from checksync.encoding import MalformedError
from checksync.entry import EntryTooLargeError
from checksync.key import SigningKey
from checksync.outbox import (
    Capacity,
    Confirmed,
    IntentOutdatedError,
    Outbox,
    OutboxError,
    QueueFullError,
    RecordedEntry,
)
from kazasu_device.anchor import AnchorKeeper
from kazasu_device.clock import Now, TakeMark, boot_mark, device_time
from kazasu_device.duty import Duty
from kazasu_device.errors import NoSealingKeyError, NotRecordedError
from kazasu_device.home import DeviceSettings, Home
from kazasu_device.policy import Policy


@dataclass
class Device:
    """What the device knows of itself and may do without a connection."""

    home: Home
    settings: DeviceSettings
    policy: Policy
    key: SigningKey
    outbox: Outbox
    duty: Duty
    anchors: AnchorKeeper
    now: Now

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.outbox.close()

    def record(self, body: Body) -> Confirmed:
        """Durable when it returns: only then may anybody be told that it is recorded.

        `NotRecordedError` says why nothing was.
        """
        try:
            return self.outbox.append(body, self.now())
        except IntentOutdatedError:
            reason = "something_else_was_recorded_meanwhile"
        except QueueFullError as error:
            reason = f"{error.limit}_full"
        except OutboxError as error:
            reason = type(error).__name__
        except EntryTooLargeError:
            reason = "too_large"
        except MalformedError as error:
            reason = f"malformed:{error.place}"
        # Raised here, so that no frame that held the body hangs on it.
        raise NotRecordedError(reason)

    def use_policy(self, policy: Policy) -> None:
        """Takes a policy that just came: its sealing key is the one to seal to from now on."""
        self.policy = policy
        self.outbox.sealing_key = policy.sealing_key() or self.outbox.sealing_key


def open_device(
    home: Home, *, now: Now = device_time, take_mark: TakeMark = boot_mark, capacity: Capacity | None = None
) -> Device:
    """`NotEnrolledError` before the administrator's confirmation: without a policy there is no key to seal to."""
    settings, policy, key = home.settings(), home.policy(), home.signing_key()
    sealing_key = policy.sealing_key()
    if sealing_key is None:
        raise NoSealingKeyError
    outbox = Outbox(
        home.outbox_file,
        facility=settings.facility,
        signing_key=key,
        sealing_key=sealing_key,
        capacity=capacity or Capacity(),
    )
    server_key = policy.verifying_key
    return Device(
        home=home,
        settings=settings,
        policy=policy,
        key=key,
        outbox=outbox,
        duty=Duty(home, server_key, settings.facility, settings.thumbprint),
        anchors=AnchorKeeper(home, server_key, settings.facility, take_mark),
        now=now,
    )


def recorded(home: Home) -> list[RecordedEntry]:
    """Every entry that this device confirmed and still keeps, read from its file: ids and kinds, no content."""
    if not home.outbox_file.exists():
        return []
    with open_device(home) as device:
        return device.outbox.recorded()
