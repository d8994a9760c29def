"""`kazasu device status`: everything that somebody has to know before relying on this device."""

from typing import Any

import click

from checksync.outbox import QueueState
from kazasu_device.cli.group import MEMORY
from kazasu_device.cli.queue_line import queue_state
from kazasu_device.cli.screen import Screen, json_option
from kazasu_device.device import Device, open_device
from kazasu_device.home import Home
from kazasu_device.memory import MemoryKept


@click.command()
@click.option("--reader", "reader_name", metavar="NAME", help="このリーダーの状態 / The state of this reader.")
@json_option
@click.pass_obj
def status(home: Home, reader_name: str | None, as_json: bool) -> None:
    """端末の状態 / Queue, connection, anchor, staff on duty and reader."""
    screen = Screen(home, as_json=as_json)
    with screen.errors():
        if home.is_enrolled and not home.is_confirmed:
            settings = home.settings()
            result: dict[str, Any] = {"enrolment": "waiting", "thumbprint": settings.thumbprint}
            screen.show(result, [f"{key}: {value}" for key, value in result.items()])
            return
        with open_device(home) as device:
            result = {
                "enrolment": "confirmed",
                **_described(device),
                "memory": _memory(),
                "reader": _reader(reader_name),
            }
        screen.show(result, [f"{key}: {value}" for key, value in result.items()])


def _described(device: Device) -> dict[str, Any]:
    state: QueueState = device.outbox.state()
    anchor = device.anchors.seen()
    at = device.now()
    last = device.anchors.last_time()
    return {
        "facility": device.policy.facility.name,
        "mode": device.policy.facility.mode,
        "device": device.settings.device,
        "thumbprint": device.settings.thumbprint,
        "queue": queue_state(state),
        "anchor_age_ms": None if anchor is None else anchor.elapsed_ms,
        "device_time": at.isoformat(),
        "anchor_time": None if last is None else last.isoformat(),
        "has_anchor": anchor is not None,
        "on_duty": [
            {"login": person.login, "name": person.name, "roles": person.roles, "until": person.until_at.isoformat()}
            for person in device.duty.people(at)
            if person.is_valid
        ],
    }


def _memory() -> dict[str, bool]:
    kept = click.get_current_context().meta.get(MEMORY, MemoryKept(has_no_dump=False, is_off_swap=False))
    return {"no_core_dump": kept.has_no_dump, "off_swap": kept.is_off_swap}


def _reader(name: str | None) -> dict[str, Any]:
    from mynacard import CardError, ReaderState
    from mynacard.readers import list_readers, open_reader

    try:
        if name is not None:
            reader = open_reader(name)
            try:
                return {"name": reader.name, "state": reader.state().value}
            finally:
                reader.close()
        found = list_readers()
    except CardError as error:
        return {"name": name, "state": error.code}
    with_card = [info for info in found if info.state is ReaderState.CARD]
    chosen = next(iter(with_card + found), None)
    if chosen is None:
        return {"name": None, "state": ReaderState.NO_READER.value}
    return {"name": chosen.name, "state": chosen.state.value}
