"""Variant characters (異体字) that stand for one another in names: facts/oqs.md section 3. Pure.

A fold for comparing only, never for writing: a name is written as its holder writes it. The table holds what occurs in
names; a pair that is missing shows up as a difference that a person decides, which is the safe side.
"""

import unicodedata
from typing import Final

__all__ = ["VARIANT_GROUPS", "fold_variants"]

VARIANT_GROUPS: Final[tuple[str, ...]] = (
    *("辺邊邉", "国國圀", "弥彌", "恵惠", "沢澤", "高髙", "崎﨑嵜碕", "斉齊", "斎齋", "浜濱濵", "広廣", "桜櫻", "徳德"),
    *("真眞", "静靜", "竜龍", "滝瀧", "吉𠮷", "土圡", "島嶋嶌", "条條", "栄榮", "学學", "寿壽", "実實", "豊豐", "万萬"),
    *("亀龜", "蔵藏", "関關", "塩鹽", "円圓", "渋澁澀", "浅淺", "薮藪", "桧檜", "桑桒", "富冨", "清淸", "瀬瀨", "頼賴"),
    *("増增", "曽曾", "槙槇", "遥遙", "来來", "礼禮", "郎郞", "朗朖", "黒黑", "緑綠", "横橫", "黄黃", "柳栁", "館舘"),
    *("鉄鐵", "当當", "与與", "船舩", "昇曻", "野埜", "暁曉", "応應", "恒恆", "教敎", "継繼", "総總", "団團", "鶏鷄"),
    *("鴎鷗", "桝枡", "籠篭", "諌諫", "祢禰", "麹麴", "蛍螢", "歳歲", "峰峯", "穂穗", "頬頰", "尭堯", "渕淵渊"),
)
"""Each group's first character stands for the rest."""

_FOLD: Final = {ord(character): group[0] for group in VARIANT_GROUPS for character in group[1:]}
_COMPATIBILITY: Final = range(0xF900, 0xFB00)
_SELECTORS: Final = {code: None for code in (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))}
"""Variation selectors choose a shape of the character before them and are no characters themselves."""


def fold_variants(text: str) -> str:
    """The text with variants as one form of each, compatibility ideographs and variation selectors dissolved."""
    plain = "".join(
        unicodedata.normalize("NFKC", character) if ord(character) in _COMPATIBILITY else character
        for character in text.translate(_SELECTORS)
    )
    return plain.translate(_FOLD)
