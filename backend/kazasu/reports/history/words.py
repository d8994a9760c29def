"""The Japanese words of the history's tables, pages and pictures. Pure."""

from typing import Final

from kazasu.reports.history.level_schemas import LevelView
from kazasu.reports.history.month_rate import RateSource
from kazasu.reports.history.schemas import SupportHalf
from kazasu.rules.support_money import Half
from kazasu.rules.usage_level import RateKind

__all__ = ["HALVES", "RATE_KINDS", "RATE_SOURCES", "by_card_word", "level_word", "yen_text"]

RATE_KINDS: Final = {
    RateKind.CLAIM_COUNT: "レセプト件数ベース",
    RateKind.CHECK_COUNT: "オンライン資格確認件数ベース",
}
RATE_SOURCES: Final = {RateSource.TOLD: "通知された率", RateSource.COUNTED: "自施設の件数"}
HALVES: Final = {Half.FIRST: "前半（2024年1月〜5月）", Half.SECOND: "後半（2024年6月〜11月）"}


def level_word(level: LevelView) -> str:
    """The level in words; one that a missing rate could raise says so, and without any rate nothing is said."""
    if all(rate.rate_percent is None for rate in level.compared):
        return "不明"
    word = f"加算{level.level}" if level.level is not None else "該当なし"
    return word if level.is_certain else f"{word}（わからない率があり、上がることがある）"


def by_card_word(by_card: bool | None) -> str:
    """How the person was checked, where the points go by it."""
    return {None: "", True: "（カードで情報を取得）", False: "（それ以外）"}[by_card]


def yen_text(half: SupportHalf) -> str:
    """The amount; where the readings of "average" differ both, and that none is chosen."""
    if half.yen is not None:
        return f"{half.yen:,}円"
    if half.yen_pooled is None or half.yen_by_month is None:
        return "不明"
    if half.missing_months:
        return f"不明（件数のわからない月がある。わかる月だけでは {half.yen_pooled:,}円）"
    return f"不明（全件数で {half.yen_pooled:,}円、月の平均で {half.yen_by_month:,}円）"
