"""What each substitute document carries, and what has to be taken from the card beside it: rules.md section 12. Pure.

The names are those under which an entry of the device log records them (`substitute`, `fields`).
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from kazasu.rules.copayment import is_share_asked
from kazasu.rules.substitute import Substitute

__all__ = ["DOCUMENT_FIELDS", "FROM_CARD", "DocumentField", "fields_of"]


@dataclass(frozen=True)
class DocumentField:
    """One field as it is printed. `elderly_only`: only at 70 and over (and late-stage elderly)."""

    name: str
    ja: str
    elderly_only: bool = False


_INSURER: Final = DocumentField("insurer_number", "保険者番号")
_NUMBER: Final = (
    DocumentField("symbol", "記号"),
    DocumentField("number", "番号"),
    DocumentField("branch", "枝番"),
)
_NAME: Final = DocumentField("name", "氏名")
_KANA: Final = DocumentField("name_kana", "フリガナ")
_SHARE_ELDERLY: Final = DocumentField("share", "負担割合", elderly_only=True)
_PORTAL: Final = (
    DocumentField("saved_at", "保存日時"),
    DocumentField("insurer_name", "保険者名"),
    _INSURER,
    *_NUMBER,
    _NAME,
    DocumentField("share", "一部負担金割合", elderly_only=True),
    DocumentField("valid_until", "有効期限", elderly_only=True),
)

DOCUMENT_FIELDS: Final[dict[Substitute, tuple[DocumentField, ...]]] = {
    Substitute.PORTAL_SCREEN: _PORTAL,
    Substitute.SAVED_PDF: _PORTAL,
    Substitute.NOTICE: (
        DocumentField("issuer", "交付者名"),
        _INSURER,
        *_NUMBER,
        _NAME,
        _KANA,
        _SHARE_ELDERLY,
        DocumentField("valid_from", "適用開始年月日"),
        DocumentField("issued_on", "交付年月日"),
        DocumentField("valid_until", "有効期限", elderly_only=True),
        DocumentField("effective_on", "発効期日", elderly_only=True),
    ),
    # The national-health-insurance sample; other insurers' differ.
    Substitute.QUALIFICATION_CERTIFICATE: (
        DocumentField("prefecture", "都道府県"),
        DocumentField("valid_until", "有効期限"),
        DocumentField("effective_on", "発効期日"),
        *_NUMBER,
        _NAME,
        DocumentField("sex", "性別"),
        DocumentField("birth_date", "生年月日"),
        DocumentField("share", "負担割合"),
        DocumentField("valid_from", "適用開始年月日"),
        DocumentField("issued_on", "交付年月日"),
        DocumentField("householder", "世帯主氏名"),
        DocumentField("address", "住所"),
        _INSURER,
        DocumentField("issuer", "交付者名"),
    ),
    # No field list of the insurance card stands in the sources; these are what an inquiry by it is typed from [003].
    Substitute.INSURANCE_CARD: (_INSURER, *_NUMBER, _NAME, DocumentField("birth_date", "生年月日")),
    Substitute.ORAL_CONFIRMATION: (),
}

CUT_OFF_SLIP: Final = ("issued_on", "issuer", "insurer_number", "symbol", "number", "branch", "name", "share")
"""What the slip cut off the notice carries; it is the same substitute as the notice itself."""

FROM_CARD: Final = (
    DocumentField("birth_date", "生年月日"),
    DocumentField("sex", "性別"),
    DocumentField("address", "住所"),
)
"""What portal, PDF and notice lack: it is taken from the card that has to be shown beside them."""


def fields_of(
    substitute: Substitute, birth_date: date | None, is_late_stage: bool, day: date
) -> tuple[tuple[DocumentField, ...], tuple[DocumentField, ...]]:
    """What to take from the document, and what from the card. The declaration has a form of its own (`declaration`)."""
    elderly = is_share_asked(birth_date, is_late_stage, day)
    document = tuple(field for field in DOCUMENT_FIELDS.get(substitute, ()) if elderly or not field.elderly_only)
    needs_card = substitute in (Substitute.PORTAL_SCREEN, Substitute.SAVED_PDF, Substitute.NOTICE)
    return document, FROM_CARD if needs_card else ()
