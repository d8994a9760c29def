"""The device's proposals are the server's rule, evaluated from the rows that the policy hands over."""

from dataclasses import asdict, replace
from datetime import date

import msgspec
from harness.clinic import door
from hypothesis import example, given
from hypothesis import strategies as st

from kazasu.devices.door_rules import door_rules
from kazasu.rules import substitution
from kazasu.rules.period import Knowledge
from kazasu.rules.rulebook import read_rulebook
from kazasu.rules.substitute import FailureReason, Scheme, Substitute, SubstituteRow
from kazasu.rules.substitute_field import fields_of as server_fields_of
from kazasu_device.door_rules import DoorRules
from kazasu_device.proposal import Case, Shown, propose

MAYBE = st.sampled_from([None, True, False])
DAYS = st.dates(date(2023, 6, 1), date(2027, 1, 1))
SHOWN = st.builds(
    substitution.Shown,
    substitute=st.sampled_from(Substitute),
    valid_until=st.none() | DAYS,
    is_newer_than_change=MAYBE,
    has_insurer_changed=MAYBE,
)
CASES = st.builds(
    substitution.Case,
    reason=st.sampled_from(FailureReason),
    day=DAYS | st.sampled_from([date(2024, 12, 1), date(2024, 12, 2), date(2025, 7, 31), date(2025, 12, 2)]),
    has_my_number_card=st.booleans(),
    is_returning=st.booleans(),
    has_data_on_file=st.booleans(),
    is_unchanged=MAYBE,
    scheme=st.sampled_from(Scheme),
    birth_date=st.none() | st.dates(date(1930, 1, 1), date(2020, 1, 1)) | st.just(date(1952, 2, 29)),
    shown=st.lists(SHOWN, max_size=3).map(tuple),
)
PLAIN = substitution.Case(reason=FailureReason.LINE, day=date(2026, 12, 1), has_my_number_card=True)


def on_device(case: substitution.Case) -> Case:
    given = asdict(case)
    shown = tuple(Shown(**{**one, "substitute": one["substitute"].value}) for one in given.pop("shown"))
    return Case(**{**given, "reason": case.reason.value, "scheme": case.scheme.value, "shown": shown})


@given(CASES)
@example(replace(PLAIN, day=date(2025, 12, 1), scheme=Scheme.EMPLOYEES))
@example(replace(PLAIN, day=date(2025, 8, 1), birth_date=date(1950, 1, 1)))
def test_every_case_is_answered_as_by_the_servers_rule(case: substitution.Case) -> None:
    ours, theirs = propose(door(), on_device(case)), substitution.propose(case)
    assert [(one.substitute, one.beside, one.is_shown, one.say.ja, one.cites) for one in ours.open] == [
        (one.substitute, tuple(one.beside), one.is_shown, one.say.ja, one.cites) for one in theirs.open
    ]
    assert [(one.substitute, one.why, one.say.ja, one.say.en, one.cites) for one in ours.closed] == [
        (one.substitute, one.why, one.say.ja, one.say.en, one.cites) for one in theirs.closed
    ]
    assert ours.is_as_known is (theirs.knowledge is Knowledge.AS_KNOWN_ON)
    for one in ours.open:
        expected = server_fields_of(
            Substitute(one.substitute), case.birth_date, case.scheme is Scheme.LATE_STAGE_ELDERLY, case.day
        )
        assert tuple(tuple(field.name for field in part) for part in (one.fields, one.from_card)) == tuple(
            tuple(field.name for field in part) for part in expected
        )


def test_a_reason_of_a_later_version_counts_as_a_card_that_cannot_be_read() -> None:
    case = on_device(PLAIN)
    assert propose(door(), replace(case, reason="novel")) == propose(door(), case)


def test_what_is_shown_and_valid_goes_first() -> None:
    case = replace(on_device(PLAIN), shown=(Shown(substitute="qualification_certificate"),))
    assert propose(door(), case).open[0].substitute == "qualification_certificate"


def test_a_row_of_the_facilitys_own_goes_before_the_sources() -> None:
    own = """
[[row]]
row = "substitutes.portal_screen_own"
source = "notice"
who = "administrator"
when = 2026-01-01
since = 2026-01-01
substitute = "portal_screen"
groups = ["cannot_read"]
beside = []
say = {ja = "画面だけで確認します。", en = "The screen alone."}
"""
    reading = read_rulebook([("own.toml", own)])
    assert reading.faults == ()
    rules = msgspec.json.decode(msgspec.json.encode(door_rules(reading.rulebook)), type=DoorRules)
    case = replace(PLAIN, has_my_number_card=False)
    theirs = substitution.propose(case, reading.rulebook.rows("substitutes", SubstituteRow))
    assert [one.substitute for one in propose(rules, on_device(case)).open] == [one.substitute for one in theirs.open]
    assert theirs.open[0].beside == ()
    assert "portal_screen" not in [one.substitute for one in propose(door(), on_device(case)).open]
