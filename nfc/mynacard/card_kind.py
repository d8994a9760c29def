"""Which kind of My Number card answers, told by the token label and by nothing else (never by the ATR). Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from mynacard.errors import NotMyNumberCardError

LABEL_LENGTH: Final = 32
_RESIDENT_CARD: Final = "JPKIAPICCTOKEN"


class CardKind(StrEnum):
    """The card in the hand."""

    PLASTIC = "plastic"
    ANDROID = "android"
    # Read from one source only; changing this table is all that would have to change.
    IPHONE = "iphone"

    @property
    def is_phone(self) -> bool:
        """A phone gives its certificate only after the PIN, and has no four attributes."""
        return self is not CardKind.PLASTIC

    @classmethod
    def of_label(cls, token: bytes) -> CardKind:
        """From the first bytes of the token file. Raises NotMyNumberCardError for any other card."""
        label = token[:LABEL_LENGTH].strip(b" \x00").decode("ascii", "replace")
        kind = _KINDS.get(label)
        if kind is None:
            raise NotMyNumberCardError("resident_card" if label == _RESIDENT_CARD else "unknown_label")
        return kind


_KINDS: Final = {
    "JPKIAPICCTOKEN2": CardKind.PLASTIC,
    "JPKIAPGPSETOKEN": CardKind.ANDROID,
    "JPKIAPIOSTOKEN": CardKind.IPHONE,
}
