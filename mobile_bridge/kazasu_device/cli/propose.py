"""`kazasu device propose`: what may stand in the place of the card. Records nothing, needs no connection."""

import sys
from datetime import date
from typing import Any

import click
import msgspec

from checksync.encoding import PrivateRecord
from kazasu_device.cli.screen import Screen, json_option
from kazasu_device.clock import day_in_japan
from kazasu_device.device import open_device
from kazasu_device.door_rules import DoorField
from kazasu_device.errors import InputNotValidError
from kazasu_device.home import Home
from kazasu_device.proposal import Case, ClosedWay, OpenWay, Shown
from kazasu_device.proposal import propose as propose_ways
from mynacard.era_date import EraDateError, parse_date

_LONGEST = 65_536


class _ShownInput(PrivateRecord, frozen=True, kw_only=True):
    substitute: str
    valid_until: str | None = None
    is_newer_than_change: bool | None = None
    has_insurer_changed: bool | None = None


class _Person(PrivateRecord, frozen=True, kw_only=True):
    birth_date: str | None = None
    scheme: str = "unknown"
    is_returning: bool = False
    has_data_on_file: bool = False
    is_unchanged: bool | None = None
    shown: list[_ShownInput] = msgspec.field(default_factory=list)


@click.command()
@click.option("--reason", required=True, metavar="WORD", help="カードで済まない理由 / Why the card did not do.")
@click.option("--no-card", is_flag=True, help="マイナンバーカードの提示がない / No My Number card is shown.")
@click.option(
    "--on", "day", metavar="YYYY-MM-DD", help="受診日（既定は今日） / The day of the visit; today if left out."
)
@click.option(
    "--person-stdin", is_flag=True, help="患者のことを標準入力のJSONで / The person, as JSON on standard input."
)
@json_option
@click.pass_obj
def propose(home: Home, reason: str, no_card: bool, day: str | None, person_stdin: bool, as_json: bool) -> None:
    """代わりの確認方法 / What may stand in the card's place, in the order to propose, and why the rest may not.

    標準入力の例 / for example {"birth_date":"昭和20年1月1日","scheme":"national","is_returning":true,
    "has_data_on_file":true,"shown":[{"substitute":"notice"}]}
    """
    screen = Screen(home, as_json=as_json)
    with screen.errors(), open_device(home) as device:
        on = _day(day, "on") or day_in_japan(device.now())
        case = _case(_person(sys.stdin.buffer.read(_LONGEST) if person_stdin else b"{}"), reason, on, not no_card)
        rules = device.policy.door
        if rules is None:
            raise InputNotValidError("policy")
        found = propose_ways(rules, case)
        result: dict[str, Any] = {
            "day": on.isoformat(),
            "open": [_open(way) for way in found.open],
            "closed": [_closed(way) for way in found.closed],
            "as_known_on": rules.known_as_of.isoformat() if found.is_as_known else None,
        }
        lines = [f"○ {way.substitute}: {way.say.ja} / {way.say.en}" for way in found.open]
        lines += [f"× {way.substitute} ({way.why}): {way.say.ja} / {way.say.en}" for way in found.closed]
        screen.show(result, lines)


def _person(octets: bytes) -> _Person:
    try:
        return msgspec.json.decode(octets, type=_Person)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    raise InputNotValidError("person")


def _case(person: _Person, reason: str, day: date, has_card: bool) -> Case:
    return Case(
        reason=reason,
        day=day,
        has_my_number_card=has_card,
        is_returning=person.is_returning,
        has_data_on_file=person.has_data_on_file,
        is_unchanged=person.is_unchanged,
        scheme=person.scheme,
        birth_date=_day(person.birth_date, "birth_date"),
        shown=tuple(
            Shown(
                substitute=one.substitute,
                valid_until=_day(one.valid_until, "valid_until"),
                is_newer_than_change=one.is_newer_than_change,
                has_insurer_changed=one.has_insurer_changed,
            )
            for one in person.shown
        ),
    )


def _day(text: str | None, part: str) -> date | None:
    if not text:
        return None
    try:
        return parse_date(text)
    except EraDateError:
        pass
    raise InputNotValidError(part)


def _open(way: OpenWay) -> dict[str, Any]:
    return {
        "substitute": way.substitute,
        "beside": list(way.beside),
        "is_shown": way.is_shown,
        "say": {"ja": way.say.ja, "en": way.say.en},
        "cites": way.cites,
        "fields": _fields(way.fields),
        "from_card": _fields(way.from_card),
    }


def _closed(way: ClosedWay) -> dict[str, Any]:
    return {
        "substitute": way.substitute,
        "why": way.why,
        "say": {"ja": way.say.ja, "en": way.say.en},
        "cites": way.cites,
    }


def _fields(fields: tuple[DoorField, ...]) -> list[dict[str, str]]:
    return [{"name": field.name, "ja": field.ja} for field in fields]
