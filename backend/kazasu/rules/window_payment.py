"""What the patient pays at the window when the card could not be checked: facts/rules.md section 6. Pure."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from kazasu.rules.period import Found, Knowledge, Row, find
from kazasu.rules.say import Say

__all__ = ["PAYMENT_ROWS", "Payment", "PaymentRow", "WindowPayment", "window_payment"]


class Payment(StrEnum):
    """What is asked at the window."""

    OWN_SHARE = "own_share"
    FULL_CHARGE = "full_charge"
    """100 % in principle."""
    FACILITY_DECIDES = "facility_decides"
    """100 % in principle; of a known returning patient the institution may decide on what it holds."""


class PaymentRow(Row, frozen=True, kw_only=True):
    """What applies from the notice of 2023-07-10 on; the sources hold no restatement from 2024-12."""

    payment: Payment
    say: Say


_SINCE: Final = date(2023, 7, 10)
_CITES: Final = "rules.md 6 [001][004]"

PAYMENT_ROWS: Final[tuple[PaymentRow, ...]] = (
    PaymentRow(
        key="own_share",
        payment=Payment.OWN_SHARE,
        since=_SINCE,
        cites=_CITES,
        say=Say(
            ja="確認できた、または申し立てられた自己負担分（3割等）をいただきます。",
            en="The patient pays the own share (for example 30 %) as confirmed or declared.",
        ),
    ),
    PaymentRow(
        key="full_charge",
        payment=Payment.FULL_CHARGE,
        since=_SINCE,
        cites=_CITES,
        say=Say(
            ja="カードも保険証もない場合や、有効な保険がなくカードでも確認できない場合は、原則として全額（10割）です。",
            en="With neither card nor document, or with no valid insurance and no check by card, the full 100 % in"
            " principle.",
        ),
    ),
    PaymentRow(
        key="facility_decides",
        payment=Payment.FACILITY_DECIDES,
        since=_SINCE,
        cites=_CITES,
        say=Say(
            ja="原則は全額（10割）ですが、再診で身元がわかる患者は、保有している情報をもとに施設の判断で自己負担分にできます。",
            en="100 % in principle, but of a known returning patient the institution may take the own share on what it"
            " holds.",
        ),
    ),
)


@dataclass(frozen=True)
class WindowPayment:
    """What to ask for, why, and how well that is known."""

    payment: Payment
    say: Say
    cites: str
    knowledge: Knowledge


def window_payment(
    day: date,
    *,
    brought_card: bool,
    brought_document: bool,
    has_valid_insurance: bool = True,
    can_be_checked_by_card: bool = False,
    is_known_returning: bool = False,
    rows: tuple[PaymentRow, ...] = PAYMENT_ROWS,
) -> WindowPayment | None:
    """What the window asks for; None before the notice of 2023-07-10.

    `brought_document`: a 資格確認書 or insurance card in force. `has_valid_insurance`: the person has insurance at all,
    which a signed declaration also states.
    """
    brought_nothing = not brought_card and not brought_document
    has_none = not has_valid_insurance and not can_be_checked_by_card
    if not brought_nothing and not has_none:
        payment = Payment.OWN_SHARE
    elif is_known_returning:
        payment = Payment.FACILITY_DECIDES
    else:
        payment = Payment.FULL_CHARGE
    found = find([row for row in rows if row.payment is payment], day)
    if not isinstance(found, Found):
        return None
    return WindowPayment(payment, found.row.say, found.row.cites, found.knowledge)
