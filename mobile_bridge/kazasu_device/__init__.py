"""The complete Kazasu device in Python: what it recorded, and how to ask it.

Loads nothing until something of it is used, so that its command line answers at once. Imports nothing of the server.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from checksync.outbox import RecordedEntry
    from kazasu_device.device import Device, open_device, recorded
    from kazasu_device.errors import DeviceError
    from kazasu_device.home import Home, default_path
    from kazasu_device.session import Session

__all__ = ["Device", "DeviceError", "Home", "RecordedEntry", "Session", "default_path", "open_device", "recorded"]

_WHERE = {
    "Device": "kazasu_device.device",
    "DeviceError": "kazasu_device.errors",
    "Home": "kazasu_device.home",
    "RecordedEntry": "checksync.outbox",
    "Session": "kazasu_device.session",
    "default_path": "kazasu_device.home",
    "open_device": "kazasu_device.device",
    "recorded": "kazasu_device.device",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(name)
    return getattr(import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
