"""What a card's signature over a message comes to. Values only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from mynacard.card_kind import CardKind
from mynacard.certificate import Certificate

KnownCertificate = Callable[[int], bytes | None]
"""Finds the DER of a certificate that is already held, by its serial number."""


@dataclass(frozen=True)
class Proof:
    """A signature that was verified with the certificate before it was given out."""

    kind: CardKind
    certificate: Certificate = field(repr=False)
    certificate_read: bool
    """False if the certificate was held already and only its head was read from the card."""
    tries_left: int | None
    """A right PIN restores the counter, so it is the full count as far as that is known, and was not asked again; None
    where no PIN was given in this touch."""
    signature: bytes = field(repr=False)
    apdus: int
    """Command APDUs up to here, without those that will close the session."""
