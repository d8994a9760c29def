"""The form on paper, as a person would file it: A4, both versions, filled in or blank, with the explanation sheet.

The words are the source documents' own (facts/rules.md sections 7 and 12 [001][002]). Knows no database.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from checksync.ink import InkError, OnPaper, Picture, Strokes, parse_ink
from kazasu.declarations.content import Declaration
from kazasu.japanese import EraDateError, parse_date
from kazasu.printing import Sheet, unprintable
from kazasu.rules.declaration import Answers, PrintedField, printed
from kazasu.rules.declaration_form import FieldKind, FormField, FormRow, Section
from mynacard.era import Era

__all__ = ["declaration_paper"]

_TITLE: Final = "被保険者資格申立書"
_LABEL_MM: Final = 42.0
_ROW_POINTS: Final = 10.0
_NOTE_POINTS: Final = 8.0
_PAD_MM: Final = 1.2
_BOX_MM: Final = 3.2
_FOOT_LABEL_MM: Final = 34.0
_SIGNATURE_MM: Final = (70.0, 20.0)

# Which note of the form stands behind which field, in the form's order.
_NOTE_MARKS: Final = {"workplace": "※1", "share": "※2", "residence": "※3", "name": "※4", "relation": "※5"}

EXPLANATION: Final = {
    "2023-07": (
        "本申立書は、有効な保険証が発行されているにもかかわらず、マイナンバーカードにより資格確認を行った場合に、"
        "以下のような理由でオンライン資格確認ができない患者さんに、本来の自己負担額での保険診療を行うためにご記載をお願いする文書になります。",
        "転職等により保険証が発行されているものの、データ登録中のためオンライン資格確認ができない場合",
        "被保険者番号等の情報（保険証のコピーや写真を含む。）がわかり次第、必ず受診された医療機関等にお伝えください。",
    ),
    "2024-12": (
        "本申立書は、有効な保険資格があるにもかかわらず、マイナンバーカードにより資格確認を行った場合に、"
        "以下のような理由でオンライン資格確認ができない患者さんに、本来の自己負担額での保険診療を行うためにご記載をお願いする文書になります。",
        "転職等により新たに加入した医療保険者においてデータ登録中のためオンライン資格確認ができない場合",
        "被保険者番号等の情報（保険証のコピーや写真を含む。）がわかり次第、必ず受診された医療機関等にお伝えください。",
    ),
}
"""The explanation sheet: why it is asked for, the first example, and what the patient is to tell afterwards."""
_CHARGE: Final = (
    "本申立書をご記載いただくことにより、3割負担（未就学児は2割負担。70歳以上等の方は1～3割）により"
    "自己負担額を計算します。"
)
_FAULTY_MACHINE: Final = "機器のトラブル等により、マイナンバーカードでオンライン資格確認ができない場合"


@dataclass(frozen=True)
class _Filled:
    answers: Answers
    day: date


def declaration_paper(
    form: FormRow, declared: Declaration | None, *, facility: str, is_exercise: bool, made_at: datetime
) -> bytes:
    """The PDF: the form, then the explanation sheet. Without a declaration, blank to be filled in by hand."""
    sheet = Sheet(title=_TITLE, is_exercise=is_exercise, made_at=made_at, foot=facility)
    filled = _Filled(declared.answers, declared.day) if declared is not None else _Filled({}, form.since)
    _form(sheet, form, filled, is_blank=declared is None)
    _explanation(sheet, form)
    return sheet.to_octets()


def _form(sheet: Sheet, form: FormRow, filled: _Filled, *, is_blank: bool) -> None:
    lines = printed(form, filled.answers, filled.day)
    by_name = dict(zip((field.name for field in form.fields if field.name != "residence"), lines, strict=True))
    fields = {field.name: field for field in form.fields}
    sheet.heading(_TITLE, level=1, align="center")
    sheet.ln(2)
    sheet.lines(form.statement, points=10.5)
    sheet.lines(f"※ {form.instruction}", points=_NOTE_POINTS)
    for section in (Section.INSURANCE, Section.CARD):
        sheet.heading(form.titles[section], level=3)
        rows = [
            (fields[name], line) for name, line in by_name.items() if line.section is section and name != "name_kana"
        ]
        for field, line in rows:
            _row(sheet, field, line, by_name, filled, is_blank=is_blank)
        sheet.ln(1)
        _notes(sheet, fields, section)
    _foot(sheet, by_name, filled)
    missing = unprintable("".join(str(value) for name, value in filled.answers.items() if name != "signature"))
    if missing:
        sheet.ln(2)
        sheet.lines(
            f"〓は、この印刷で表せない文字です（{'、'.join(missing)}）。原本の記録にはそのまま残っています。",
            points=7.5,
        )


def _row(
    sheet: Sheet,
    field: FormField,
    line: PrintedField,
    by_name: Mapping[str, PrintedField],
    filled: _Filled,
    *,
    is_blank: bool,
) -> None:
    label = f"{field.ja}{_NOTE_MARKS.get(field.name, '') if field.name != 'name' else ''}"
    value_mm = sheet.epw - _LABEL_MM
    text = line.text
    if field.name == "name":
        text = f"(フリガナ)　{by_name['name_kana'].text}\n{line.text}"
    if field.name == "address" and not text:
        text = "\n"
    height = max(sheet.text_height(text or "　", value_mm, points=_ROW_POINTS) + 2 * _PAD_MM, 8.0)
    if sheet.will_page_break(height):
        sheet.add_page()
    top, left = sheet.get_y(), sheet.l_margin
    sheet.rect(left, top, _LABEL_MM, height)
    sheet.rect(left + _LABEL_MM, top, value_mm, height)
    sheet.text_box(label, left, top + _PAD_MM, _LABEL_MM, points=9)
    inside = left + _LABEL_MM
    if field.kind is FieldKind.DATE:
        _eras(sheet, line.text, filled.answers.get(field.name), inside, top + _PAD_MM)
    elif line.boxes:
        at = inside + 1.5
        for words, is_ticked in line.boxes:
            at = _box(sheet, words, at, top + height / 2, is_ticked=is_ticked)
    else:
        sheet.text_box(text, inside, top + _PAD_MM, value_mm, points=_ROW_POINTS)
    sheet.set_xy(left, top + height)


def _eras(sheet: Sheet, text: str, value: object, left: float, top: float) -> None:
    """The five eras with their boxes, then the date by era; blank, the places to write."""
    era = _era_of(value)
    at = left + 1.5
    for one in Era:
        at = _box(sheet, one.japanese, at, top + 2.8, is_ticked=one is era)
    words = text.removeprefix(era.japanese) if era is not None else text or "　　年　　月　　日"
    sheet.text_box(words, at, top, 50, points=_ROW_POINTS)


def _era_of(value: object) -> Era | None:
    try:
        return Era.of(parse_date(str(value))) if value else None
    except EraDateError:
        return None


def _box(sheet: Sheet, words: str, left: float, middle: float, *, is_ticked: bool) -> float:
    """A box with its words, ticked or not; where the next one may begin."""
    sheet.rect(left, middle - _BOX_MM / 2, _BOX_MM, _BOX_MM)
    sheet.set_font(size=_ROW_POINTS)
    baseline = middle + 1.3
    # Said to whoever reads the text of the file as well as to the eye.
    sheet.text(left + 0.1, baseline, "✓" if is_ticked else "")
    sheet.text(left + _BOX_MM + 0.8, baseline, words)
    return float(left + _BOX_MM + 0.8 + sheet.get_string_width(words) + 4)


def _notes(sheet: Sheet, fields: Mapping[str, FormField], section: Section) -> None:
    for name, mark in _NOTE_MARKS.items():
        field = fields.get(name)
        if field is not None and field.section is section and field.note:
            sheet.lines(f"{mark} {field.note}", points=_NOTE_POINTS)


def _foot(sheet: Sheet, by_name: Mapping[str, PrintedField], filled: _Filled) -> None:
    if sheet.will_page_break(62):
        sheet.add_page()
    sheet.ln(3)
    sheet.lines(by_name["date"].text or "　　年　　月　　日", points=11, align="right")
    sheet.ln(2)
    top, left = sheet.get_y(), sheet.l_margin
    sheet.text_box("署名", left, top + 6, _FOOT_LABEL_MM, points=11)
    width, height = _SIGNATURE_MM
    _signature(sheet, filled.answers.get("signature"), left + _FOOT_LABEL_MM, top, width, height)
    sheet.line(left + _FOOT_LABEL_MM, top + height, left + _FOOT_LABEL_MM + width, top + height)
    relation = by_name["relation"].text
    sheet.text_box(
        f"(患者との関係※5：{relation or '　　　　'})", left + _FOOT_LABEL_MM + width + 2, top + 12, 62, points=9.5
    )
    sheet.set_xy(left, top + height + 4)
    sheet.text_box("連絡先電話番号", left, top + height + 4, _FOOT_LABEL_MM, points=11)
    sheet.text_box(by_name["telephone"].text, left + _FOOT_LABEL_MM, top + height + 4, 80, points=11)
    sheet.line(left + _FOOT_LABEL_MM, top + height + 10, left + _FOOT_LABEL_MM + width, top + height + 10)
    sheet.set_xy(left, top + height + 14)
    sheet.lines(f"※5 {by_name['relation'].note}", points=_NOTE_POINTS)


def _signature(sheet: Sheet, value: object, left: float, top: float, width: float, height: float) -> None:
    """What was written on the glass, within its place; a picture that cannot be read says so."""
    if not value:
        return
    try:
        ink = parse_ink(str(value))
    except InkError:
        sheet.text_box("（署名の記録を読めません）", left, top + 6, width, points=9)
        return
    if isinstance(ink, OnPaper):
        sheet.text_box("（署名は紙の原本にあります）", left, top + 6, width, points=9)
    elif isinstance(ink, Strokes):
        scale = min(width / ink.width, height / ink.height)
        with sheet.local_context():
            sheet.set_line_width(0.4)
            for stroke in ink.lines:
                sheet.polyline([(left + x * scale, top + y * scale) for x, y in stroke])
    else:
        _picture(sheet, ink, left, top, width, height)


def _picture(sheet: Sheet, ink: Picture, left: float, top: float, width: float, height: float) -> None:
    try:
        sheet.image(io.BytesIO(ink.octets), x=left, y=top, w=width, h=height, keep_aspect_ratio=True)
    except Exception:
        # Whatever the octets are: a form without its picture is better than none, and its words say what is missing.
        sheet.text_box("（署名の画像を読めません）", left, top + 6, width, points=9)


def _explanation(sheet: Sheet, form: FormRow) -> None:
    why, registering, tell = EXPLANATION[form.version]
    sheet.add_page()
    sheet.lines("患者の皆様へのお願い", points=10)
    sheet.heading(f"{_TITLE}に関する説明書", level=1, align="center")
    sheet.ln(4)
    for text in (why, _CHARGE, f"※ {tell}"):
        sheet.lines(text, points=10.5)
        sheet.ln(3)
    sheet.lines("【ご記載が必要になる場合（例）】", points=10.5)
    for text in (registering, _FAULTY_MACHINE):
        sheet.lines(f"・ {text}", points=10.5, indent_mm=4)
