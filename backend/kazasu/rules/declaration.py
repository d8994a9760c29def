"""Filling the declaration: which fields are asked under which answers, what is wrong, and how it is printed. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from checksync.ink import InkError, Picture, Strokes, parse_ink
from kazasu.japanese import EraDateError, era_text, parse_date
from kazasu.rules.copayment import is_share_asked
from kazasu.rules.declaration_form import FORMS, Asked, FieldKind, FormField, FormRow, FormVersion, Section
from kazasu.rules.period import Found, find
from kazasu.rules.say import Say
from kazasu.rules.substitute import Scheme

__all__ = [
    "Answers",
    "DeclarationFault",
    "FaultWhy",
    "PrintedField",
    "addresses",
    "asked_fields",
    "form_of_version",
    "form_on",
    "printed",
    "signed_how",
    "validate",
]

Answers = Mapping[str, str | int | bool | None]
"""The fields of a `declaration` entry. Dates are ISO 8601 or by era; choices are the options' values; the signature is
`checksync.ink`'s."""


class FaultWhy(StrEnum):
    """What is wrong with a field; `left_empty` alone lets the form serve."""

    MISSING = "missing"
    LEFT_EMPTY = "left_empty"
    NOT_ASKED = "not_asked"
    UNKNOWN_OPTION = "unknown_option"
    UNKNOWN_FIELD = "unknown_field"
    NOT_A_DATE = "not_a_date"
    IN_THE_FUTURE = "in_the_future"
    NOT_A_SIGNATURE = "not_a_signature"


@dataclass(frozen=True)
class DeclarationFault:
    """One field and what is wrong with it; never carries the answer."""

    field: str
    why: FaultWhy
    say: Say

    @property
    def is_serious(self) -> bool:
        """Whether the form cannot serve like this."""
        return self.why is not FaultWhy.LEFT_EMPTY


@dataclass(frozen=True)
class PrintedField:
    """One line of the printed form: its words and, for boxes, which are ticked."""

    section: Section
    ja: str
    text: str
    boxes: tuple[tuple[str, bool], ...]
    note: str

    def __repr__(self) -> str:
        return f"<PrintedField {self.ja}>"


def form_on(day: date, forms: tuple[FormRow, ...] = FORMS) -> FormRow | None:
    """The version in use on that day, None before the first."""
    found = find(forms, day)
    return found.row if isinstance(found, Found) else None


def form_of_version(version: FormVersion) -> FormRow:
    """The form of that version, whenever it was filled in."""
    return next(form for form in FORMS if form.version == version)


def asked_fields(form: FormRow, answers: Answers, day: date) -> tuple[FormField, ...]:
    """The fields that are asked, given the answers so far."""
    return tuple(field for field in form.fields if _is_asked(field, answers, day))


def validate(form: FormRow, answers: Answers, day: date) -> tuple[DeclarationFault, ...]:
    """Everything that is wrong, in the form's order; empty where nothing is."""
    faults: list[DeclarationFault] = []
    asked = asked_fields(form, answers, day)
    for field in form.fields:
        why = _fault(field, field in asked, answers.get(field.name), form, answers, day)
        if why is not None:
            faults.append(DeclarationFault(field.name, why, _say(field.ja, why)))
    known = {field.name for field in form.fields} | {_OTHER_SIGNED}
    faults += [
        DeclarationFault(name, FaultWhy.UNKNOWN_FIELD, _say(name, FaultWhy.UNKNOWN_FIELD))
        for name in answers
        if name not in known
    ]
    return tuple(faults)


def signed_how(answers: Answers) -> str:
    """In one word: `strokes`, `picture`, `on_paper`, or `no` where nothing that is a signature is there."""
    try:
        ink = parse_ink(str(answers.get("signature") or ""))
    except InkError:
        return "no"
    return {Strokes: "strokes", Picture: "picture"}.get(type(ink), "on_paper")


def addresses(answers: Answers) -> tuple[str, ...]:
    """Every address stated: the one on the card and, if another, the residence."""
    stated = (str(answers.get(name) or "").strip() for name in ("address", "residence"))
    return tuple(dict.fromkeys(text for text in stated if text))


def printed(form: FormRow, answers: Answers, day: date) -> tuple[PrintedField, ...]:
    """The form as it is printed: every field, those that were not asked left empty, dates by era.

    Another residence has no line of its own: the form puts it into the address.
    """
    asked = asked_fields(form, answers, day)
    values = {field.name: answers.get(field.name) for field in asked}
    values["address"] = "　".join(addresses(answers)) or None
    return tuple(_printed(field, values.get(field.name)) for field in form.fields if field.name != "residence")


_OTHER_SIGNED: Final = "is_signed_by_other"
"""A guardian or the like signed: asked on the screen, not a box of the form."""


def _is_asked(field: FormField, answers: Answers, day: date) -> bool:
    match field.asked:
        case Asked.WORKPLACE:
            return _is_workplace_asked(answers)
        case Asked.SHARE:
            is_late_stage = answers.get("scheme") == Scheme.LATE_STAGE_ELDERLY
            return is_share_asked(_day(answers.get("birth_date")), is_late_stage, day)
        case Asked.OTHER_SIGNED:
            return answers.get(_OTHER_SIGNED) is True
        case _:
            return True


def _is_workplace_asked(answers: Answers) -> bool:
    scheme = answers.get("scheme")
    if scheme == Scheme.NATIONAL:
        # A society is called 国民健康保険組合; no municipality or prefecture has the word in its name.
        return "組合" in str(answers.get("insurer_name") or "")
    return scheme in (Scheme.EMPLOYEES, Scheme.OTHER, Scheme.UNKNOWN)


def _fault(
    field: FormField, is_asked: bool, value: object, form: FormRow, answers: Answers, day: date
) -> FaultWhy | None:
    is_empty = value is None or value is False or (isinstance(value, str) and not value.strip())
    if not is_asked:
        return None if is_empty else FaultWhy.NOT_ASKED
    if is_empty:
        return _emptiness(field, form, answers)
    if field.kind is FieldKind.CHOICE and value not in [option.value for option in field.options]:
        return FaultWhy.UNKNOWN_OPTION
    if field.kind is FieldKind.TICK and value is not True:
        return FaultWhy.UNKNOWN_OPTION
    if field.kind is FieldKind.DATE:
        stated = _day(value)
        if stated is None:
            return FaultWhy.NOT_A_DATE
        if stated > day:
            return FaultWhy.IN_THE_FUTURE
    if field.kind is FieldKind.SIGNATURE and not _is_signature(value):
        return FaultWhy.NOT_A_SIGNATURE
    return None


def _is_signature(value: object) -> bool:
    try:
        parse_ink(str(value))
    except InkError:
        return False
    return True


_NEEDED_IN_2023: Final = frozenset({"has_valid", "name", "date", "signature", "relation"})
"""The earlier form was filled in "as far as possible"; without these it states nothing by anybody."""


def _emptiness(field: FormField, form: FormRow, answers: Answers) -> FaultWhy | None:
    if field.is_optional:
        return None
    is_needed = field.is_needed and (form.version != "2023-07" or field.name in _NEEDED_IN_2023)
    if is_needed:
        return FaultWhy.MISSING
    if field.name == "insurer_name" and answers.get("scheme") == Scheme.UNKNOWN:
        return None
    return FaultWhy.LEFT_EMPTY


def _printed(field: FormField, value: object) -> PrintedField:
    boxes = tuple((option.ja, _is_ticked(option.value, value)) for option in field.options)
    # What was written on the glass is no text; whoever prints draws it.
    is_text = not field.options and field.kind is not FieldKind.SIGNATURE
    text = str(value) if is_text and value is not None else ""
    if field.kind is FieldKind.DATE and (stated := _day(value)) is not None:
        text = era_text(stated)
    return PrintedField(field.section, field.ja, text, boxes, field.note)


def _is_ticked(option: str, value: object) -> bool:
    return value is True if option == "true" else value == option


def _day(value: object) -> date | None:
    try:
        return parse_date(str(value)) if value else None
    except EraDateError:
        return None


_WORDS: Final = {
    FaultWhy.MISSING: ("記入してください。", "fill it in."),
    FaultWhy.LEFT_EMPTY: ("空欄です。わかれば記入してください。", "left empty; fill it in if it is known."),
    FaultWhy.NOT_ASKED: ("この方には不要な項目です。消してください。", "not asked of this person; clear it."),
    FaultWhy.UNKNOWN_OPTION: ("選択肢から選んでください。", "choose one of the options."),
    FaultWhy.UNKNOWN_FIELD: ("この様式にない項目です。", "the form has no such field."),
    FaultWhy.NOT_A_DATE: ("日付として読めません。直してください。", "not a date; correct it."),
    FaultWhy.NOT_A_SIGNATURE: ("署名として読めません。もう一度署名してください。", "not a signature; sign once more."),
    FaultWhy.IN_THE_FUTURE: ("未来の日付です。直してください。", "a date in the future; correct it."),
}


def _say(label: str, why: FaultWhy) -> Say:
    ja, en = _WORDS[why]
    return Say(ja=f"「{label}」：{ja}", en=f"{label}: {en}")
