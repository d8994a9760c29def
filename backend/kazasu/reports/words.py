"""The Japanese words of what the reports count; a code that has none stands for itself. Pure."""

from typing import Final

from kazasu.rules.substitute import Substitute
from kazasu.rules.vocabulary import CheckType, IdentityMethod, InquiryKey, Setting

__all__ = ["ASKED", "GROUPS", "word"]

ASKED: Final = {"before_visit": "訪問前の一括照会", "re_inquiry": "再照会"}

GROUPS: Final = {
    "method": "方法",
    "identity": "本人確認",
    "assurance": "確かさ",
    "check_type": "確認の種類",
    "device": "端末",
    "staff": "職員",
    "setting": "場面",
}

_WORDS: Final[dict[str, dict[str, str]]] = {
    "method": {
        InquiryKey.INSURED_NUMBER: "番号による照会",
        InquiryKey.CONSENT_FETCH: "同意の一括取得",
        InquiryKey.APP_TEXT: "アプリからの貼り付け",
        InquiryKey.TERMINAL_SCREEN: "資格確認端末の画面",
        InquiryKey.CERTIFICATE: "電子証明書による照会",
        Substitute.PORTAL_SCREEN: "マイナポータルの画面",
        Substitute.SAVED_PDF: "保存したPDF",
        Substitute.NOTICE: "資格情報のお知らせ",
        Substitute.QUALIFICATION_CERTIFICATE: "資格確認書",
        Substitute.INSURANCE_CARD: "健康保険証",
        Substitute.ORAL_CONFIRMATION: "口頭での確認",
        Substitute.DECLARATION: "被保険者資格申立書",
        "other_document": "その他の書類",
        "not_answered": "回答なし",
    },
    "identity": {IdentityMethod.PIN: "暗証番号", IdentityMethod.VISUAL: "目視確認"},
    "assurance": {
        "card_signed": "カードの署名",
        "card_read": "カードの読み取り",
        "document": "書類",
        "stated": "申し立て",
    },
    "check_type": {
        CheckType.STANDARD: "通常のオンライン資格確認",
        CheckType.HOME_CONSENT: "居宅同意取得型",
        CheckType.ELIGIBILITY_ONLY: "資格確認限定型",
    },
    "setting": {
        Setting.HOME_VISIT: "訪問診療等",
        Setting.HOUSE_CALL: "往診",
        Setting.ONLINE: "オンライン診療",
        Setting.DRIVE_THROUGH: "ドライブスルー",
        Setting.FEVER_CLINIC: "発熱外来",
        Setting.COUNTER_FALLBACK: "窓口の代わり",
        Setting.CHECK_UP: "健診",
        Setting.TREATMENT: "施術",
    },
}
_NOT_RECORDED: Final = "記録なし"


def word(group: str, value: str, name: str = "") -> str:
    """The value in words: the name of a device or staff member where it has one."""
    if name:
        return name
    if value == "not_recorded":
        return _NOT_RECORDED
    return _WORDS.get(group, {}).get(value, value)
