"""What the server has not acknowledged as a file to be carried by hand (docs/protocol/sync-v1.md, section 6).

Needs no key but the device's own, which signed every head when it was recorded. No transport.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from checksync.encoding import time_text
from checksync.outbox import Batch
from checksync.push import encode_gap_report, encode_push
from kazasu_device.device import Device
from kazasu_device.errors import HomeUnusableError
from kazasu_device.storage import write_durably


@dataclass(frozen=True)
class Exported:
    """`lines` between the first and the last; `gaps` of them name entries that cannot be read any more."""

    lines: int
    entries: int
    gaps: int


def export(device: Device, path: Path) -> Exported:
    """Durable when it returns; an existing file is replaced whole. The entries stay on the device, still to be sent."""
    written: list[bytes] = [
        msgspec.json.encode(
            {
                "format": "kazasu-export-v1",
                "facility": device.settings.facility,
                "device": device.key.thumbprint,
                "made_at": time_text(device.now()),
            }
        )
    ]
    entries = gaps = 0
    for line, count in _lines(device):
        written.append(line)
        entries += count
        gaps += count == 0
    lines = len(written) - 1
    written.append(msgspec.json.encode({"end": lines}))
    try:
        write_durably(path, b"".join(line + b"\n" for line in written))
    except OSError:
        raise HomeUnusableError("not_writable") from None
    return Exported(lines, entries, gaps)


def _lines(device: Device) -> Iterator[tuple[bytes, int]]:
    """Each with the number of its entries; none for a gap."""
    for found in device.outbox.everything_out():
        if isinstance(found, Batch):
            push = msgspec.Raw(encode_push(found.push))
            yield msgspec.json.encode({"log": found.log, "push": push}), len(found.push.sealed)
        else:
            gap = msgspec.Raw(encode_gap_report(found.report))
            yield msgspec.json.encode({"log": found.log, "gap": gap}), 0
