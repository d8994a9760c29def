"""How often the national system answered otherwise than valid: facts/rules.md section 4 (2024-10-14 to 20). Pure."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from kazasu.gateway.answer import Result

__all__ = ["MEASURED", "AskedBy", "Rate", "drawn_result"]


class AskedBy(StrEnum):
    """The three ways of asking that were counted."""

    CARD = "card"
    RECEIPT_COMPUTER = "receipt_computer"
    TYPED = "typed"


@dataclass(frozen=True)
class Rate:
    """Shares of all answers."""

    not_found: float
    invalid: float


MEASURED = {
    AskedBy.CARD: Rate(not_found=0.0020, invalid=0.0029),
    AskedBy.RECEIPT_COMPUTER: Rate(not_found=0.0193, invalid=0.0162),
    AskedBy.TYPED: Rate(not_found=0.1111, invalid=0.0203),
}


def drawn_result(seed: str, person: str, asked_by: AskedBy) -> Result:
    """The result that this person has for this seed: the same for ever, in the measured proportions over many."""
    digest = hashlib.sha256(f"exercise rate {seed} {person} {asked_by}".encode()).digest()
    draw = int.from_bytes(digest[:8], "big") / 2**64
    rate = MEASURED[asked_by]
    if draw < rate.not_found:
        return Result.NOT_FOUND
    return Result.INVALID if draw < rate.not_found + rate.invalid else Result.VALID
