"""What is recorded at the door beside a check: a document in place of the card, a trouble, a check taken back. Sends
nothing.

Fields are a patient's data: they come from a screen or standard input, go into the sealed entry, and stay nowhere.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import msgspec

from checksync.body import FieldValue, SubstituteBody, TroubleBody, VoidBody
from checksync.identifier import new_identifier
from checksync.outbox import Confirmed
from kazasu_device.device import Device
from kazasu_device.duty import NOBODY, OnDuty
from kazasu_device.errors import IndividualNumberRefusedError, InputNotValidError, NotOnThisDeviceError

CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
"""A kind of document or a reason, in one word: what the server lists in clear holds nothing of a patient."""

_INDIVIDUAL_NUMBER: Final = re.compile(
    r"(individual|my|personal|kojin)_?number|kojin_?bango|mynumber|個人番号|マイナンバー"
)


@dataclass(frozen=True)
class Document:
    """A document shown, or a statement made, in place of the card."""

    kind: str
    reason: str
    fields: dict[str, FieldValue] = field(repr=False)

    def __post_init__(self) -> None:
        for part, code in (("document", self.kind), ("reason", self.reason)):
            if not CODE.fullmatch(code):
                raise InputNotValidError(part)
        refuse_individual_number(self.fields)


def refuse_individual_number(fields: Iterable[str]) -> None:
    """`IndividualNumberRefusedError` for a field of that name (invariant 3)."""
    if any(_INDIVIDUAL_NUMBER.search(name.casefold()) for name in fields):
        raise IndividualNumberRefusedError


def parse_fields(octets: bytes) -> dict[str, FieldValue]:
    """One JSON object of plain values; `InputNotValidError` without any of it otherwise."""
    try:
        return msgspec.json.decode(octets, type=dict[str, FieldValue])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    raise InputNotValidError("fields")


def record_document(
    device: Device, acting: OnDuty | None, document: Document, *, check: str | None, visit: str | None
) -> Confirmed:
    """For a check, which need not be of this device, or for a visit at which no card was touched."""
    if (check is None) == (visit is None):
        raise InputNotValidError("check_or_visit")
    return device.record(
        SubstituteBody(
            check=check,
            visit=visit,
            duty_pass=_pass_of(acting),
            reason=document.reason,
            document=document.kind,
            fields=document.fields,
        )
    )


def record_void(device: Device, acting: OnDuty | None, check: str, reason: str) -> Confirmed:
    """Takes back a check that this device recorded; nothing is deleted."""
    if not CODE.fullmatch(reason):
        raise InputNotValidError("reason")
    entries = device.outbox.recorded()
    # Of a log whose first entries were forgotten the device cannot tell any more what they were: the server can.
    has_forgotten = any(
        min(entry.number for entry in entries if entry.log == log) > 1 for log in {entry.log for entry in entries}
    )
    if not has_forgotten and not any(entry.kind == "check" and entry.reference == check for entry in entries):
        raise NotOnThisDeviceError(check)
    return device.record(VoidBody(check=check, duty_pass=_pass_of(acting), reason=reason))


@dataclass(frozen=True)
class Trouble:
    """A line of the trouble log: what went wrong, what was done, whether the patient paid in full."""

    category: str
    response: str
    full_charge: bool = False
    note: str = field(default="", repr=False)


def record_trouble(
    device: Device, acting: OnDuty | None, trouble: Trouble, *, check: str | None, visit: str | None
) -> Confirmed:
    """For a check, a visit, or neither: then it stands under a visit of its own that nobody else knows.

    `InputNotValidError` where the words are not the policy's, or where both are named.
    """
    if check is not None and visit is not None:
        raise InputNotValidError("check_or_visit")
    rules = device.policy.door
    for part, code, words in (
        ("category", trouble.category, rules.trouble_categories if rules else None),
        ("response", trouble.response, rules.trouble_responses if rules else None),
    ):
        if not CODE.fullmatch(code) or (words is not None and code not in [word.code for word in words]):
            raise InputNotValidError(part)
    return device.record(
        TroubleBody(
            check=check,
            visit=visit or (None if check else new_identifier()),
            duty_pass=_pass_of(acting),
            category=trouble.category,
            response=trouble.response,
            full_charge=trouble.full_charge,
            note=trouble.note,
        )
    )


def _pass_of(acting: OnDuty | None) -> str:
    return NOBODY if acting is None else acting.pass_id
