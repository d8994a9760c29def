"""Why claims come back (返戻), with the counts of 2024-01 to 03: facts/rules.md section 8 [002]. Pure."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from kazasu.rules.period import Row
from kazasu.rules.say import Say

__all__ = ["MONTHS", "REMAINING_RETURNS", "RETURN_REASONS", "TOTALS", "RemainingReturn", "ReturnReason"]

MONTHS: Final = ((2024, 1), (2024, 2), (2024, 3))
TOTALS: Final = (71_639, 61_740, 58_460)
"""As the source prints them; the reasons sum to them."""


@dataclass(frozen=True)
class ReturnReason:
    """One reason and how many claims came back for it in each of `MONTHS`."""

    key: str
    say: Say
    counts: tuple[int, int, int]
    cites: str = "rules.md 8 [002]"


def _reason(key: str, ja: str, en: str, counts: tuple[int, int, int]) -> ReturnReason:
    return ReturnReason(key, Say(ja=ja, en=en), counts)


RETURN_REASONS: Final[tuple[ReturnReason, ...]] = (
    _reason("symbol_number", "記号・番号の誤り", "symbol or number wrong", (25_186, 22_061, 20_570)),
    _reason("not_family", "認定外家族", "not a recognised family member", (9_344, 7_598, 7_858)),
    _reason("no_such_person", "該当者なし", "no such person", (10_458, 9_104, 8_445)),
    _reason("old_card", "旧証によるもの", "old card", (1_399, 1_123, 1_062)),
    _reason("self_family", "本人・家族等誤り", "self or family wrong", (7_745, 6_939, 6_413)),
    _reason("after_loss", "資格喪失後の受診", "after loss of qualification", (8_137, 6_896, 6_730)),
    _reason("benefit_over", "給付期間満了", "benefit period over", (161, 114, 105)),
    _reason("name", "患者氏名の誤り", "name wrong", (51, 41, 48)),
    _reason("late_stage_elderly", "後期高齢者該当", "late-stage elderly", (89, 54, 60)),
    _reason("sex", "性別の誤り", "sex wrong", (3_376, 2_794, 2_602)),
    _reason("national", "国保該当", "national health insurance", (1, 0, 0)),
    _reason("birth_date", "生年月日の誤り", "birth date wrong", (5_692, 5_016, 4_567)),
)


class RemainingReturn(Row, frozen=True, kw_only=True):
    """A moment at which a claim can come back; its period is one of processing days."""

    say: Say


_SINCE: Final = date(2023, 7, 10)
_CITES: Final = "rules.md 8 [002]"

REMAINING_RETURNS: Final[tuple[RemainingReturn, ...]] = (
    RemainingReturn(
        key="collected_card",
        since=_SINCE,
        until=date(2024, 12, 1),
        cites=_CITES,
        say=Say(
            ja="審査支払機関の受付時：保険証回収後の受診で、新資格が判明しない場合",
            en="at the payer: a visit after the card was collected, new qualification unknown",
        ),
    ),
    RemainingReturn(
        key="insurer_check",
        since=_SINCE,
        cites=_CITES,
        say=Say(ja="保険者等の資格点検時：資格情報等に誤りがある場合", en="at the insurer's check: data wrong"),
    ),
    RemainingReturn(
        key="re_examination",
        since=_SINCE,
        cites=_CITES,
        say=Say(
            ja="再審査請求時：旧保険者等が請求し、その時点でも新資格が判明しない場合",
            en="at the re-examination asked by the old insurer, new qualification still unknown",
        ),
    ),
)
