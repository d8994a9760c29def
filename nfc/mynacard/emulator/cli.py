"""`mynacard emulate`: a virtual card in vpcd's slot or on nfcpy's UDP driver until it is interrupted."""

import json
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, Final, NoReturn, Protocol

import click

from .card import virtual_card
from .card_kind import CARD_KINDS, CardKind
from .fault_options import fault_options
from .faults import Faults
from .interface import ATRS, BATCHES, FRAME_SIZES
from .people import PEOPLE
from .person import Person
from .udp import UdpFront
from .vpcd import DEFAULT_PORT, VpcdFront

_DEFAULT_VPCD: Final = f"127.0.0.1:{DEFAULT_PORT}"
_POLL_S: Final = 0.02


class Front(Protocol):
    """What carries a card's bytes somewhere."""

    def run(self) -> None: ...
    def stop(self) -> None: ...
    def insert(self) -> None: ...
    def remove(self) -> None: ...


class AddressType(click.ParamType[tuple[str, int]]):
    """HOST:PORT."""

    name = "HOST:PORT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        if isinstance(value, tuple):
            return value
        host, _, port = value.rpartition(":")
        if not host or not port.isdecimal() or int(port) > 0xFFFF:
            self.fail(f"HOST:PORT の形で / give HOST:PORT, for example {_DEFAULT_VPCD}", param, ctx)
        return host, int(port)


_WHO: Final = (
    click.option("--person", type=click.Choice(list(PEOPLE)), default="sato", help="だれのカードか / Whose card."),
    click.option("--kind", type=click.Choice(CARD_KINDS), default="plastic", help="カードの種類 / Which kind."),
    click.option(
        "--list", "is_list", is_flag=True, help="訓練用の人物と暗証番号 / The people and what to type for them."
    ),
    click.option("--json", "as_json", is_flag=True, help="--list をJSONで / The list as JSON."),
)
_WHERE: Final = (
    click.option("--vpcd", type=AddressType(), help=f"pcscdの仮想リーダー / vpcd's slot. [{_DEFAULT_VPCD}]"),
    click.option("--udp", type=AddressType(), help="nfcpyの udp:HOST:PORT / Wait there for nfcpy's UDP driver."),
    click.option("--interface", type=click.Choice(list(ATRS)), default="b1", help="ATQB/ATR."),
    click.option(
        "--frame-size",
        type=click.Choice([str(size) for size in FRAME_SIZES]),
        help="受信フレーム長(UDP) / The longest frame the card takes, over UDP.",
    ),
)
_WHEN: Final = (
    click.option("--insert-after", type=click.FloatRange(min=0), help="置くまでの秒数 / Seconds until it is put on."),
    click.option(
        "--remove-after", type=click.FloatRange(min=0), help="取るまでの秒数 / Seconds until it is taken off."
    ),
    click.option(
        "--back-after",
        type=click.FloatRange(min=0),
        default=1.0,
        help="消えたカードが戻るまでの秒数 / Seconds that a card which disappeared stays away.",
    ),
)


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_WHO + _WHERE + _WHEN):
        command = option(command)
    return command


@click.command(context_settings={"show_default": True})
@_options
@fault_options
def emulate(
    person: str,
    kind: CardKind,
    vpcd: tuple[str, int] | None,
    udp: tuple[str, int] | None,
    interface: str,
    frame_size: str | None,
    back_after: float,
    insert_after: float | None,
    remove_after: float | None,
    is_list: bool,
    as_json: bool,
    **faults: Any,
) -> None:
    """訓練用の仮想カード。中断するまで動く / A virtual card for exercises; runs until it is interrupted."""
    if is_list:
        _show_people(as_json=as_json)
        return
    if vpcd is not None and udp is not None:
        raise click.UsageError("--vpcd と --udp は同時に使えません / use one of --vpcd and --udp")
    card = virtual_card(person, kind, Faults(**faults))
    front: Front
    if udp is not None:
        if interface not in BATCHES:
            raise click.UsageError("UDPには接点のATRはありません / the contact interface has no radio: choose b1 to b4")
        type_b = BATCHES[interface]
        if frame_size is not None:
            type_b = type_b.with_frame_size(int(frame_size))
        try:
            radio = UdpFront(card, *udp, type_b=type_b, back_after_s=back_after)
        except OSError as error:
            raise click.ClickException(
                f"待ち受けできません / cannot listen at {udp[0]}:{udp[1]}: {error.strerror}"
            ) from error
        front, where = radio, "udp:{}:{}".format(*radio.address)
    else:
        host, port = vpcd or ("127.0.0.1", DEFAULT_PORT)
        front, where = VpcdFront(card, host, port, atr=ATRS[interface], back_after_s=back_after), f"vpcd:{host}:{port}"
    _run(front, f"{person} {kind} {where}", insert_after, remove_after)


def _run(front: Front, what: str, insert_after: float | None, remove_after: float | None) -> None:
    signal.signal(signal.SIGTERM, _interrupt)
    if insert_after is not None:
        front.remove()
    thread = threading.Thread(target=front.run, name="virtual-card")
    thread.start()
    try:
        if insert_after is not None:
            _say(f"ready: {what}, no card yet")
            time.sleep(insert_after)
            front.insert()
        _wait_until_inserted(front, what, thread)
        if remove_after is not None:
            time.sleep(remove_after)
            front.remove()
            _say("removed")
        thread.join()
    except KeyboardInterrupt:
        _say("stopped")
    finally:
        front.stop()
        thread.join()


def _wait_until_inserted(front: Front, what: str, thread: threading.Thread) -> None:
    waited = 0.0
    while isinstance(front, VpcdFront) and not front.is_connected and thread.is_alive():
        time.sleep(_POLL_S)
        waited += _POLL_S
        if 1.0 <= waited < 1.0 + _POLL_S:
            _say(f"pcscdを待っています / waiting for pcscd and vpcd: {what}")
    _say(f"ready: {what}")


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _say(line: str) -> None:
    click.echo(line, err=True)
    sys.stderr.flush()


def _show_people(*, as_json: bool) -> None:
    people = {name: _described(person) for name, person in PEOPLE.items()}
    if as_json:
        click.echo(json.dumps(people, ensure_ascii=False, indent=2))
        return
    click.echo("訓練用の架空の人物 / synthetic people, for exercises only")
    for name, described in people.items():
        click.echo(f"\n{name}: {described['note']}")
        click.echo(f"  {described['name']}  {described['birth_date']}")
        click.echo(f"  PIN (JPKI) {described['jpki_pin']}   PIN (Text AP) {described['text_pin']}")
        click.echo(f"  照合番号B {described['number_b']}")
        click.echo(f"  certificate {described['certificate_from']} … {described['certificate_until']}")


def _described(person: Person) -> dict[str, str]:
    # The made-up Individual Number is left out: nobody types it, and nothing should get used to seeing one.
    return {
        "note": person.note,
        "name": person.name,
        "address": person.address,
        "birth_date": person.birth_date.isoformat(),
        "jpki_pin": person.jpki_pin,
        "text_pin": person.text_pin,
        "signature_password": person.signature_password or "",
        "number_b": person.number_b,
        "certificate_from": person.certificate_from.isoformat(),
        "certificate_until": person.certificate_until.isoformat(),
        "card_expires_on": person.card_expires_on.isoformat(),
    }
