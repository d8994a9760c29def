"""How a person may prove to be the holder of the card that is shown: facts/rules.md section 2. Pure.

Whether the visual check is open at all for this facility, type, setting and day is `facilities.may_use`'s to say; here
stands what follows for the card at hand.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from kazasu.rules.facilities import NotAllowed
from kazasu.rules.period import Found, Knowledge, Row, find
from kazasu.rules.say import Say
from kazasu.rules.vocabulary import IdentityMethod

__all__ = ["IDENTITY_ROWS", "ClosedWay", "IdentityRow", "OpenWay", "Ways", "ways_to_prove"]

TRIES: Final = 3
"""Wrong entries in a row that lock the PIN of the user-authentication certificate."""


class IdentityRow(Row, frozen=True, kw_only=True):
    """One way to prove identity, with what staff have to know about it."""

    method: IdentityMethod
    needs_pin_on_card: bool
    say: Say


IDENTITY_ROWS: Final[tuple[IdentityRow, ...]] = (
    IdentityRow(
        key="pin",
        method=IdentityMethod.PIN,
        since=date(2021, 10, 1),
        needs_pin_on_card=True,
        cites="rules.md 2 [001][002]",
        say=Say(
            ja="利用者証明用電子証明書の暗証番号4桁を入力します。代理の方の入力もできます。",
            en="The 4-digit PIN of the user-authentication certificate is typed; a proxy may type it.",
        ),
    ),
    IdentityRow(
        key="visual",
        method=IdentityMethod.VISUAL,
        since=date(2021, 10, 1),
        needs_pin_on_card=False,
        cites="rules.md 2 [002]",
        say=Say(
            ja="職員がカードの顔写真と本人を見比べます。原則として患者本人がカードを示します。目視で確認したことは記録されます。",
            en="Staff compare the person with the photograph on the card, which in principle the patient shows."
            " That it was a visual check is recorded.",
        ),
    ),
)

PINLESS_CARDS_SINCE: Final = date(2023, 12, 15)
"""From this day cards without a PIN (顔認証マイナンバーカード) are issued [000]."""


@dataclass(frozen=True)
class OpenWay:
    """A method that can be used with this card."""

    method: IdentityMethod
    say: Say
    cites: str
    knowledge: Knowledge


@dataclass(frozen=True)
class ClosedWay:
    """A method that cannot, with why: `no_pin_on_card`, `pin_locked`, or the reason of `facilities.may_use`."""

    method: IdentityMethod
    why: str
    say: Say
    cites: str


@dataclass(frozen=True)
class Ways:
    """The methods in the order to propose. With none open the card cannot be used: a substitute is needed."""

    open: tuple[OpenWay, ...]
    closed: tuple[ClosedWay, ...]


def ways_to_prove(
    day: date,
    *,
    has_pin: bool,
    tries_left: int | None,
    visual_closed: NotAllowed | None,
    rows: tuple[IdentityRow, ...] = IDENTITY_ROWS,
) -> Ways:
    """The ways open for a card; `tries_left` is what the card said, None where it was not asked.

    `visual_closed` is what `facilities.may_use` answered for the visual check where it does not allow it.
    """
    opened: list[OpenWay] = []
    closed: list[ClosedWay] = []
    for method in IdentityMethod:
        found = find([row for row in rows if row.method is method], day)
        if not isinstance(found, Found):
            continue
        row = found.row
        if row.needs_pin_on_card and not has_pin:
            say = Say(
                ja="暗証番号のないカード（顔認証マイナンバーカード）です。目視で確認してください。",
                en="This card has no PIN (face-recognition card); a visual check is the way.",
            )
            closed.append(ClosedWay(method, "no_pin_on_card", say, "rules.md 2 [000][001]"))
        elif row.needs_pin_on_card and tries_left == 0:
            say = Say(
                ja="暗証番号を3回間違えたためロックされています。目視での確認はできます。解除は市区町村の窓口です。",
                en="Three wrong entries locked the PIN; a visual check still works. The municipality unlocks it.",
            )
            closed.append(ClosedWay(method, "pin_locked", say, row.cites))
        elif method is IdentityMethod.VISUAL and visual_closed is not None:
            closed.append(ClosedWay(method, visual_closed.code, visual_closed.say, visual_closed.cites))
        else:
            opened.append(OpenWay(method, row.say, row.cites, found.knowledge))
    return Ways(tuple(opened), tuple(closed))
