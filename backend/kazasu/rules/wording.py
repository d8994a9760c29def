"""Why a row says what it says, in one sentence, for the rows whose own words are figures. Pure."""

from typing import Final

from kazasu.rules.addition import Addition, Occasion, PointRow
from kazasu.rules.declaration_form import FormRow
from kazasu.rules.facilities import CheckTypeRow
from kazasu.rules.period import Row
from kazasu.rules.say import Say
from kazasu.rules.support_money import SupportRow
from kazasu.rules.usage_level import LevelRow
from kazasu.rules.vocabulary import CheckType

__all__ = ["ADDITIONS", "OCCASIONS", "why"]

CHECK_TYPES: Final = {
    CheckType.STANDARD: Say(ja="通常のオンライン資格確認", en="the standard check"),
    CheckType.HOME_CONSENT: Say(ja="居宅同意取得型", en="the home-consent type"),
    CheckType.ELIGIBILITY_ONLY: Say(ja="資格確認限定型", en="the eligibility-only type"),
}
ADDITIONS: Final = {
    Addition.SYSTEM_FOUNDATION: Say(
        ja="医療情報・システム基盤整備体制充実加算", en="addition for a system foundation of medical information"
    ),
    Addition.INFORMATION_OBTAINED: Say(ja="医療情報取得加算", en="addition for obtaining medical information"),
    Addition.DX_PROMOTION: Say(ja="医療DX推進体制整備加算", en="addition for promoting medical DX"),
}
OCCASIONS: Final = {
    Occasion.FIRST_VISIT: Say(ja="初診", en="first visit"),
    Occasion.FOLLOW_UP: Say(ja="再診", en="follow-up"),
    Occasion.DISPENSING: Say(ja="調剤", en="dispensing"),
    Occasion.MEDICAL: Say(ja="医科", en="medical"),
    Occasion.DENTAL: Say(ja="歯科", en="dental"),
}


def why(row: Row) -> Say:
    """One sentence, Japanese and English, for whoever is shown the row; its source is `row.cites`."""
    say = getattr(row, "say", None)
    if isinstance(say, Say):
        return say
    match row:
        case CheckTypeRow():
            return _check_type(row)
        case PointRow():
            return _points(row)
        case LevelRow():
            percents = [f"{percent}" for percent in row.least_percents]
            ja = "、".join(f"{percent}％以上で加算{level}" for level, percent in enumerate(percents, start=1))
            en = ", ".join(f"level {level} from {percent} %" for level, percent in enumerate(percents, start=1))
            return Say(ja=f"比べる月の利用率が{ja}です。", en=f"By the usage rate of the months compared: {en}.")
        case SupportRow():
            return Say(
                ja=f"期間の平均利用率が2023年10月から{row.least_rise}ポイント以上上がると、1件につき{row.yen}円です。",
                en=f"{row.yen} yen per check where the half's average rate rose by {row.least_rise} points or more over"
                " October 2023.",
            )
        case FormRow():
            return Say(
                ja=f"{row.since:%Y-%m-%d}からの被保険者資格申立書の様式です。",
                en=f"The declaration's form from {row.since:%Y-%m-%d} on.",
            )
    raise TypeError(type(row).__name__)


def _check_type(row: CheckTypeRow) -> Say:
    kinds = "・".join(kind.ja for kind in sorted(row.kinds))
    words = CHECK_TYPES[row.check_type]
    duty_ja = "（原則義務）" if row.obligatory_since else ""
    duty_en = ", obligatory in principle" if row.obligatory_since else ""
    return Say(
        ja=f"{kinds}は、決められた場面で{words.ja}を使えます{duty_ja}。",
        en=f"{', '.join(sorted(row.kinds))}: {words.en} in the settings of the row{duty_en}.",
    )


def _points(row: PointRow) -> Say:
    once_ja = f"（{row.once_in_months}か月に1回）" if row.once_in_months else ""
    once_en = f", once in {row.once_in_months} months" if row.once_in_months else ""
    by = {None: ("", ""), True: ("カードで情報を得たとき", " with the card"), False: ("それ以外", " otherwise")}
    by_ja, by_en = by[row.by_card]
    level = f" level {row.level}" if row.level else ""
    occasion = OCCASIONS[row.occasion]
    return Say(
        ja=f"{row.title}は、{occasion.ja}{by_ja and f'・{by_ja}'}で{row.points}点です{once_ja}。",
        en=f"{ADDITIONS[row.addition].en}{level}, {occasion.en}{by_en}: {row.points} points{once_en}.".capitalize(),
    )
