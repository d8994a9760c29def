"""PIN, visual, PIN-less cards."""

from datetime import date

import pytest

from kazasu.rules.facilities import NotAllowed
from kazasu.rules.identity import IDENTITY_ROWS, PINLESS_CARDS_SINCE, TRIES, ways_to_prove
from kazasu.rules.period import Knowledge
from kazasu.rules.say import Say
from kazasu.rules.vocabulary import IdentityMethod as M

DAY = date(2024, 11, 1)
WEB = NotAllowed("visual_not_allowed_yet", Say(ja="目視はまだです。", en="Not yet."), "rules.md 1 [002]")


@pytest.mark.parametrize(
    ("has_pin", "tries_left", "visual_closed", "open_methods", "closed"),
    [
        (True, 3, None, [M.PIN, M.VISUAL], []),
        (True, 1, None, [M.PIN, M.VISUAL], []),
        (True, None, None, [M.PIN, M.VISUAL], []),
        (True, 0, None, [M.VISUAL], [(M.PIN, "pin_locked")]),
        (False, None, None, [M.VISUAL], [(M.PIN, "no_pin_on_card")]),
        (False, None, WEB, [], [(M.PIN, "no_pin_on_card"), (M.VISUAL, "visual_not_allowed_yet")]),
        (True, 0, WEB, [], [(M.PIN, "pin_locked"), (M.VISUAL, "visual_not_allowed_yet")]),
        (True, 2, WEB, [M.PIN], [(M.VISUAL, "visual_not_allowed_yet")]),
    ],
)
def test_the_ways_follow_from_card_and_facility(
    has_pin: bool,
    tries_left: int | None,
    visual_closed: NotAllowed | None,
    open_methods: list[M],
    closed: list[tuple[M, str]],
) -> None:
    ways = ways_to_prove(DAY, has_pin=has_pin, tries_left=tries_left, visual_closed=visual_closed)
    assert [way.method for way in ways.open] == open_methods
    assert [(way.method, way.why) for way in ways.closed] == closed
    for way in (*ways.open, *ways.closed):
        assert way.say.ja
        assert way.say.en
        assert "[00" in way.cites


def test_beyond_the_sources_the_ways_say_so() -> None:
    ways = ways_to_prove(date(2026, 1, 1), has_pin=True, tries_left=3, visual_closed=None)
    assert {way.knowledge for way in ways.open} == {Knowledge.AS_KNOWN_ON}


def test_facts_of_the_card_stand_as_the_source_says() -> None:
    assert TRIES == 3
    assert date(2023, 12, 15) == PINLESS_CARDS_SINCE
    assert {row.method for row in IDENTITY_ROWS} == set(M)
    assert ways_to_prove(date(2021, 9, 30), has_pin=True, tries_left=3, visual_closed=None).open == ()
