"""The four attributes of the card's holder, by 照合番号B or by the Text-AP PIN. Never the Individual Number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mynacard.application import Application, TextFile
from mynacard.errors import DamagedDataError, NotMyNumberCardError, ProfileUnavailableError
from mynacard.secret import NumberB, TextPin
from mynacard.session import Session
from mynacard.tlv import end_of_object, read_object, read_objects

_WHAT = "attributes"
_TEMPLATE = 0xFF20
_NAME, _ADDRESS, _BIRTH_DATE, _SEX = 0xDF22, 0xDF23, 0xDF24, 0xDF25
_PARTS = {_NAME: "name", _ADDRESS: "address", _BIRTH_DATE: "birth_date", _SEX: "sex"}


class Sex(StrEnum):
    """As the card says it; 0, 3 and 9 stand for "not known" or "not said", and sources differ which is which."""

    MALE = "male"
    FEMALE = "female"
    UNKNOWN = "unknown"


@dataclass(frozen=True, repr=False)
class Attributes:
    """Name, address, birth date and sex as the card holds them: a person's data, so its repr shows none of it.

    Characters outside Unicode come as substitutes or private-use code points; the card's face is authoritative.
    """

    name: str
    address: str
    birth_date: date
    sex: Sex

    def __repr__(self) -> str:
        return "Attributes(****)"


def read_attributes(session: Session, secret: NumberB | TextPin, *, allow_last_try: bool) -> Attributes:
    """See `CardSession.attributes`."""
    is_missing = False
    try:
        session.select(Application.TEXT)
    except NotMyNumberCardError:
        is_missing = True
    if is_missing:
        # Either no My Number card at all, which this raises, or a phone.
        raise ProfileUnavailableError(session.identify().value)
    session.verify(secret, allow_last_try=allow_last_try)
    # Handed on without a name here: these frames may be printed with their locals.
    return parse_attributes(session.files.read_object(TextFile.ATTRIBUTES, _WHAT, _end_of_attributes, in_chunks=True))


def parse_attributes(data: bytes) -> Attributes:
    """From the file's bytes. Raises DamagedDataError, which names the part and holds nothing of it."""
    found = _attributes_or_problem(data)
    del data
    if isinstance(found, str):
        raise DamagedDataError(_WHAT, found)
    return found


def _attributes_or_problem(data: bytes) -> Attributes | str:
    start = _start_of_template(data)
    if start is None:
        return "no_template"
    try:
        template = read_object(data, _WHAT, start)
        parts = {part.tag: part.value for part in read_objects(template.value, _WHAT)}
    except DamagedDataError as error:
        return error.problem
    for tag, part in _PARTS.items():
        if tag not in parts:
            return f"no_{part}"
    name, address, birth_date = _text(parts[_NAME]), _text(parts[_ADDRESS]), _date(parts[_BIRTH_DATE])
    if name is None:
        return "name"
    if address is None:
        return "address"
    if birth_date is None:
        return "birth_date"
    sex = {b"1": Sex.MALE, b"2": Sex.FEMALE}.get(parts[_SEX], Sex.UNKNOWN)
    return Attributes(name, address, birth_date, sex)


def _start_of_template(head: bytes) -> int | None:
    """Some cards are said to have two more bytes in front (one report), so it is looked for in the first four."""
    found = head[:4].find(_TEMPLATE.to_bytes(2))
    return found if found >= 0 else None


def _end_of_attributes(head: bytes) -> int | None:
    if len(head) < 4:
        return None
    start = _start_of_template(head)
    if start is None:
        raise DamagedDataError(_WHAT, "no_template")
    return end_of_object(head, _WHAT, start)


def _text(octets: bytes) -> str | None:
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        # Its object holds the bytes; it goes no further.
        return None


def _date(octets: bytes) -> date | None:
    if len(octets) != 8 or not octets.isdigit():
        return None
    try:
        return date(int(octets[:4]), int(octets[4:6]), int(octets[6:]))
    except ValueError:
        return None
