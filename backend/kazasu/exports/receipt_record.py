"""Record lines of a claim (レセプト電算): HO, SN and the remarks, for the medical and dental forms. Pure.

Facts: oqs.md section 4. Comma-separated Shift_JIS with CRLF; a text field is all half width or all full width, never
mixed, and full width is JIS X 0208. These are lines for a receipt computer to take over, not a file to send: what only
it knows (days, points, amounts) stays empty unless given. Of the pharmacy and nursing forms no lines are known.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kazasu.exports.claim_text import claim_name
from kazasu.japanese import full_width, half_width, is_half_width, octets, outside_jis_x_0208, without_spaces
from kazasu.rules.claim_fields import ClaimFields, Remark, RemarkKind
from kazasu.rules.claim_route import ClaimForm, ClaimRoute
from kazasu.rules.say import Say

__all__ = ["FieldFault", "LinesNotKnown", "RecordLines", "RecordSettings", "WithoutBranch", "receipt_records"]

_LONGEST_NUMBER: Final = 38
_SN_SINCE: Final = (2021, 9)
"""The month of treatment from which claims carry SN."""

# Not confirmed [R]: where the remarks stand (診療識別 01, the whole claim), under which comment code (free text), how
# they are divided. The layout for 不詳 and 旧資格情報 was found nowhere (oqs.md 9). All of it is here alone.
_REMARK_SECTION: Final = "01"
_REMARK_BURDEN: Final = "1"
_REMARK_CODE: Final = "810000001"
_LONGEST_REMARK: Final = 76

_EXERCISE: Final = "訓練／ＥＸＥＲＣＩＳＥ"

_HO_ITEMS: Final = {ClaimForm.MEDICAL: 15, ClaimForm.DENTAL: 14}
_WINDOW: Final = "01"
"""確認区分: the clinic's or pharmacy's window."""
_LATE_STAGE: Final = "39"


class WithoutBranch(StrEnum):
    """What is done with SN where the person has no branch: practice differs."""

    LEAVE_OUT = "leave_out"
    WRITE_EMPTY = "write_empty"


@dataclass(frozen=True, kw_only=True)
class RecordSettings:
    """How the facility's receipt computer wants its lines."""

    without_branch: WithoutBranch = WithoutBranch.LEAVE_OUT


@dataclass(frozen=True)
class FieldFault:
    """A field that had to be changed or cannot be written; `is_written` False: the line is not to be used."""

    field: str
    why: str
    is_written: bool
    say: Say


@dataclass(frozen=True)
class RecordLines:
    """The lines as text, and what was done to fit them."""

    lines: tuple[str, ...]
    faults: tuple[FieldFault, ...]

    def __repr__(self) -> str:
        return f"<RecordLines {len(self.lines)}>"

    @property
    def is_usable(self) -> bool:
        """Whether every field could be written."""
        return all(fault.is_written for fault in self.faults)

    def octets(self) -> bytes:
        """The lines in Shift_JIS, each ended by CRLF; the same lines give the same octets for ever."""
        return b"".join(octets(line) + b"\r\n" for line in self.lines)


@dataclass(frozen=True)
class LinesNotKnown:
    """Of this form only the fields are known, not the lines."""

    form: ClaimForm
    say: Say


def receipt_records(
    fields: ClaimFields,
    form: ClaimForm,
    treatment_month: tuple[int, int],
    *,
    days: int | None = None,
    points: int | None = None,
    settings: RecordSettings | None = None,
    is_exercise: bool = False,
) -> RecordLines | LinesNotKnown:
    """The lines of one claim, or that they are not known for this form. An exercise's have a remark of their own."""
    if form not in _HO_ITEMS:
        return LinesNotKnown(
            form,
            Say(
                ja="この様式の記録の並びは公開資料で確認できません。画面の項目から入力してください。",
                en="The record lines of this form are not known from public material; type from the fields shown.",
            ),
        )
    chosen = settings or RecordSettings()
    faults: list[FieldFault] = []
    lines = [_insurer_line(fields, form, days, points, faults)]
    qualification = _qualification_line(fields, treatment_month, chosen)
    if qualification is not None:
        lines.append(qualification)
    for remark in fields.remarks:
        lines += _remark_lines(remark, faults)
    if is_exercise:
        # Last: the remarks of 不詳 begin with that word.
        lines.append(_remark_line(_EXERCISE))
    return RecordLines(tuple(lines), tuple(faults))


def _insurer_line(
    fields: ClaimFields, form: ClaimForm, days: int | None, points: int | None, faults: list[FieldFault]
) -> str:
    items = [
        "HO",
        fields.insurer_number.strip().rjust(8),
        _number("symbol", fields.symbol, faults),
        _number("number", fields.number, faults),
        "" if days is None else str(days),
        "" if points is None else str(points),
    ]
    return ",".join(items + [""] * (_HO_ITEMS[form] - len(items)))


def _number(field: str, text: str, faults: list[FieldFault]) -> str:
    """Half width where all of it can be, else all of it full width without spaces."""
    plain = without_spaces(half_width(text))
    written = plain if is_half_width(plain) and "," not in plain and '"' not in plain else full_width(plain)
    if outside_jis_x_0208(written):
        faults.append(_fault(field, "character", is_written=False))
        return ""
    if len(octets(written)) > _LONGEST_NUMBER:
        faults.append(_fault(field, "length", is_written=False))
        return ""
    return written


def _qualification_line(fields: ClaimFields, treatment_month: tuple[int, int], settings: RecordSettings) -> str | None:
    """SN of a first claim: window, branch, the rest empty. An unknown claim has no qualification to confirm."""
    if fields.route is ClaimRoute.UNKNOWN or treatment_month < _SN_SINCE:
        return None
    branch = "" if fields.insurer_number.startswith(_LATE_STAGE) and len(fields.insurer_number) == 8 else fields.branch
    if not branch and settings.without_branch is WithoutBranch.LEAVE_OUT:
        return None
    return ",".join(["SN", "1", _WINDOW, "", "", "", branch, "", ""])


def _remark_lines(remark: Remark, faults: list[FieldFault]) -> list[str]:
    """One line a remark, more where it is longer than a line takes."""
    text = claim_name("", remark.text) if remark.kind is RemarkKind.NAME_KANA else full_width(remark.text)
    outside = set(outside_jis_x_0208(text))
    if outside:
        # The character that the national system itself puts in place of what it cannot show.
        text = "".join("●" if place in outside else character for place, character in enumerate(text))
        faults.append(_fault(remark.kind, "character", is_written=True))
    width = _LONGEST_REMARK // 2
    parts = [text[start : start + width] for start in range(0, len(text), width)]
    return [_remark_line(part) for part in parts]


def _remark_line(text: str) -> str:
    return ",".join(["CO", _REMARK_SECTION, _REMARK_BURDEN, _REMARK_CODE, text])


_WORDS: Final = {
    ("character", True): (
        "レセプトに記録できない文字を●に置き換えました。",
        "characters that a claim cannot carry were replaced by ●.",
    ),
    ("character", False): (
        "レセプトに記録できない文字があります。受診者の証を確かめてください。",
        "has characters that a claim cannot carry; check the document.",
    ),
    ("length", False): ("長すぎて記録できません。確かめてください。", "too long to be recorded; check it."),
}


def _fault(field: str, why: str, *, is_written: bool) -> FieldFault:
    ja, en = _WORDS[why, is_written]
    return FieldFault(field, why, is_written, Say(ja=f"{field}：{ja}", en=f"{field}: {en}"))
