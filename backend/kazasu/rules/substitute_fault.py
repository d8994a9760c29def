"""What is wrong with a document's fields as typed: facts/rules.md section 12, oqs.md section 5. Pure.

A field that is empty is never wrong: what a document says is typed as far as it is read, and an old one says less.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from kazasu.japanese import EraDateError, parse_date
from kazasu.rules.insured_number import InsuredNumber, InsuredNumberError
from kazasu.rules.say import Say
from kazasu.rules.substitute import Substitute
from kazasu.rules.substitute_field import DOCUMENT_FIELDS, FROM_CARD

__all__ = ["DATE_FIELDS", "DocumentFault", "DocumentFaultWhy", "document_faults", "normal_fields"]

Fields = Mapping[str, str | int | bool | None]
_NUMBER: Final = ("insurer_number", "symbol", "number", "branch")
DATE_FIELDS: Final = frozenset({"birth_date", "valid_from", "valid_until", "issued_on", "effective_on"})
_BY_DOCUMENT: Final = (Substitute.QUALIFICATION_CERTIFICATE, Substitute.INSURANCE_CARD)
"""Those whose date is their own validity; on the others it is that of the share."""
_CHOICES: Final = {
    "sex": frozenset({"1", "2", "3", "male", "female", "男", "女"}),
    "share": frozenset({"10", "20", "30", "1割", "2割", "3割"}),
}


class DocumentFaultWhy(StrEnum):
    """What is wrong with a field."""

    UNKNOWN_FIELD = "unknown_field"
    NOT_A_DATE = "not_a_date"
    UNKNOWN_OPTION = "unknown_option"
    EMPTY = "empty"
    NOT_DIGITS = "not_digits"
    LENGTH = "length"
    CHECK_DIGIT = "check_digit"
    PAST_ITS_DATE = "past_its_date"
    """It can be recorded; it proves nothing any more."""


@dataclass(frozen=True)
class DocumentFault:
    """One field and what is wrong with it; never carries what was typed."""

    field: str
    why: DocumentFaultWhy
    say: Say

    @property
    def is_serious(self) -> bool:
        """Whether what was typed cannot be what the document says."""
        return self.why is not DocumentFaultWhy.PAST_ITS_DATE


def document_faults(substitute: Substitute, fields: Fields, day: date) -> tuple[DocumentFault, ...]:
    """Everything that is wrong, by field; empty where nothing is. `day`: the visit's."""
    labels = _labels(substitute)
    found: list[DocumentFault] = []
    for name, value in fields.items():
        if name not in labels:
            found.append(_fault(name, name, DocumentFaultWhy.UNKNOWN_FIELD))
        elif not _is_empty(value):
            why = _of_value(substitute, name, str(value), day)
            if why is not None:
                found.append(_fault(name, labels[name], why))
    if any(not _is_empty(fields.get(name)) for name in _NUMBER):
        try:
            InsuredNumber.proven(*(str(fields.get(name) or "") for name in _NUMBER))
        except InsuredNumberError as error:
            label = labels.get(error.field, error.field)
            found.append(_fault(error.field, label, DocumentFaultWhy(error.why)))
    return tuple(found)


def normal_fields(fields: Fields) -> dict[str, str | int | bool | None]:
    """The fields with their dates in ISO 8601, whichever way they were written; what is no date stays as it is."""
    return {name: _iso(value) if name in DATE_FIELDS else value for name, value in fields.items()}


def _labels(substitute: Substitute) -> dict[str, str]:
    # From the card beside it whatever the document lacks may be taken, of any document.
    return {field.name: field.ja for field in (*FROM_CARD, *DOCUMENT_FIELDS.get(substitute, ()))} | {
        "name_kana": "フリガナ"
    }


def _of_value(substitute: Substitute, name: str, value: str, day: date) -> DocumentFaultWhy | None:
    if name in DATE_FIELDS:
        try:
            stated = parse_date(value)
        except EraDateError:
            return DocumentFaultWhy.NOT_A_DATE
        is_over = name == "valid_until" and substitute in _BY_DOCUMENT and stated < day
        return DocumentFaultWhy.PAST_ITS_DATE if is_over else None
    if name in _CHOICES and value not in _CHOICES[name]:
        return DocumentFaultWhy.UNKNOWN_OPTION
    return None


def _iso(value: str | int | bool | None) -> str | int | bool | None:
    try:
        return parse_date(str(value)).isoformat() if value else value
    except EraDateError:
        return value


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


_WORDS: Final = {
    DocumentFaultWhy.UNKNOWN_FIELD: ("この書類にない項目です。", "the document has no such field."),
    DocumentFaultWhy.NOT_A_DATE: ("日付として読めません。直してください。", "not a date; correct it."),
    DocumentFaultWhy.UNKNOWN_OPTION: ("選択肢から選んでください。", "choose one of the options."),
    DocumentFaultWhy.EMPTY: (
        "番号を入力するときは必要です。",
        "needed where a number is typed.",
    ),
    DocumentFaultWhy.NOT_DIGITS: ("数字で入力してください。", "digits only."),
    DocumentFaultWhy.LENGTH: ("桁数が違います。書類を見直してください。", "the length is wrong; look again."),
    DocumentFaultWhy.CHECK_DIGIT: (
        "検証番号が合いません。書類を見直してください。",
        "the check digit does not fit; look at the document again.",
    ),
    DocumentFaultWhy.PAST_ITS_DATE: (
        "有効期限が過ぎています。この書類では資格を確認できません。",
        "its validity is over; it does not show a qualification.",
    ),
}


def _fault(name: str, label: str, why: DocumentFaultWhy) -> DocumentFault:
    ja, en = _WORDS[why]
    return DocumentFault(name, why, Say(ja=f"「{label}」：{ja}", en=f"{name}: {en}"))
