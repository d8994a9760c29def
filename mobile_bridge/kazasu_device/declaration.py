"""Filling the declaration at the door: what is asked under which answers, what is wrong, the unfinished one.

Evaluates the forms of the policy as the server's own rule does (`kazasu.rules.declaration`, to whose answers a test
holds this). An unfinished one lives in memory, and on the disk under the day key alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from checksync.body import DeclarationBody, FieldValue
from checksync.encoding import PrivateRecord, Time
from checksync.ink import InkError, parse_ink
from checksync.outbox import Confirmed, OutboxError
from checksync.received import ReceivedStore
from kazasu_device.clock import day_in_japan
from kazasu_device.device import Device
from kazasu_device.door import refuse_individual_number
from kazasu_device.door_rules import DoorForm, DoorFormField
from kazasu_device.duty import NOBODY, OnDuty
from kazasu_device.errors import DeclarationNotCompleteError, InputNotValidError
from mynacard.era_date import EraDateError, parse_date

Answers = Mapping[str, FieldValue]

_OTHER_SIGNED: Final = "is_signed_by_other"
_SHARE_AGE: Final = 70
_FIRST_VERSION: Final = "2023-07"
_NEEDED_IN_FIRST: Final = frozenset({"has_valid", "name", "date", "signature", "relation"})


@dataclass(frozen=True)
class DeclarationFault:
    """A field and what is wrong with it; `left_empty` alone lets the form serve. Never carries the answer."""

    field: str
    why: str
    ja: str

    @property
    def is_serious(self) -> bool:
        return self.why != "left_empty"


class DeclarationDraft(PrivateRecord, frozen=True, kw_only=True):
    """One that is not finished, of a check or a visit."""

    subject: str
    form: str
    fields: dict[str, FieldValue]
    at: Time


def form_on(forms: list[DoorForm], day: date) -> DoorForm | None:
    """The version in use on that day."""
    return next((form for form in forms if form.since <= day and (form.until is None or day <= form.until)), None)


def asked_fields(form: DoorForm, answers: Answers, day: date) -> tuple[DoorFormField, ...]:
    """The fields that are asked, given the answers so far."""
    return tuple(field for field in form.fields if _is_asked(field, answers, day))


def faults(form: DoorForm, answers: Answers, day: date) -> tuple[DeclarationFault, ...]:
    """Everything that is wrong, in the form's order; empty where nothing is."""
    found: list[DeclarationFault] = []
    asked = asked_fields(form, answers, day)
    for field in form.fields:
        why = _fault(field, field in asked, answers.get(field.name), form, answers, day)
        if why is not None:
            found.append(DeclarationFault(field.name, why, field.ja))
    known = {field.name for field in form.fields} | {_OTHER_SIGNED}
    return (*found, *(DeclarationFault(name, "unknown_field", name) for name in answers if name not in known))


class Drafts:
    """The unfinished declarations of this run: in memory, and under the day key where there is one."""

    def __init__(self, store: ReceivedStore) -> None:
        self._store = store

    def of(self, subject: str) -> DeclarationDraft | None:
        return next((one for one in self._store.notes(DeclarationDraft) if one.subject == subject), None)

    def keep(self, draft: DeclarationDraft) -> bool:
        """Whether it outlives this process."""
        try:
            self._store.keep_note(_note(draft.subject), draft)
        except OutboxError:
            return False
        return self._store.is_open

    def drop(self, subject: str) -> None:
        """Recorded, or given up."""
        self._store.drop_note(_note(subject))


def record_declaration(
    device: Device,
    acting: OnDuty | None,
    form: DoorForm,
    fields: dict[str, FieldValue],
    *,
    check: str | None,
    visit: str | None,
) -> Confirmed:
    """For a check or a visit. `DeclarationNotCompleteError` where it could not serve: nothing is recorded, and what was
    filled in is with the caller still; `InputNotValidError` for neither or both of check and visit."""
    if (check is None) == (visit is None):
        raise InputNotValidError("check_or_visit")
    refuse_individual_number(fields)
    wrong = [fault for fault in faults(form, fields, day_in_japan(device.now())) if fault.is_serious]
    if wrong:
        raise DeclarationNotCompleteError([f"{fault.field}:{fault.why}" for fault in wrong])
    return device.record(
        DeclarationBody(
            check=check,
            visit=visit,
            duty_pass=NOBODY if acting is None else acting.pass_id,
            form="2023-07" if form.version == _FIRST_VERSION else "2024-12",
            fields=fields,
        )
    )


def merged(before: DeclarationDraft | None, subject: str, form: str, fields: Answers, at: datetime) -> DeclarationDraft:
    """The draft with these fields laid over; one that is null is taken out."""
    joined = {**(before.fields if before is not None else {}), **fields}
    kept: dict[str, FieldValue] = {name: value for name, value in joined.items() if value is not None}
    return DeclarationDraft(subject=subject, form=form, fields=kept, at=at)


def _note(subject: str) -> str:
    return f"declaration:{subject}"


def _is_asked(field: DoorFormField, answers: Answers, day: date) -> bool:
    match field.asked:
        case "workplace":
            scheme = answers.get("scheme")
            if scheme == "national":
                return "組合" in str(answers.get("insurer_name") or "")
            return scheme in ("employees", "other", "unknown")
        case "share":
            born = _day(answers.get("birth_date"))
            is_late_stage = answers.get("scheme") == "late_stage_elderly"
            return is_late_stage or (born is not None and day >= _birthday(born, _SHARE_AGE))
        case "other_signed":
            return answers.get(_OTHER_SIGNED) is True
        case _:
            return True


def _fault(
    field: DoorFormField, is_asked: bool, value: FieldValue, form: DoorForm, answers: Answers, day: date
) -> str | None:
    is_empty = value is None or value is False or (isinstance(value, str) and not value.strip())
    if not is_asked:
        return None if is_empty else "not_asked"
    if is_empty:
        return _emptiness(field, form, answers)
    if field.kind == "choice" and value not in [option.value for option in field.options]:
        return "unknown_option"
    if field.kind == "tick" and value is not True:
        return "unknown_option"
    if field.kind == "date":
        stated = _day(value)
        return "not_a_date" if stated is None else "in_the_future" if stated > day else None
    return "not_a_signature" if field.kind == "signature" and not _is_signature(str(value)) else None


def _emptiness(field: DoorFormField, form: DoorForm, answers: Answers) -> str | None:
    if field.is_optional:
        return None
    if field.is_needed and (form.version != _FIRST_VERSION or field.name in _NEEDED_IN_FIRST):
        return "missing"
    if field.name == "insurer_name" and answers.get("scheme") == "unknown":
        return None
    return "left_empty"


def _is_signature(text: str) -> bool:
    try:
        parse_ink(text)
    except InkError:
        return False
    return True


def _day(value: FieldValue) -> date | None:
    try:
        return parse_date(str(value)) if value else None
    except EraDateError:
        return None


def _birthday(birth_date: date, age: int) -> date:
    try:
        return birth_date.replace(year=birth_date.year + age)
    except ValueError:
        return date(birth_date.year + age, 3, 1)
