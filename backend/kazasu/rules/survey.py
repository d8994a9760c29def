"""The survey sheet of the doctors' associations (2024), its questions in order, and what the log fills in. Pure.

Facts: rules.md sections 10 and 12 [001]. Free texts and opinions are the facility's own and stay empty.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from kazasu.rules.trouble import (
    CATEGORIES,
    RESPONSES,
    SHARE_CATEGORIES,
    Trouble,
    TroubleCategory,
    count_trouble,
)

__all__ = ["QUESTIONS", "FilledAnswer", "InstitutionKind", "Question", "SheetKind", "fill_sheet"]


class SheetKind(StrEnum):
    """The same kinds as a request names them."""

    CLINIC = "clinic"
    DENTAL = "dental"
    HOSPITAL = "hospital"


class InstitutionKind(StrEnum):
    """The kinds that the sheet knows; a pharmacy is not asked."""

    CLINIC = "医科診療所"
    DENTAL = "歯科診療所"
    HOSPITAL = "病院"


@dataclass(frozen=True)
class Question:
    """One question: its words in short, the boxes, and whether the log can fill it."""

    number: int
    ja: str
    boxes: tuple[str, ...] = ()
    is_from_log: bool = False


_YES_NO: Final = ("あった", "なかった")
_SHARE: Final = "負担割合の齟齬"
_SHARE_BOXES: Final = {
    TroubleCategory.SHARE_NATIONAL: "国保",
    TroubleCategory.SHARE_EMPLOYEES: "社保",
    TroubleCategory.SHARE_LATE_STAGE_ELDERLY: "後期高齢",
}


def _category_boxes() -> tuple[str, ...]:
    boxes: list[str] = []
    for category, word in CATEGORIES.items():
        if category not in SHARE_CATEGORIES:
            boxes.append(word.say.ja)
        elif _SHARE not in boxes:
            boxes += [_SHARE, *(f"{_SHARE}（{box}）" for box in _SHARE_BOXES.values())]
    return tuple(boxes)


QUESTIONS: Final[tuple[Question, ...]] = (
    Question(1, "医療機関の所在地（都道府県）"),
    Question(2, "区分", tuple(InstitutionKind)),
    Question(3, "今年5月以降のトラブル・不具合", _YES_NO, is_from_log=True),
    Question(4, "該当する事例（複数回答可）", _category_boxes(), is_from_log=True),
    Question(5, "トラブル・不具合の具体的な内容"),
    Question(6, "どのように対応したか（複数回答可）", tuple(w.say.ja for w in RESPONSES.values()), is_from_log=True),
    Question(7, "「一旦10割負担を患者に請求した」事例（件数）", _YES_NO, is_from_log=True),
    Question(8, "「一旦10割負担を患者に請求した」具体的事例"),
    Question(9, "利用推進による患者とのトラブル", ("あった", "なかった", "協力していない")),
    Question(10, "利用促進による患者とのトラブルの具体的な内容"),
    Question(
        11,
        "健康保険証が廃止された場合の受付業務（複数回答可）",
        (
            "大きな混乱はないと思う",
            "今も混乱しており、廃止後は受付業務に忙殺されると思う",
            "診察の待ち時間が長くなると思う",
            "スタッフを増やして対応せざるを得ないと思う",
        ),
    ),
    Question(12, "健康保険証が廃止されることについて", ("賛成", "延期すべき", "保険証は残すべき")),
)


@dataclass(frozen=True)
class FilledAnswer:
    """One question's answer: text, ticked boxes, and the number of cases where the sheet asks for it."""

    question: Question
    text: str = ""
    ticked: tuple[str, ...] = ()
    cases: int | None = None


def fill_sheet(
    log: tuple[Trouble, ...],
    since: date,
    until: date,
    *,
    prefecture: str,
    kind: InstitutionKind | None,
    unlisted: int = 0,
    unlisted_full_charge: int = 0,
) -> tuple[FilledAnswer, ...]:
    """The sheet for a period; what the log cannot say stays empty.

    `unlisted`: further trouble of the period for which the sheet has no box, and how many of it were charged in full.
    """
    counts = count_trouble(log, since, until)
    had_trouble = counts.entries + unlisted > 0
    full = counts.full_charge_cases + unlisted_full_charge
    happened = {category for category, count in counts.categories.items() if count}
    ticked: dict[int, tuple[str, ...]] = {
        2: (kind,) if kind is not None else (),
        3: (_YES_NO[0] if had_trouble else _YES_NO[1],),
        4: _ticked_categories(happened),
        6: tuple(RESPONSES[response].say.ja for response, count in counts.responses.items() if count),
        # Question 7 is asked of those who had trouble.
        7: ((_YES_NO[0] if full else _YES_NO[1]),) if had_trouble else (),
    }
    return tuple(
        FilledAnswer(
            question,
            text=prefecture if question.number == 1 else "",
            ticked=ticked.get(question.number, ()),
            cases=full if question.number == 7 and full else None,
        )
        for question in QUESTIONS
    )


def _ticked_categories(happened: set[TroubleCategory]) -> tuple[str, ...]:
    names = {CATEGORIES[category].say.ja for category in happened - SHARE_CATEGORIES}
    if happened & SHARE_CATEGORIES:
        names.add(_SHARE)
        names |= {f"{_SHARE}（{_SHARE_BOXES[category]}）" for category in happened & SHARE_CATEGORIES}
    return tuple(box for box in QUESTIONS[3].boxes if box in names)
