"""The three routes by which a claim goes out, as rows: facts/rules.md section 8 and 12 [001][002][004]. Pure.

`claim_fields` fills them in. Which route a claim takes is judged by the day on which it is filed, whose month is the
claim month; the end of the payer's returns by the day of its processing.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from kazasu.facility.kind import FacilityKind
from kazasu.rules.claim_return import REMAINING_RETURNS, RemainingReturn
from kazasu.rules.period import Found, Row, find
from kazasu.rules.say import Say

__all__ = [
    "CLAIM_ROUTES",
    "UNKNOWN_INSURER_ROWS",
    "ClaimForm",
    "ClaimRoute",
    "ClaimRouteRow",
    "Need",
    "PayerMove",
    "UnknownInsurerRow",
    "claims_at_all",
    "form_of",
    "no_claim",
    "payer_move",
    "unknown_insurer_number",
]


class ClaimRoute(StrEnum):
    """The routes, in the order to try."""

    CURRENT = "current"
    OLD = "old"
    UNKNOWN = "unknown"


class Need(StrEnum):
    """What a route needs before it may be taken."""

    CURRENT_NUMBER = "current_number"
    OLD_NUMBER = "old_number"
    DECLARATION = "declaration"
    """A declaration on file; of a returning patient the oral confirmation counts as one."""
    NO_NUMBER_GIVEN = "no_number_given"
    CONTACTED = "contacted"
    ASKED_AGAIN = "asked_again"
    """An inpatient or a returning patient has been asked again."""


class ClaimRouteRow(Row, frozen=True, kw_only=True):
    """One route: what it needs, and what it means for the claim."""

    route: ClaimRoute
    needs: tuple[Need, ...]
    say: Say


CLAIM_ROUTES: Final[tuple[ClaimRouteRow, ...]] = (
    ClaimRouteRow(
        key="current",
        route=ClaimRoute.CURRENT,
        since=date(2021, 10, 1),
        needs=(Need.CURRENT_NUMBER,),
        cites="rules.md 8 [001][002]",
        say=Say(
            ja="確認できた現在の資格で請求します。",
            en="Claimed with the current qualification, from the answer, a document, or asked of the patient.",
        ),
    ),
    ClaimRouteRow(
        key="old",
        route=ClaimRoute.OLD,
        since=date(2023, 7, 10),
        needs=(Need.OLD_NUMBER,),
        cites="rules.md 8 [001][002][004]",
        say=Say(
            ja="「資格（無効）」の画面や過去の受診でわかる旧資格で請求し、摘要欄に「旧資格情報」と記録します。",
            en="Claimed with the old qualification from the invalid screen or past visits; the remarks say 旧資格情報.",
        ),
    ),
    ClaimRouteRow(
        key="unknown",
        route=ClaimRoute.UNKNOWN,
        since=date(2023, 9, 1),
        needs=(Need.DECLARATION, Need.NO_NUMBER_GIVEN, Need.CONTACTED, Need.ASKED_AGAIN),
        cites="rules.md 8, 12 [001][002][004]",
        say=Say(
            ja="番号がわからないまま請求します。申立書があり、患者に連絡してもわからない場合の最後の方法です。",
            en="Claimed without known numbers: the last way, with a declaration and after contacting the patient.",
        ),
    ),
)

_NO_CLAIMS: Final = frozenset(
    {FacilityKind.CHECK_UP_PROVIDER, FacilityKind.MIDWIFERY_HOME, FacilityKind.TREATMENT_PRACTICE}
)


class ClaimForm(StrEnum):
    """The record forms; lines are known of the first two alone."""

    MEDICAL = "medical"
    DENTAL = "dental"
    PHARMACY = "pharmacy"
    NURSING = "nursing"
    PAPER = "paper"


def claims_at_all(kind: FacilityKind) -> bool:
    """Whether such a facility sends claims of this kind; a check-up provider, midwife or therapist does not."""
    return kind not in _NO_CLAIMS


def no_claim() -> Say:
    """What to say where no claim goes out."""
    return Say(
        ja="健診実施機関・助産所・施術所からは、この形の請求はありません。",
        en="A check-up provider, a midwifery home or a treatment practice sends no claims of this kind.",
    )


def form_of(kind: FacilityKind, *, is_dental: bool) -> ClaimForm | None:
    """The form in which a facility claims; None where it does not."""
    if not claims_at_all(kind):
        return None
    by_kind = {
        FacilityKind.PHARMACY: ClaimForm.PHARMACY,
        FacilityKind.VISITING_NURSING: ClaimForm.NURSING,
        FacilityKind.OUTSIDE_OBLIGATION: ClaimForm.PAPER,
    }
    return by_kind.get(kind, ClaimForm.DENTAL if is_dental else ClaimForm.MEDICAL)


UNKNOWN_INSURER: Final = "77777777"
UNKNOWN_INSURER_WITH_CHECK_DIGIT: Final = "77777779"
"""For receipt computers that refuse a wrong check digit; from the notice of 2023-09-15 on (oqs.md 4)."""


class UnknownInsurerRow(Row, frozen=True, kw_only=True):
    """The insurer number of an unknown claim. `receipt_computer_checks_digit`: for those that refuse a wrong one."""

    number: str
    receipt_computer_checks_digit: bool
    say: Say


UNKNOWN_INSURER_ROWS: Final[tuple[UnknownInsurerRow, ...]] = (
    UnknownInsurerRow(
        key="all_sevens",
        number=UNKNOWN_INSURER,
        receipt_computer_checks_digit=False,
        since=date(2023, 9, 1),
        cites="rules.md 8 [001][004]",
        say=Say(ja="不詳の保険者番号は7を8桁です。", en="The unknown insurer's number is eight sevens."),
    ),
    UnknownInsurerRow(
        key="with_check_digit",
        number=UNKNOWN_INSURER_WITH_CHECK_DIGIT,
        receipt_computer_checks_digit=True,
        since=date(2023, 9, 15),
        cites="oqs.md 4 [public]",
        say=Say(
            ja="検証番号の合わない番号を受け付けないレセコンでは、不詳の保険者番号を77777779にできます。",
            en="A receipt computer that refuses a wrong check digit may write 77777779 for the unknown insurer.",
        ),
    ),
)


def unknown_insurer_number(
    filed_on: date,
    *,
    receipt_computer_checks_digit: bool,
    rows: tuple[UnknownInsurerRow, ...] = UNKNOWN_INSURER_ROWS,
) -> str:
    """The insurer number of an unknown claim; the second is a setting of the facility's receipt computer."""
    if receipt_computer_checks_digit:
        found = find([row for row in rows if row.receipt_computer_checks_digit], filed_on)
        if isinstance(found, Found):
            return found.row.number
    found = find([row for row in rows if not row.receipt_computer_checks_digit], filed_on)
    return found.row.number if isinstance(found, Found) else UNKNOWN_INSURER


def route_row(
    route: ClaimRoute, filed_on: date, rows: tuple[ClaimRouteRow, ...] = CLAIM_ROUTES
) -> ClaimRouteRow | None:
    """The row of a route for a claim filed on that day, None where it is not open yet."""
    found = find([row for row in rows if row.route is route], filed_on)
    return found.row if isinstance(found, Found) else None


class PayerMove(StrEnum):
    """What becomes of a claim with an old qualification at the payer."""

    MOVED = "moved"
    """The payer moves it to the new insurer by itself (レセプト振替)."""
    RETURNED = "returned"
    """It comes back; it can then go out by the unknown route."""
    TO_OLD_INSURER = "to_old_insurer"
    """It goes to the insurer it names, who may ask for a re-examination."""
    NOT_KNOWN = "not_known"


@dataclass(frozen=True)
class PayerAnswer:
    """What to expect, and why."""

    move: PayerMove
    say: Say
    cites: str


_COLLECTED: Final = "collected_card"


def payer_move(
    processed_on: date,
    *,
    rows: tuple[RemainingReturn, ...] = REMAINING_RETURNS,
    new_insurer_registered: bool | None,
    with_public_expense: bool,
    with_high_cost: bool,
    card_was_collected: bool | None = None,
) -> PayerAnswer:
    """What the payer does with a claim by the old qualification that it processes on that day.

    A claim combined with public expense or high-cost medical expense cannot be moved: by the notice of 2023-07 it comes
    back, and the sources have nothing newer on it.
    """
    if new_insurer_registered is None:
        return PayerAnswer(PayerMove.NOT_KNOWN, _SAY_MOVE[PayerMove.NOT_KNOWN], "rules.md 8 [001]")
    if with_public_expense or with_high_cost:
        return PayerAnswer(PayerMove.RETURNED, _SAY_MOVE[PayerMove.RETURNED], "rules.md 8, 12 [004]")
    if new_insurer_registered:
        return PayerAnswer(PayerMove.MOVED, _SAY_MOVE[PayerMove.MOVED], "rules.md 8 [001][004]")
    if any(row.key == _COLLECTED and row.holds_on(processed_on) for row in rows):
        if card_was_collected is None:
            return PayerAnswer(PayerMove.NOT_KNOWN, _SAY_MOVE[PayerMove.NOT_KNOWN], "rules.md 8 [002]")
        if card_was_collected:
            return PayerAnswer(PayerMove.RETURNED, _SAY_MOVE[PayerMove.RETURNED], "rules.md 8 [002]")
    return PayerAnswer(PayerMove.TO_OLD_INSURER, _SAY_MOVE[PayerMove.TO_OLD_INSURER], "rules.md 8 [002]")


_SAY_MOVE: Final = {
    PayerMove.MOVED: Say(
        ja="審査支払機関が新しい保険者へ自動で振り替えます。返戻されません。",
        en="The payer moves the claim to the new insurer by itself; it does not come back.",
    ),
    PayerMove.RETURNED: Say(
        ja="返戻されます。その後は不詳として請求できます。",
        en="The claim comes back, and can then go out by the unknown route.",
    ),
    PayerMove.TO_OLD_INSURER: Say(
        ja="旧保険者へ送られます。旧保険者が再審査を請求することがあります。",
        en="The claim goes to the old insurer, who may ask for a re-examination.",
    ),
    PayerMove.NOT_KNOWN: Say(
        ja="新しい保険者の登録や保険証の回収の状況がわからないため、結果はわかりません。",
        en="Whether the new insurer has registered, or the card was collected, is not known; nor is the outcome.",
    ),
}
