"""The text that the eligibility-only app lets a user copy, read into a qualification: facts/oqs.md 6.2. Pure.

Lines are `label<TAB>value`; headings change what the labels below them mean. The official form is not public: what is
known comes from two programs that read it. A label that is not known is named, and its value is not kept: the type is
eligibility-only, and nobody could say what the value opens.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from kazasu.gateway.answer import ElderlyRecipient, Limit, Qualification, QualificationKind, qualification_kind
from kazasu.japanese import EraDateError, half_width, parse_date
from kazasu.rules.say import Say

__all__ = ["AppText", "AppTextFault", "read_app_text"]


@dataclass(frozen=True)
class AppTextFault:
    """What is wrong with the text; `label` is the app's own word, never a value. A serious one leaves no answer."""

    label: str
    why: str
    is_serious: bool

    @property
    def say(self) -> Say:
        """For the person who pasted."""
        ja, en = _WHY[self.why]
        return Say(ja=f"「{self.label}」：{ja}", en=f"{self.label}: {en}")


@dataclass(frozen=True)
class AppText:
    """One copied block. Without a serious fault `qualification` and `confirmed_on` are there."""

    qualification: Qualification | None
    confirmed_on: date | None
    reference_number: str
    unknown_labels: tuple[str, ...]
    faults: tuple[AppTextFault, ...]

    def __repr__(self) -> str:
        return f"<AppText {self.confirmed_on}>"


class _Part(StrEnum):
    """Under which heading a line stands."""

    FRONT = ""
    BACK = "裏面記載情報"
    ELDERLY = "高齢受給者証"
    LIMIT = "限度額適用認定証"


_STARTS: Final = ("資格情報", "照会番号")
_CONFIRMED: Final = "確認日"
_NEEDED: Final = ("保険者番号", "番号", "氏名", "生年月日")
_LINE: Final = re.compile(r"(?P<label>[^\t:：]+?)\s*(?:\t|[:：])\s*(?P<value>.*)")


def read_app_text(text: str) -> AppText:
    """The block as pasted; raises nothing. One without a date of confirmation is refused: nobody knows when it held."""
    reading = _Reading()
    lines = [line.strip(" 　\r") for line in text.splitlines() if line.strip()]
    if not lines or not lines[0].startswith(_STARTS):
        reading.fault("資格情報", "not_the_block")
        return reading.result()
    for line in lines:
        reading.line(line)
    for label in _NEEDED:
        if not reading.front.get(_FRONT[label][0]):
            reading.fault(label, "missing")
    if reading.confirmed_on is None and not any(fault.label == _CONFIRMED for fault in reading.faults):
        reading.fault(_CONFIRMED, "missing")
    return reading.result()


class _Reading:
    """A block while it is read."""

    def __init__(self) -> None:
        self.part = _Part.FRONT
        self.front: dict[str, str] = {}
        self.elderly: dict[str, str] = {}
        self.limit: dict[str, str] = {}
        self.confirmed_on: date | None = None
        self.unknown: list[str] = []
        self.faults: list[AppTextFault] = []
        self._blocks = 0

    def fault(self, label: str, why: str, *, is_serious: bool = True) -> None:
        self.faults.append(AppTextFault(label, why, is_serious))

    def line(self, line: str) -> None:
        heading = line.strip("【】[]■ 　\t")
        if heading in _STARTS[:1]:
            return
        if heading in list(_Part):
            self.part = _Part(heading)
            return
        match = _LINE.fullmatch(line)
        if match is None:
            self.unknown.append("?")
            return
        label, value = match["label"].strip(), match["value"].strip()
        if label == _CONFIRMED:
            self._confirm(value)
            return
        self._take(label, value)

    def _confirm(self, value: str) -> None:
        self._blocks += 1
        if self._blocks > 1:
            self.fault(_CONFIRMED, "several")
            return
        try:
            # A time of day may follow the day.
            self.confirmed_on = parse_date(value.split()[0] if value else "")
        except EraDateError as error:
            self.fault(_CONFIRMED, error.why)

    def _take(self, label: str, value: str) -> None:
        known = _LABELS[self.part].get(label)
        if known is None and self.part is not _Part.FRONT and label in _FRONT:
            # A label of the front below a heading that has no such field: the heading's part is over.
            self.part = _Part.FRONT
            known = _FRONT[label]
        if known is None:
            self.unknown.append(label)
            return
        name, read = known
        try:
            read_value = read(value) if value else ""
        except (EraDateError, ValueError):
            self.fault(label, "form", is_serious=label in _NEEDED)
            return
        target = {_Part.ELDERLY: self.elderly, _Part.LIMIT: self.limit}.get(self.part, self.front)
        target[name] = read_value

    def result(self) -> AppText:
        labels = tuple(dict.fromkeys(self.unknown))
        if any(fault.is_serious for fault in self.faults):
            return AppText(None, None, "", labels, tuple(self.faults))
        fields: dict[str, Any] = dict(self.front)
        words = fields.pop("classification_words", "")
        reference = fields.get("reference_number", "")
        if self.elderly:
            fields["elderly"] = ElderlyRecipient(**self.elderly)
        if self.limit:
            fields["limit"] = Limit(**self.limit)
        qualification = Qualification(kind=_kind(words, fields["insurer_number"]), **fields)
        return AppText(qualification, self.confirmed_on, reference, labels, tuple(self.faults))


def _kind(words: str, insurer_number: str) -> QualificationKind:
    """By the words of 証区分, whose full list is not known; the late-stage elderly by their insurer."""
    if "自衛官" in words:
        return QualificationKind.SELF_DEFENCE
    if "医療扶助" in words or "生活保護" in words:
        return QualificationKind.PUBLIC_ASSISTANCE
    return qualification_kind("01", insurer_number)


def _as_it_is(value: str) -> str:
    return value


def _day(value: str) -> str:
    return f"{parse_date(value):%Y%m%d}"


def _insurer_number(value: str) -> str:
    """Eight wide, as the national system's own files have it."""
    digits = half_width(value).strip()
    if not digits.isascii() or not digits.isdigit() or len(digits) not in (6, 8):
        raise ValueError("insurer_number")
    return digits.rjust(8)


def _sex(value: str) -> str:
    return {"男": "1", "男性": "1", "女": "2", "女性": "2"}.get(value, "3")


def _share(value: str) -> str:
    """`3割`, `30%` or `030` as three digits of percent."""
    match = re.fullmatch(r"(?P<tenths>[123])割|0?(?P<percent>[123]0)[%％]?", half_width(value))
    if match is None:
        raise ValueError("share")
    return f"0{match['tenths']}0" if match["tenths"] else f"0{match['percent']}"


def _personal_family(value: str) -> str:
    if "本人" in value:
        return "1"
    if "家族" in value:
        return "2"
    raise ValueError("personal_family")


_Known = tuple[str, Callable[[str], str]]

_FRONT: Final[dict[str, _Known]] = {
    "保険者番号": ("insurer_number", _insurer_number),
    "保険者名": ("insurer_name", _as_it_is),
    "記号": ("symbol", _as_it_is),
    "番号": ("number", _as_it_is),
    "枝番": ("branch", _as_it_is),
    "フリガナ": ("name_kana", _as_it_is),
    "氏名": ("name", _as_it_is),
    "生年月日": ("birth_date", _day),
    "性別": ("sex", _sex),
    "証区分": ("classification_words", _as_it_is),
    "有効開始日": ("valid_from", _day),
    "有効終了日": ("valid_until", _day),
    "資格取得年月日": ("qualified_on", _day),
    "負担割合": ("share", _share),
    "本人・家族の別": ("personal_family", _personal_family),
    "被保険者氏名": ("insured_name", _as_it_is),
    "照会番号": ("reference_number", _as_it_is),
    "住所": ("address", _as_it_is),
}
_LABELS: Final[dict[_Part, dict[str, _Known]]] = {
    _Part.FRONT: _FRONT,
    _Part.BACK: {
        "氏名": ("name_of_other", _as_it_is),
        "氏名カナ": ("name_of_other_kana", _as_it_is),
        "性別": ("sex_on_back", _sex),
    },
    _Part.ELDERLY: {
        "有効開始日": ("valid_from", _day),
        "有効終了日": ("valid_until", _day),
        "負担割合": ("share", _share),
    },
    _Part.LIMIT: {
        "有効開始年月日": ("valid_from", _day),
        "有効終了年月日": ("valid_until", _day),
    },
}
_WHY: Final = {
    "not_the_block": (
        "アプリでコピーした資格情報ではありません。もう一度コピーしてください。",
        "not the app's copied block; copy it again.",
    ),
    "missing": ("見つかりません。全体をコピーしてください。", "not found; copy the whole block."),
    "several": ("二人分が貼り付けられています。一人ずつ貼り付けてください。", "two blocks at once; paste one by one."),
    "form": ("値を読み取れません。画面で確かめてください。", "its value cannot be read; look at the screen."),
    "no_such_day": ("その日はありません。画面で確かめてください。", "no such day; look at the screen."),
    "before_check": (
        "資格確認より前の日です。アプリで確認し直してからコピーしてください。",
        "before the day of the check; confirm it in the app again, then copy.",
    ),
    "future": ("まだ来ていない日です。端末の日付を確かめてください。", "a day to come; look at the device's date."),
}
