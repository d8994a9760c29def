"""No try of any secret is spent by accident: every rule, byte by byte."""

import pytest
from harness.scripted_card import SELECT_JPKI, SELECT_TEXT, ScriptedConnection

from mynacard import (
    CardRemovedError,
    GuardedConnection,
    JpkiPin,
    LastTryRefusedError,
    NumberB,
    PinBlockedError,
    PinWrongError,
    RefusedByPolicyError,
    Secret,
    SecretError,
    TextPin,
    TransportError,
    VerifyInterruptedError,
    VerifyRefusedError,
)
from mynacard.application import Application
from mynacard.secret import SecretReference

NUMBER_B = "55011220350417"
ASK_PIN = "00200098"
PRESENT_PIN = "00200098 04 31323334"


def guarded(*script: tuple[str | None, object], application: Application = Application.JPKI) -> GuardedConnection:
    select = SELECT_JPKI if application is Application.JPKI else SELECT_TEXT
    connection = GuardedConnection(ScriptedConnection((select, "9000"), *script))  # type: ignore[arg-type]
    connection.select(application)
    return connection


def sent(connection: GuardedConnection) -> list[str]:
    inner = connection._inner
    assert isinstance(inner, ScriptedConnection)
    return inner.sent


def entries(connection: GuardedConnection) -> int:
    """How many times a secret went to the card."""
    return sum(command[2:4] == "20" and len(command) > 8 for command in sent(connection))


def test_the_query_is_exactly_four_bytes() -> None:
    connection = guarded((ASK_PIN, "63C3"))
    assert connection.tries_left(JpkiPin) == 3
    assert sent(connection)[-1] == ASK_PIN


@pytest.mark.parametrize(
    ("secret", "ask", "present"),
    [
        (JpkiPin("0123"), "00200098", "0020009804 30313233"),
        (TextPin("0123"), "00200091", "0020009104 30313233"),
        (NumberB(NUMBER_B), "00200095", "002000950E 3535303131323230333530343137"),
    ],
    ids=["JPKI PIN", "Text PIN", "number B"],
)
def test_each_secret_is_presented_to_its_own_reference_after_its_counter_was_asked(
    secret: Secret, ask: str, present: str
) -> None:
    connection = guarded((ask, "63C3"), (present, "9000"), application=secret.reference.application)
    connection.verify(secret)
    assert len(sent(connection)) == 3


@pytest.mark.parametrize("secret", [TextPin("1234"), NumberB(NUMBER_B)], ids=["Text PIN", "number B"])
def test_a_secret_of_another_application_is_not_presented(secret: Secret) -> None:
    connection = guarded()
    with pytest.raises(RefusedByPolicyError):
        connection.verify(secret)
    assert sent(connection) == [SELECT_JPKI.replace(" ", "")]


def test_a_secret_type_of_somebodys_own_is_not_presented() -> None:
    class OtherPin(JpkiPin):
        reference = SecretReference("jpki_pin", Application.JPKI, 0x1B, None)

    connection = guarded()
    with pytest.raises(TypeError):
        connection.verify(OtherPin("1234"))
    assert entries(connection) == 0


def test_a_wiped_secret_is_not_presented() -> None:
    pin = JpkiPin("1234")
    pin.wipe()
    connection = guarded()
    with pytest.raises(RefusedByPolicyError):
        connection.verify(pin)
    assert entries(connection) == 0


@pytest.mark.parametrize("blocked", ["63C0", "6983", "6984"])
def test_a_blocked_secret_is_not_presented_however_the_card_says_blocked(blocked: str) -> None:
    connection = guarded((ASK_PIN, blocked))
    with pytest.raises(PinBlockedError) as raised:
        connection.verify(JpkiPin("1234"), allow_last_try=True)
    assert raised.value.data() == {"secret": "jpki_pin", "tries_left": 0}
    assert entries(connection) == 0


def test_the_last_try_is_refused() -> None:
    connection = guarded((ASK_PIN, "63C1"))
    with pytest.raises(LastTryRefusedError) as raised:
        connection.verify(JpkiPin("1234"))
    assert raised.value.data() == {"secret": "jpki_pin", "tries_left": 1}
    assert entries(connection) == 0


def test_the_last_try_is_given_if_the_caller_says_so() -> None:
    connection = guarded((ASK_PIN, "63C1"), (PRESENT_PIN, "9000"))
    connection.verify(JpkiPin("1234"), allow_last_try=True)
    assert entries(connection) == 1


@pytest.mark.parametrize("unknown", ["9000", "6300"])
def test_a_counter_that_the_card_does_not_tell_counts_as_the_last_try(unknown: str) -> None:
    connection = guarded((ASK_PIN, unknown))
    with pytest.raises(LastTryRefusedError) as raised:
        connection.verify(JpkiPin("1234"))
    assert raised.value.tries_left is None
    assert entries(connection) == 0


def test_two_tries_left_are_enough() -> None:
    connection = guarded((ASK_PIN, "63C2"), (PRESENT_PIN, "9000"))
    connection.verify(JpkiPin("1234"))
    assert entries(connection) == 1


@pytest.mark.parametrize("left", [1, 2, 9, 15])
def test_a_wrong_secret_says_which_and_how_many_are_left(left: int) -> None:
    connection = guarded((ASK_PIN, "63CF"), (PRESENT_PIN, f"63C{left:X}"))
    with pytest.raises(PinWrongError) as raised:
        connection.verify(JpkiPin("1234"))
    assert raised.value.data() == {"secret": "jpki_pin", "tries_left": left}
    assert entries(connection) == 1


@pytest.mark.parametrize("blocked", ["63C0", "6983", "6984"])
def test_the_entry_that_locks_is_told_as_blocked(blocked: str) -> None:
    connection = guarded((ASK_PIN, "63C1"), (PRESENT_PIN, blocked))
    with pytest.raises(PinBlockedError):
        connection.verify(JpkiPin("1234"), allow_last_try=True)
    assert entries(connection) == 1


@pytest.mark.parametrize(("after", "error"), [("63C2", PinWrongError), ("63C0", PinBlockedError)])
def test_a_failure_without_a_counter_is_followed_by_the_query(after: str, error: type[SecretError]) -> None:
    connection = guarded((ASK_PIN, "63C3"), (PRESENT_PIN, "6300"), (ASK_PIN, after))
    with pytest.raises(error) as raised:
        connection.verify(JpkiPin("1234"))
    assert raised.value.tries_left == int(after[-1])
    assert entries(connection) == 1


@pytest.mark.parametrize("status", ["6104", "6C04", "6700", "6A80", "6982", "6985", "6A88", "6F00", "6D00"])
def test_a_verify_is_never_repeated_whatever_the_card_answers(status: str) -> None:
    connection = guarded((ASK_PIN, "63C3"), (PRESENT_PIN, status), (ASK_PIN, "63C3"))
    with pytest.raises(VerifyRefusedError) as raised:
        connection.verify(JpkiPin("1234"))
    assert raised.value.data() == {"secret": "jpki_pin", "tries_left": 3, "sw": status}
    assert entries(connection) == 1


@pytest.mark.parametrize(
    ("after", "outcome", "left"),
    [
        ("63C3", "not_spent", 3),
        ("63C2", "spent", 2),
        ("63C0", "spent", 0),
        ("6984", "spent", 0),
        ("9000", "unknown", None),
    ],
)
@pytest.mark.parametrize("trouble", [CardRemovedError(), TransportError("x"), ValueError("driver"), OSError(5, "io")])
def test_a_lost_answer_is_followed_by_a_power_cycle_and_the_query_and_no_second_entry(
    trouble: Exception, after: str, outcome: str, left: int | None
) -> None:
    connection = guarded((ASK_PIN, "63C3"), (PRESENT_PIN, trouble), (SELECT_JPKI, "9000"), (ASK_PIN, after))
    with pytest.raises(VerifyInterruptedError) as raised:
        connection.verify(JpkiPin("1234"))
    assert raised.value.data() == {"secret": "jpki_pin", "tries_left": left, "outcome": outcome}
    assert entries(connection) == 1
    inner = connection._inner
    assert isinstance(inner, ScriptedConnection)
    assert inner.reconnected == 1


def test_an_answer_too_short_to_be_one_counts_as_lost() -> None:
    connection = guarded((ASK_PIN, "63C3"), (PRESENT_PIN, "90"), (SELECT_JPKI, "9000"), (ASK_PIN, "63C3"))
    with pytest.raises(VerifyInterruptedError):
        connection.verify(JpkiPin("1234"))
    assert entries(connection) == 1


def test_the_first_selection_after_that_power_cycle_may_be_answered_6f00() -> None:
    connection = guarded(
        (ASK_PIN, "63C3"),
        (PRESENT_PIN, CardRemovedError()),
        (SELECT_JPKI, "6F00"),
        (SELECT_JPKI, "9000"),
        (ASK_PIN, "63C2"),
    )
    with pytest.raises(VerifyInterruptedError) as raised:
        connection.verify(JpkiPin("1234"))
    assert raised.value.outcome == "spent"


def test_a_card_that_is_gone_after_a_lost_answer_leaves_the_outcome_unknown() -> None:
    connection = guarded((ASK_PIN, "63C3"), (PRESENT_PIN, CardRemovedError()))
    inner = connection._inner
    assert isinstance(inner, ScriptedConnection)
    inner.is_reconnectable = False
    with pytest.raises(VerifyInterruptedError) as raised:
        connection.verify(JpkiPin("1234"))
    assert raised.value.data() == {"secret": "jpki_pin", "tries_left": None, "outcome": "unknown"}
    assert isinstance(raised.value, CardRemovedError)


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_during_verify_goes_on_as_one_and_repeats_nothing(interrupt: type[BaseException]) -> None:
    connection = guarded((ASK_PIN, "63C3"), (PRESENT_PIN, interrupt()))
    with pytest.raises(interrupt):
        connection.verify(JpkiPin("1234"))
    assert entries(connection) == 1


def test_every_entry_is_preceded_by_its_own_query() -> None:
    connection = guarded(
        (ASK_PIN, "63C3"), (PRESENT_PIN, "63C2"), (ASK_PIN, "63C2"), (PRESENT_PIN, "63C1"), (ASK_PIN, "63C1")
    )
    for error in (PinWrongError, PinWrongError, LastTryRefusedError):
        with pytest.raises(error):
            connection.verify(JpkiPin("1234"))
    assert entries(connection) == 2


def test_a_query_before_a_power_cycle_does_not_count() -> None:
    connection = guarded((ASK_PIN, "63C3"), (SELECT_JPKI, "9000"), (ASK_PIN, "63C1"))
    connection.tries_left(JpkiPin)
    connection.reconnect()
    connection.select(Application.JPKI)
    with pytest.raises(LastTryRefusedError):
        connection.verify(JpkiPin("1234"))


def test_the_counter_of_one_secret_does_not_stand_for_another() -> None:
    connection = guarded(("00200091", "63C3"), ("00200095", "63C1"), application=Application.TEXT)
    connection.tries_left(TextPin)
    with pytest.raises(LastTryRefusedError) as raised:
        connection.verify(NumberB(NUMBER_B))
    assert raised.value.secret == "number_b"


@pytest.mark.parametrize("refusal", ["6A86", "6A88", "6700", "6B00", "6A82", "6985", "6D00"])
def test_a_card_that_refuses_short_identifiers_is_found_out_by_the_query(refusal: str) -> None:
    connection = guarded(
        (ASK_PIN, refusal),
        ("00A4020C02 0018", "9000"),
        ("00200080", "63C3"),
        ("00200080 04 31323334", "63C2"),
        ("00A4020C02 0018", "9000"),
        ("00200080", "63C2"),
        ("00200080 04 35363738", "9000"),
    )
    with pytest.raises(PinWrongError):
        connection.verify(JpkiPin("1234"))
    connection.verify(JpkiPin("5678"))
    assert entries(connection) == 2


def test_a_reference_that_cannot_be_selected_either_ends_before_any_entry() -> None:
    connection = guarded((ASK_PIN, "6A88"), ("00A4020C02 0018", "6A82"))
    with pytest.raises(Exception, match="6A82"):
        connection.verify(JpkiPin("1234"))
    assert entries(connection) == 0
