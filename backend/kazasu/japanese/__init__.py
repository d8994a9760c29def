"""Japanese writing as records and forms need it: widths, kana, variant characters, JIS X 0208, era dates.

Pure. Era dates are `mynacard.era_date`'s, on the calendar of the card's number B, so that a device has them too.
"""

from kazasu.japanese.jis import (
    NotInCharacterSetError,
    is_full_width,
    is_half_width,
    octets,
    outside_jis_x_0208,
)
from kazasu.japanese.variant import fold_variants
from kazasu.japanese.width import (
    full_width,
    half_width,
    hiragana_to_katakana,
    large_kana,
    without_spaces,
)
from mynacard.era_date import EraDateError, era_text, parse_date

__all__ = [
    "EraDateError",
    "NotInCharacterSetError",
    "era_text",
    "fold_variants",
    "full_width",
    "half_width",
    "hiragana_to_katakana",
    "is_full_width",
    "is_half_width",
    "large_kana",
    "octets",
    "outside_jis_x_0208",
    "parse_date",
    "without_spaces",
]
