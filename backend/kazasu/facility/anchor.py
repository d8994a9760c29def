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


def make_anchor(context: Context, *, anchor_id: str | None = None) -> SignedAnchor:
    """A fresh anchor, signed; with an id of its own, or one that says what it answers (`checksync.fresh_anchor_id`)."""
    facility = context.facility
    anchor = Anchor(id=anchor_id or new_id(), epoch=facility.epoch, facility=facility.id, time=context.clock.now())
    return SignedAnchor(anchor.id, sign(anchor, context.keys.server))
