"""The declaration (被保険者資格申立書) as data: both versions with fields, options, titles and texts. Pure.

Facts: rules.md sections 7 and 12 [001][002]. The printed words are the form's own; which field is asked under which
answers is `declaration`'s to say.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, Literal

from kazasu.rules.period import Row
from kazasu.rules.substitute import Scheme

__all__ = ["FORMS", "Asked", "FieldKind", "FormField", "FormRow", "FormVersion", "Option", "Section"]

FormVersion = Literal["2023-07", "2024-12"]


class FieldKind(StrEnum):
    """How a field is filled."""

    TICK = "tick"
    CHOICE = "choice"
    TEXT = "text"
    DATE = "date"
    SIGNATURE = "signature"


class Asked(StrEnum):
    """When a field is asked at all."""

    ALWAYS = "always"
    WORKPLACE = "workplace"
    """社保, a national-health-insurance society, その他, わからない; not municipal 国保, not 後期."""
    SHARE = "share"
    """Those of 70 and over, and the late-stage elderly."""
    OTHER_SIGNED = "other_signed"
    """A guardian or the like signed."""


class Section(StrEnum):
    """The parts of the form."""

    INSURANCE = "insurance"
    CARD = "card"
    FOOT = "foot"


@dataclass(frozen=True)
class Option:
    """One box to tick: its value in an entry, and its words."""

    value: str
    ja: str


@dataclass(frozen=True, kw_only=True)
class FormField:
    """One field. `is_needed`: without it the form cannot serve; others may stay empty and are only noted."""

    name: str
    ja: str
    section: Section
    kind: FieldKind
    asked: Asked = Asked.ALWAYS
    options: tuple[Option, ...] = ()
    is_needed: bool = False
    is_optional: bool = False
    """An empty one is not even noted."""
    note: str = ""


class FormRow(Row, frozen=True, kw_only=True):
    """One version of the form."""

    version: FormVersion
    statement: str
    instruction: str
    titles: dict[str, str]
    fields: tuple[FormField, ...]


SCHEME_OPTIONS: Final = (
    Option(Scheme.EMPLOYEES, "社保"),
    Option(Scheme.NATIONAL, "国保"),
    Option(Scheme.LATE_STAGE_ELDERLY, "後期"),
    Option(Scheme.OTHER, "その他"),
    Option(Scheme.UNKNOWN, "わからない"),
)
SHARE_OPTIONS: Final = (
    Option("30", "3割"),
    Option("20", "2割"),
    Option("10", "1割"),
    Option("unknown", "わからない"),
)
SEX_OPTIONS: Final = (Option("male", "男"), Option("female", "女"))
ISSUED_OPTIONS: Final = (
    Option("within_a_month", "1か月以内"),
    Option("earlier", "それより前"),
    Option("unknown", "わからない"),
)

_WORKPLACE_NOTE: Final = (
    "保険種別で社保（保険者が健康保険組合、共済組合、全国健康保険協会の場合）、国保（保険者が国民健康保険組合の場合のみ）、"
    "その他（自衛官・公費単独医療の場合）、わからないに「✓」を記入された場合は、事業所名（お勤め先の会社名等）の記入をお願いします。"
)
_SHARE_NOTE: Final = (
    "70歳以上の方、または後期高齢者医療の被保険者の方は、一部負担金の割合についてもご記入ください。"
    "なお、ご記入いただいた一部負担金の割合が実際と異なっていた場合、後日、保険者から差額を請求等させていただく場合があります。"
)
_CARD_NOTE: Final = (
    "マイナンバーカードの券面に記載された氏名、生年月日、性別、住所をそのまま記入いただくとともに、"
    "氏名のフリガナも併せてご記入ください。"
)
_USE: Final = (
    "本申立書に記入いただいた情報は、医療機関等の診療報酬請求等に必要な範囲でのみ使用し、"
    "診療報酬請求等の請求・支払等に係る必要な事務を終えた段階で、速やかに廃棄します。"
)


def _tick(ja: str, option: str) -> FormField:
    return FormField(
        name="has_valid",
        ja=ja,
        section=Section.INSURANCE,
        kind=FieldKind.TICK,
        options=(Option("true", option),),
        is_needed=True,
    )


_SCHEME: Final = FormField(
    name="scheme",
    ja="保険種別",
    section=Section.INSURANCE,
    kind=FieldKind.CHOICE,
    options=SCHEME_OPTIONS,
    is_needed=True,
)
_INSURER_NAME: Final = FormField(name="insurer_name", ja="保険者等名称", section=Section.INSURANCE, kind=FieldKind.TEXT)
_WORKPLACE: Final = FormField(
    name="workplace",
    ja="事業所名",
    section=Section.INSURANCE,
    kind=FieldKind.TEXT,
    asked=Asked.WORKPLACE,
    note=_WORKPLACE_NOTE,
)
_ISSUED: Final = FormField(
    name="issued_when",
    ja="保険証の交付を受けた時期",
    section=Section.INSURANCE,
    kind=FieldKind.CHOICE,
    options=ISSUED_OPTIONS,
    note="わかる範囲でご記入ください。",
)
_SHARE: Final = FormField(
    name="share",
    ja="一部負担金の割合",
    section=Section.INSURANCE,
    kind=FieldKind.CHOICE,
    asked=Asked.SHARE,
    options=SHARE_OPTIONS,
    note=_SHARE_NOTE,
)


def _of_card(name: str, ja: str, kind: FieldKind = FieldKind.TEXT, *, note: str = _CARD_NOTE) -> FormField:
    return FormField(name=name, ja=ja, section=Section.CARD, kind=kind, is_needed=True, note=note)


_CARD_AND_FOOT: Final = (
    _of_card("name", "氏名"),
    _of_card("name_kana", "フリガナ"),
    _of_card("birth_date", "生年月日", FieldKind.DATE),
    FormField(
        name="sex",
        ja="性別",
        section=Section.CARD,
        kind=FieldKind.CHOICE,
        options=SEX_OPTIONS,
        is_needed=True,
        note=_CARD_NOTE,
    ),
    _of_card("address", "住所"),
    FormField(
        name="residence",
        ja="住所（券面以外の居所）",
        section=Section.CARD,
        kind=FieldKind.TEXT,
        is_optional=True,
        note="マイナンバーカードの券面に記載された住所以外の居所がある場合はこちらにご記入ください。",
    ),
    FormField(name="date", ja="年月日", section=Section.FOOT, kind=FieldKind.DATE, is_needed=True),
    FormField(name="signature", ja="署名", section=Section.FOOT, kind=FieldKind.SIGNATURE, is_needed=True),
    FormField(
        name="relation",
        ja="患者との関係",
        section=Section.FOOT,
        kind=FieldKind.TEXT,
        asked=Asked.OTHER_SIGNED,
        is_needed=True,
        note="保護者の方等が署名された場合にご記入ください。",
    ),
    FormField(name="telephone", ja="連絡先電話番号", section=Section.FOOT, kind=FieldKind.TEXT, is_needed=True),
)

FORMS: Final[tuple[FormRow, ...]] = (
    FormRow(
        key="form_2023_07",
        version="2023-07",
        since=date(2023, 7, 10),
        until=date(2024, 12, 1),
        cites="rules.md 7, 12 [001]",
        statement="有効な保険証の交付を受けており、医療保険等の被保険者資格について、下記の通り申し立てます。",
        instruction="以下の各項目に可能な範囲で記入いただき、□には、あてはまる場合に「✓」を記入してください。なお、"
        + _USE,
        titles={Section.INSURANCE: "1 保険証等に関する事項", Section.CARD: "2 マイナンバーカードの券面事項等"},
        fields=(
            _tick("保険証の有無", "有効な保険証の交付を受けている"),
            _SCHEME,
            _INSURER_NAME,
            _WORKPLACE,
            _ISSUED,
            _SHARE,
            *_CARD_AND_FOOT,
        ),
    ),
    FormRow(
        key="form_2024_12",
        version="2024-12",
        since=date(2024, 12, 2),
        cites="rules.md 7, 12 [002]",
        statement="有効な保険資格を有しており、医療保険等の被保険者資格について、下記の通り申し立てます。",
        instruction="以下の各項目に記入いただき、□には、あてはまる場合に「✓」を記入してください。なお、" + _USE,
        titles={Section.INSURANCE: "1 保険資格等に関する事項", Section.CARD: "2 マイナンバーカードの券面事項等"},
        fields=(
            _tick("保険資格の有無", "有効な保険資格を有している"),
            _SCHEME,
            _INSURER_NAME,
            _WORKPLACE,
            _SHARE,
            *_CARD_AND_FOOT,
        ),
    ),
)
