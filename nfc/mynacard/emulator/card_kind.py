"""The kinds of card that can lie on a reader. Must never import a transport."""

from typing import Final, Literal, get_args

CardKind = Literal["plastic", "pinless", "android", "iphone", "resident", "foreign"]
CARD_KINDS: Final[tuple[CardKind, ...]] = get_args(CardKind)
PHONES: Final[tuple[CardKind, ...]] = ("android", "iphone")

# EF 0006 of the JPKI application begins with this, padded to 32 bytes.
TOKEN_LABEL: Final[dict[CardKind, str]] = {
    "plastic": "JPKIAPICCTOKEN2",
    "pinless": "JPKIAPICCTOKEN2",
    "android": "JPKIAPGPSETOKEN",
    "iphone": "JPKIAPIOSTOKEN",
    "resident": "JPKIAPICCTOKEN",
}
