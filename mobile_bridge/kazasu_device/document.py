"""What of a document's fields should be looked at while the patient is still there. Pure; never keeps one back."""

from collections.abc import Mapping
from dataclasses import dataclass

from checksync.body import FieldValue
from kazasu_device.door_rules import DoorRules
from mynacard.era_date import EraDateError, parse_date


@dataclass(frozen=True)
class Remark:
    """A field and what is odd about it: `unknown_field`, `not_a_date`, `past_its_date` or `unknown_document`."""

    field: str
    why: str


def remarks(rules: DoorRules, document: str, fields: Mapping[str, FieldValue], today_iso: str) -> tuple[Remark, ...]:
    """In the order typed; empty where nothing is odd."""
    known = next((one for one in rules.documents if one.substitute == document), None)
    if known is None:
        return (Remark("document", "unknown_document"),)
    by_name = {field.name: field for field in (*rules.from_card, *known.fields)}
    found: list[Remark] = []
    for name, value in fields.items():
        if name not in by_name and name != "name_kana":
            found.append(Remark(name if name.isascii() else "", "unknown_field"))
        elif name in by_name and by_name[name].is_date and value:
            stated = _iso(str(value))
            if stated is None:
                found.append(Remark(name, "not_a_date"))
            elif name == "valid_until" and _is_own_validity(rules, document) and stated < today_iso:
                found.append(Remark(name, "past_its_date"))
    return tuple(found)


def _is_own_validity(rules: DoorRules, document: str) -> bool:
    """The date on the others is that of the share."""
    return any("within_validity" in row.beside for row in rules.substitutes if row.substitute == document)


def _iso(text: str) -> str | None:
    try:
        return parse_date(text).isoformat()
    except EraDateError:
        return None
