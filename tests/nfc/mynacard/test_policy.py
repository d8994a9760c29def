"""Every road to what must never be reached is refused before a byte is sent, in every state of the card."""

import pytest
from harness.scripted_card import LABEL, SELECT_JPKI, SELECT_TEXT, ScriptedConnection

from mynacard import CardRemovedError, GuardedConnection, RefusedByPolicyError

DIGEST_INFO = "3031300D060960864801650304020105000420" + "11" * 32

# States of the card, as what was answered before.
STATES: dict[str, list[tuple[str, str]]] = {
    "nothing selected": [],
    "JPKI selected": [(SELECT_JPKI, "9000")],
    "JPKI, certificate current": [(SELECT_JPKI, "9000"), ("00A4020C02000A", "9000")],
    "JPKI, PIN current": [(SELECT_JPKI, "9000"), ("00A4020C020018", "9000")],
    "JPKI, key current": [(SELECT_JPKI, "9000"), ("00A4020C020017", "9000")],
    "Text selected": [(SELECT_TEXT, "9000")],
    "Text, attributes current": [(SELECT_TEXT, "9000"), ("00B0820004", "FF20400D9000")],
    "Text, PIN current": [(SELECT_TEXT, "9000"), ("00A4020C020011", "9000")],
    "selection failed": [(SELECT_JPKI, "9000"), (SELECT_TEXT, "6A82")],
}

NEVER = {
    # The Individual Number: Text AP 0001, by every way to name it.
    "select 0001": "00A4020C020001",
    "select 0001 with FCI": "00A40200020001",
    "select 0001 with FCI and Le": "00A4020002000100",
    "select 0001 P1=00": "00A4000C020001",
    "select 0001 P1=01": "00A4010C020001",
    "select 0001 P1=03": "00A4030C020001",
    "select 0001 by path from MF": "00A4080C020001",
    "select 0001 by path from DF": "00A4090C020001",
    "select 0001 P2=04": "00A40204020001",
    "select 0001 next occurrence": "00A4020E020001",
    "select 0001 extended": "00A4020C0000020001",
    "select 0002 with a third byte": "00A4020C03000201",
    "select 0002 then more": "00A4020C02000200",
    "read SFI 1": "00B0810000",
    "read SFI 1, 15 bytes": "00B081000F",
    "read SFI 1, extended": "00B08100000000",
    "read SFI 1, other high bits": "00B0C10000",
    "read SFI 1, bits 101": "00B0A10000",
    "read SFI 2 with bits 101": "00B0A20000",
    "read SFI 2 with bits 110": "00B0C20000",
    "read SFI 10 with bits 101": "00B0AA0000",
    "tries of PIN with bits 101": "002000B8",
    "tries of PIN with bits 000": "00200018",
    "tries of number B with bits 111": "002000F5",
    "sign with bits 101": "802A00B733" + DIGEST_INFO + "00",
    "read record 1": "00B2010400",
    "read record SFI 1": "00B2010C00",
    "odd READ BINARY of 0001": "00B10001045402000000",
    "odd READ BINARY of current": "00B1000004540200000F",
    "search in 0001": "00A2010400",
    "get data": "00CAFF1000",
    "odd get data": "00CB000100",
    # Its hash.
    "select 0003": "00A4020C020003",
    "read SFI 3": "00B0830000",
    # The number as an image, and the reference that is the number.
    "read SFI 5": "00B0850000",
    "select 0005": "00A4020C020005",
    "tries of number A (0014)": "00200094",
    "tries of Visual number A (0013)": "00200093",
    "select 0014": "00A4020C020014",
    "select 0013": "00A4020C020013",
    "present number A": "002000940C" + "31" * 12,
    "present Visual number A": "002000930C" + "31" * 12,
    # Other applications and other ways to select.
    "Visual AP": "00A4040C0AD3921000310001010402",
    "Juki AP": "00A4040C0AD3921000310001010401",
    "common AP": "00A4040C0AD3921000310001010100",
    "issuer domain": "00A4040C07A0000001510000",
    "JPKI by part of its AID": "00A4040C05D392F00026",
    "JPKI with FCI": "00A404000AD392F000260100000001",
    "JPKI with FCI and Le": "00A404000AD392F00026010000000100",
    "JPKI with Le": "00A4040C0AD392F00026010000000100",
    "JPKI next occurrence": "00A4040E0AD392F000260100000001",
    "Text AP with a byte more": "00A4040C0BD392100031000101040800",
    "MF": "00A4000C023F00",
    "nothing": "00A40000",
    # Signature certificate, key and password.
    "select 001A": "00A4020C02001A",
    "select 001B": "00A4020C02001B",
    "tries of 001B": "0020009B",
    "sign with 001A": "802A009A33" + DIGEST_INFO + "00",
    "internal key of Text AP": "802A009333" + DIGEST_INFO + "00",
    # Secrets presented by hand, and what changes or unlocks them.
    "VERIFY JPKI PIN": "002000980431323334",
    "VERIFY current": "002000800431323334",
    "VERIFY Text PIN": "002000910431323334",
    "VERIFY number B": "002000950E" + "31" * 14,
    "VERIFY extended": "0020009800000431323334",
    "VERIFY with Le": "0020009800",
    "VERIFY with Lc 0": "0020008000",
    "VERIFY by TLV": "0021009804800231323334",
    "VERIFY P1=FF": "0020FF98",
    "CHANGE": "002401980431323334",
    "RESET RETRY COUNTER": "002C00980831323334",
    "EXTERNAL AUTHENTICATE": "0082009800",
    # Classes and wrappings.
    "secure messaging 04": "04B0820000",
    "secure messaging 08": "08B0820000",
    "secure messaging 0C": "0CB0810000",
    "secure messaging key": "80AE0000",
    "channel 1": "01B0820000",
    "channel 4": "40B0820000",
    "open channel": "0070000001",
    "chained VERIFY": "102000980431323334",
    "chained select": "10A4020C020001",
    "proprietary class": "80B0820000",
    "ENVELOPE": "00C2000005" + "00B0810000",
    # Writing.
    "UPDATE BINARY": "00D682000101",
    "WRITE BINARY": "00D0820001FF",
    "ERASE BINARY": "000E8200",
    # Forms.
    "empty": "",
    "three bytes": "00B082",
    "READ without Le": "00B08200",
    "READ with data": "00B08200020001",
    "READ with data and Le": "00B0820002000100",
    "GET RESPONSE unasked": "00C0000000",
    "GET RESPONSE with data": "00C0000001FF",
    "sign P1=01": "802A019733" + DIGEST_INFO + "00",
    "sign with P2=9E9A": "802A9E9A33" + DIGEST_INFO + "00",
    "sign anything": "802A00970431323334" + "00",
    "sign another hash": "802A009733" + "3031300D060960864801650304020205000420" + "11" * 32 + "00",
    "sign without Le": "802A009733" + DIGEST_INFO,
    "sign in class 00": "002A009733" + DIGEST_INFO + "00",
    "GET UID of the reader": "FFCA000000",
}  # fmt: skip


def brought_to(state: str) -> tuple[GuardedConnection, ScriptedConnection]:
    scripted = ScriptedConnection(*STATES[state])
    guarded = GuardedConnection(scripted)
    for command, _ in STATES[state]:
        guarded.transmit(bytes.fromhex(command))
    return guarded, scripted


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("road", NEVER)
def test_a_forbidden_command_is_refused_and_not_sent(road: str, state: str) -> None:
    guarded, scripted = brought_to(state)
    with pytest.raises(RefusedByPolicyError):
        guarded.transmit(bytes.fromhex(NEVER[road]))
    assert scripted.is_played
    assert len(guarded.transcript) == len(STATES[state])


ONLY_IN = {
    "00B0860020": "JPKI selected",
    "00B08A00000000": "JPKI selected",
    "00A4020C02000A": "JPKI selected",
    "00200098": "JPKI selected",
    f"802A009733{DIGEST_INFO}00": "JPKI selected",
    "00B0820000": "Text selected",
    "00200091": "Text selected",
    "00200095": "Text selected",
    "00A4020C020002": "Text selected",
    "00A4020C020015": "Text selected",
}


@pytest.mark.parametrize("state", ["nothing selected", "JPKI selected", "Text selected", "selection failed"])
@pytest.mark.parametrize("command", ONLY_IN)
def test_an_allowed_command_is_allowed_in_its_application_only(command: str, state: str) -> None:
    guarded, scripted = brought_to(state)
    scripted._script = [*scripted._script, (command, "9000")]
    if state == ONLY_IN[command]:
        assert guarded.transmit(bytes.fromhex(command)) == b"\x90\x00"
    else:
        with pytest.raises(RefusedByPolicyError):
            guarded.transmit(bytes.fromhex(command))


@pytest.mark.parametrize(
    ("state", "command", "allowed"),
    [
        ("JPKI, certificate current", "00B0010000", True),
        ("JPKI, certificate current", "00B07FFF00", True),
        ("JPKI, PIN current", "00B0000000", False),
        ("JPKI, key current", "00B0000000", False),
        ("JPKI selected", "00B0000000", False),
        ("JPKI, PIN current", "00200080", True),
        ("JPKI, certificate current", "00200080", False),
        ("JPKI, key current", f"802A008033{DIGEST_INFO}00", True),
        ("JPKI, PIN current", f"802A008033{DIGEST_INFO}00", False),
        ("Text selected", "00B0000000", False),
        ("Text, attributes current", "00B0000000", True),
        ("Text, PIN current", "00B0000000", False),
        ("Text, PIN current", "00200080", True),
        ("Text, attributes current", "00200080", False),
        ("selection failed", "00B0000000", False),
    ],
)
def test_the_current_file_is_used_only_where_it_is_known_and_of_that_use(
    state: str, command: str, allowed: bool
) -> None:
    guarded, scripted = brought_to(state)
    scripted._script = [*scripted._script, (command, "9000")]
    if allowed:
        guarded.transmit(bytes.fromhex(command))
        assert scripted.is_played
    else:
        with pytest.raises(RefusedByPolicyError):
            guarded.transmit(bytes.fromhex(command))


def test_after_a_failed_selection_only_a_selection_is_allowed() -> None:
    guarded, scripted = brought_to("selection failed")
    with pytest.raises(RefusedByPolicyError):
        guarded.transmit(bytes.fromhex("00B0860020"))
    scripted._script = [*scripted._script, (SELECT_JPKI, "9000"), ("00B0860020", LABEL)]
    guarded.transmit(bytes.fromhex(SELECT_JPKI))
    guarded.transmit(bytes.fromhex("00B0860020"))
    assert scripted.is_played


def test_after_a_power_cycle_only_a_selection_is_allowed() -> None:
    guarded, _ = brought_to("Text, attributes current")
    guarded.reconnect()
    for command in ("00B0000000", "00B0820000", "00200095", "00A4020C020002"):
        with pytest.raises(RefusedByPolicyError):
            guarded.transmit(bytes.fromhex(command))


def test_after_a_lost_answer_only_a_selection_is_allowed() -> None:
    scripted = ScriptedConnection((SELECT_TEXT, "9000"), ("00B0820000", CardRemovedError()))
    guarded = GuardedConnection(scripted)
    guarded.transmit(bytes.fromhex(SELECT_TEXT))
    with pytest.raises(CardRemovedError):
        guarded.transmit(bytes.fromhex("00B0820000"))
    with pytest.raises(RefusedByPolicyError):
        guarded.transmit(bytes.fromhex("00B0820000"))


def test_after_a_failed_file_selection_no_file_is_current() -> None:
    scripted = ScriptedConnection((SELECT_TEXT, "9000"), ("00B0820004", "FF2040009000"), ("00A4020C020011", "6A82"))
    guarded = GuardedConnection(scripted)
    for command in (SELECT_TEXT, "00B0820004", "00A4020C020011"):
        guarded.transmit(bytes.fromhex(command))
    with pytest.raises(RefusedByPolicyError):
        guarded.transmit(bytes.fromhex("00B0000000"))


def test_after_a_reference_by_short_identifier_no_file_is_current() -> None:
    scripted = ScriptedConnection((SELECT_TEXT, "9000"), ("00B0820004", "FF2040009000"), ("00200095", "63CA"))
    guarded = GuardedConnection(scripted)
    for command in (SELECT_TEXT, "00B0820004", "00200095"):
        guarded.transmit(bytes.fromhex(command))
    with pytest.raises(RefusedByPolicyError):
        guarded.transmit(bytes.fromhex("00B0000400"))


def test_get_response_is_allowed_only_after_a_read_that_left_something() -> None:
    scripted = ScriptedConnection(
        (SELECT_TEXT, "9000"), ("00B0820000", "6105"), ("00C0000005", "0102030405 9000".replace(" ", ""))
    )
    guarded = GuardedConnection(scripted)
    guarded.transmit(bytes.fromhex(SELECT_TEXT))
    guarded.transmit(bytes.fromhex("00B0820000"))
    guarded.transmit(bytes.fromhex("00C0000005"))
    with pytest.raises(RefusedByPolicyError):
        guarded.transmit(bytes.fromhex("00C0000005"))


def test_a_refusal_holds_neither_the_command_nor_the_secret_in_it() -> None:
    import traceback

    guarded, _ = brought_to("JPKI selected")
    try:
        guarded.transmit(bytes.fromhex("0020009804") + b"9753")
    except RefusedByPolicyError as error:
        stack = traceback.TracebackException.from_exception(error, capture_locals=True).stack
        shown = str(error) + repr(error)
        shown += "".join(text for frame in stack for text in (frame.locals or {}).values())
    assert "9753" not in shown
    assert "39373533" not in shown
