"""The anchor: the server's signed time and a nonce, against which a device's clock is judged."""

from dataclasses import dataclass

from checksync import Anchor, sign
from kazasu.context import Context
from kazasu.db import new_id


@dataclass(frozen=True, slots=True)
class SignedAnchor:
    """An anchor by its id, and the statement that goes out."""

    id: str
    statement: str


def make_anchor(context: Context) -> SignedAnchor:
    """A fresh anchor, signed."""
    anchor = Anchor(id=new_id(), epoch=context.facility.epoch, facility=context.facility.id, time=context.clock.now())
    return SignedAnchor(anchor.id, sign(anchor, context.keys.server))
