"""The trouble log's categories and responses, as the associations ask for them: facts/rules.md section 10. Pure."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

import msgspec

from kazasu.rules.say import Say

__all__ = [
    "CATEGORIES",
    "RESPONSES",
    "Trouble",
    "TroubleCategory",
    "TroubleCounts",
    "TroubleResponse",
    "TroubleWord",
    "count_trouble",
]


class TroubleCategory(StrEnum):
    """What went wrong, in the order of the survey sheet."""

    INVALID = "invalid"
    NO_SUCH_NUMBER = "no_such_number"
    NAME_OR_ADDRESS = "name_or_address"
    SUBSTITUTE_CHARACTER = "substitute_character"
    READER = "reader"
    LIMIT_AMOUNT = "limit_amount"
    SHARE_NATIONAL = "share_national"
    SHARE_EMPLOYEES = "share_employees"
    SHARE_LATE_STAGE_ELDERLY = "share_late_stage_elderly"
    OTHER_PERSON = "other_person"
    CERTIFICATE_EXPIRED = "certificate_expired"


class TroubleResponse(StrEnum):
    """What was done."""

    INSURANCE_CARD = "insurance_card"
    INSURER_OR_CALL_CENTRE = "insurer_or_call_centre"
    VENDOR = "vendor"
    LAST_VISIT = "last_visit"
    OTHER = "other"


@dataclass(frozen=True)
class TroubleWord:
    """The words of a category or response, and where they stand."""

    say: Say
    cites: str


_CITES: Final = "rules.md 10 [001]"


def _word(ja: str, en: str, cites: str = _CITES) -> TroubleWord:
    return TroubleWord(Say(ja=ja, en=en), cites)


CATEGORIES: Final[dict[TroubleCategory, TroubleWord]] = {
    TroubleCategory.INVALID: _word("資格情報が無効", "qualification shown invalid"),
    TroubleCategory.NO_SUCH_NUMBER: _word("該当の被保険者番号がない", "no such insured number"),
    TroubleCategory.NAME_OR_ADDRESS: _word("名前や住所の間違い", "name or address wrong"),
    TroubleCategory.SUBSTITUTE_CHARACTER: _word("●で出る", "● shown"),
    TroubleCategory.READER: _word("カードリーダーの接続不良・認証エラー", "reader connection or authentication error"),
    TroubleCategory.LIMIT_AMOUNT: _word("限度額認定に誤り等があった", "limit-amount certificate wrong"),
    TroubleCategory.SHARE_NATIONAL: _word("負担割合の齟齬（国保）", "co-payment share differs (national)"),
    TroubleCategory.SHARE_EMPLOYEES: _word("負担割合の齟齬（社保）", "co-payment share differs (employees')"),
    TroubleCategory.SHARE_LATE_STAGE_ELDERLY: _word(
        "負担割合の齟齬（後期高齢）", "co-payment share differs (late-stage elderly)"
    ),
    TroubleCategory.OTHER_PERSON: _word("他人の情報が紐づけられていた", "another person's data linked"),
    TroubleCategory.CERTIFICATE_EXPIRED: _word("マイナ保険証の有効期限が切れていた", "certificate expired"),
}

RESPONSES: Final[dict[TroubleResponse, TroubleWord]] = {
    TroubleResponse.INSURANCE_CARD: _word(
        "その日に持ち合わせていた健康保険証で資格確認をした", "checked by the insurance card at hand"
    ),
    TroubleResponse.INSURER_OR_CALL_CENTRE: _word(
        "保険者・コールセンターに連絡をして相談した", "asked the insurer or the call centre"
    ),
    TroubleResponse.VENDOR: _word("レセコンメーカーに相談した", "asked the receipt-computer vendor"),
    TroubleResponse.LAST_VISIT: _word("前回来院時の情報をもとに対応した", "used the last visit's data"),
    TroubleResponse.OTHER: _word("その他", "other"),
}

SHARE_CATEGORIES: Final = frozenset(
    {
        TroubleCategory.SHARE_NATIONAL,
        TroubleCategory.SHARE_EMPLOYEES,
        TroubleCategory.SHARE_LATE_STAGE_ELDERLY,
    }
)
"""One box on the sheet (負担割合の齟齬) with three beside it."""


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the log, without person."""

    day: date
    category: TroubleCategory
    responses: tuple[TroubleResponse, ...] = ()
    full_charge: bool = False


class TroubleCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The log of a period, counted. An entry with two responses counts in both."""

    entries: int
    categories: dict[TroubleCategory, int]
    responses: dict[TroubleResponse, int]
    full_charge_cases: int


def count_trouble(log: tuple[Trouble, ...], since: date, until: date) -> TroubleCounts:
    """The counts of the entries from `since` to `until`, both included; every category and response is there."""
    within = [entry for entry in log if since <= entry.day <= until]
    return TroubleCounts(
        entries=len(within),
        categories={one: sum(entry.category is one for entry in within) for one in TroubleCategory},
        responses={one: sum(one in entry.responses for entry in within) for one in TroubleResponse},
        full_charge_cases=sum(entry.full_charge for entry in within),
    )
