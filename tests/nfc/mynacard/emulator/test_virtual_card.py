"""The virtual card answers as public sources say a real one does."""

import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.x509 import load_der_x509_certificate

from mynacard.emulator import CardGone, Faults, VirtualCard, virtual_card
from mynacard.emulator.card_kind import CardKind

JPKI = bytes.fromhex("D392F000260100000001")
TEXT = bytes.fromhex("D3921000310001010408")
VISUAL = bytes.fromhex("D3921000310001010402")
COMMON = bytes.fromhex("D3921000310001010100")
DIGEST_INFO = bytes.fromhex("3031300D060960864801650304020105000420")


class Hand:
    """Sends commands in hexadecimal and gives back data and status word."""

    def __init__(self, card: VirtualCard) -> None:
        self.card = card
        card.power_on()

    def send(self, command: str, data: bytes = b"") -> tuple[bytes, str]:
        answer = self.card.process(bytes.fromhex(command) + data)
        return answer[:-2], answer[-2:].hex().upper()

    def sw(self, command: str, data: bytes = b"") -> str:
        return self.send(command, data)[1]

    def select(self, aid: bytes) -> str:
        return self.sw("00A4040C0A", aid)

    def verify(self, short_id: int, secret: str) -> str:
        return self.sw(f"002000{0x80 | short_id:02X}{len(secret):02X}", secret.encode())


def hand(person: str = "sato", kind: CardKind = "plastic", **faults: Any) -> Hand:
    return Hand(virtual_card(person, kind, Faults(**faults)))


def at(application: bytes, person: str = "sato", kind: CardKind = "plastic", **faults: Any) -> Hand:
    selected = hand(person, kind, **faults)
    assert selected.select(application) == "9000"
    return selected


# --- SELECT


@pytest.mark.parametrize("aid", [JPKI, TEXT, VISUAL, COMMON, bytes.fromhex("D3921000310001010401")])
def test_plastic_card_has_the_application(aid: bytes) -> None:
    assert hand().select(aid) == "9000"


@pytest.mark.parametrize(
    ("kind", "aid"), [("foreign", JPKI), ("android", TEXT), ("iphone", VISUAL), ("resident", TEXT)]
)
def test_other_kinds_lack_the_application(kind: CardKind, aid: bytes) -> None:
    assert hand(kind=kind).select(aid) == "6A82"


def test_select_with_p2_00_and_no_le_is_answered_without_control_information() -> None:
    assert hand().send("00A404000A", JPKI) == (b"", "9000")


def test_failed_select_leaves_the_application_selected() -> None:
    card = at(JPKI)
    assert card.select(b"\xa0\x00\x00\x00\x01\x02\x03\x04\x05\x06") == "6A82"
    assert card.sw("00200098") == "63C3"


@pytest.mark.parametrize(
    ("kind", "label"),
    [
        ("plastic", b"JPKIAPICCTOKEN2"),
        ("pinless", b"JPKIAPICCTOKEN2"),
        ("android", b"JPKIAPGPSETOKEN"),
        ("iphone", b"JPKIAPIOSTOKEN"),
        ("resident", b"JPKIAPICCTOKEN"),
    ],
)
def test_token_label_tells_the_kind(kind: CardKind, label: bytes) -> None:
    data, sw = at(JPKI, kind=kind).send("00B0860020")
    assert (data, sw) == (label.ljust(32), "9000")


# --- VERIFY


def test_empty_verify_tells_the_counter_and_spends_nothing() -> None:
    card = at(JPKI)
    assert [card.sw("00200098") for _ in range(5)] == ["63C3"] * 5
    assert card.sw("0020009B") == "63C5"


def test_empty_verify_with_le_is_refused_and_spends_nothing() -> None:
    card = at(JPKI)
    assert card.sw("0020009800") == "6700"
    assert card.sw("00200098") == "63C3"


def test_wrong_pin_counts_down_and_blocks_and_the_right_one_comes_too_late() -> None:
    card = at(JPKI)
    assert [card.verify(0x18, "0000") for _ in range(3)] == ["63C2", "63C1", "63C0"]
    assert card.verify(0x18, "1234") == "6984"
    assert card.sw("00200098") == "63C0"


@pytest.mark.parametrize("sw", [0x6983, 0x6984, 0x63C0])
def test_blocked_is_worded_as_told(sw: int) -> None:
    card = at(JPKI, kind="pinless", blocked_sw=sw)
    assert card.verify(0x18, "1234") == f"{sw:04X}"


def test_right_pin_restores_the_counter() -> None:
    card = at(JPKI)
    card.verify(0x18, "0000")
    assert card.verify(0x18, "1234") == "9000"
    assert card.sw("00200098") == "63C3"


def test_counter_survives_power_but_verified_does_not() -> None:
    card = at(JPKI)
    card.verify(0x18, "0000")
    card.card.power_off()
    card.card.power_on()
    card.select(JPKI)
    assert card.sw("00200098") == "63C2"
    assert card.sw("802A009733", DIGEST_INFO + bytes(32) + b"\x00") == "6982"


def test_secret_presented_at_another_reference_is_simply_wrong() -> None:
    card = at(TEXT)
    assert card.verify(0x15, card.card.person.text_pin) == "63C9"
    assert card.verify(0x11, card.card.person.jpki_pin) == "63C2"


def test_pinless_card_answers_number_b_and_no_pin() -> None:
    card = at(TEXT, kind="pinless")
    assert card.sw("00200091") == "63C0"
    assert card.verify(0x15, card.card.person.number_b) == "9000"
    assert card.send("00B0820000")[1] == "9000"


def test_verified_query_can_be_told_to_say_9000() -> None:
    card = at(JPKI, query_9000_when_verified=True)
    card.verify(0x18, "1234")
    assert card.sw("00200098") == "9000"


# --- READ BINARY


def read_certificate(card: Hand) -> bytes:
    head = card.send("00B08A0004")[0]
    size = int.from_bytes(head[2:], "big") + 4
    data, sw = card.send(f"00B0000000{size:04X}")
    assert (len(data), sw) == (size, "9000")
    return data


def test_certificate_needs_no_pin_on_plastic_and_one_on_a_phone() -> None:
    assert load_der_x509_certificate(read_certificate(at(JPKI))).serial_number > 0
    phone = at(JPKI, kind="android")
    assert phone.sw("00B08A0004") == "6982"
    phone.verify(0x18, "1234")
    assert read_certificate(phone) != read_certificate(at(JPKI))


def test_short_id_makes_the_file_current_and_offset_has_fifteen_bits() -> None:
    card = at(JPKI)
    whole = card.send("00B08A00000000")[0]
    assert len(whole) == 2048
    assert card.send("00B0010005") == (whole[256:261], "9000")
    assert card.sw("00B07FFF01") == "6B00"
    assert card.sw("00B0080001") == "6B00"


@pytest.mark.parametrize(("end", "expected"), [("short", (48, "9000")), ("6282", (48, "6282")), ("6B00", (0, "6B00"))])
def test_read_past_the_end_is_answered_as_told(end: str, expected: tuple[int, str]) -> None:
    card = at(JPKI, end_of_file=end)
    card.sw("00A4020C02000A")
    data, sw = card.send("00B007D0FF")
    assert (len(data), sw) == expected


def test_file_is_longer_than_its_content() -> None:
    card = at(TEXT)
    card.verify(0x11, card.card.person.text_pin)
    data, sw = card.send("00B0810000")
    assert (len(data), sw) == (17, "9000")
    assert data[15:] == b"\xff\xff"


def test_file_can_be_told_to_end_with_its_content() -> None:
    card = at(TEXT, no_filler=True)
    card.verify(0x11, card.card.person.text_pin)
    assert len(card.send("00B0810000")[0]) == 15


def test_refused_short_ids_leave_selection() -> None:
    card = at(JPKI, refuse_short_efid=True)
    assert card.sw("00B0860020") == "6A86"
    assert card.sw("00200098") == "6A86"
    assert card.sw("00A4020C020018") == "9000"
    assert card.sw("00200080") == "63C3"


def test_refused_extended_length_is_6700_and_short_works_on() -> None:
    card = at(JPKI, refuse_extended_length=True)
    assert card.sw("00B08A00000000") == "6700"
    assert len(card.send("00B08A0000")[0]) == 256


@pytest.mark.parametrize("file", ["01", "03", "06", "07"])
def test_protected_text_files_are_closed_before_any_secret(file: str) -> None:
    assert at(TEXT).sw(f"00B08{file[1]}0000") == "6982"


def test_number_b_opens_the_attributes_and_not_the_number() -> None:
    card = at(TEXT)
    assert card.verify(0x15, card.card.person.number_b) == "9000"
    assert card.sw("00B0820000") == "9000"
    assert card.sw("00B0810000") == "6982"


def test_the_number_is_there_to_be_refused() -> None:
    card = at(TEXT)
    card.verify(0x11, card.card.person.text_pin)
    data, _ = card.send("00B0810000")
    assert data[:15] == bytes.fromhex("FF100C") + card.card.person.individual_number.encode()
    issuer, _ = card.send("00B08300000200")
    assert hashlib.sha256(data[:15]).digest() in issuer


def test_visual_application_opens_by_its_numbers_only() -> None:
    card = at(VISUAL)
    person = card.card.person
    assert card.verify(0x12, person.number_b) == "9000"
    assert card.send("00B0820000")[0].startswith(bytes.fromhex("FF20"))
    assert card.sw("00B0850000") == "6982"
    assert card.verify(0x13, person.individual_number) == "9000"
    assert card.send("00B0850000")[0].startswith(bytes.fromhex("FF40"))
    assert card.verify(0x11, "550112") == "9000"
    assert card.send("00B0810000")[0].startswith(bytes.fromhex("FF10"))


def test_common_application_tells_a_stable_identifier_without_pin() -> None:
    record, sw = at(COMMON).send("00B2010400")
    assert (len(record), sw) == (28, "9000")
    assert record[15:] == b"1310120350112"


# --- COMPUTE DIGITAL SIGNATURE


@pytest.mark.parametrize("p2", ["80", "97"])
def test_card_pads_what_it_is_given(p2: str) -> None:
    card = at(JPKI)
    card.verify(0x18, "1234")
    card.sw("00A4020C020017")
    digest = hashlib.sha256(b"message").digest()
    signature, sw = card.send(f"802A00{p2}33", DIGEST_INFO + digest + b"\x00")
    assert (len(signature), sw) == (256, "9000")
    key = load_der_x509_certificate(read_certificate(card)).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(signature, b"message", padding.PKCS1v15(), hashes.SHA256())


def test_card_signs_a_bare_hash_too_and_nothing_standard_verifies_it() -> None:
    card = at(JPKI)
    card.verify(0x18, "1234")
    signature, sw = card.send("802A009720", bytes(32) + b"\x00")
    key = load_der_x509_certificate(read_certificate(card)).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    numbers = key.public_numbers()
    padded = pow(int.from_bytes(signature, "big"), numbers.e, numbers.n).to_bytes(256, "big")
    assert (padded, sw) == (b"\x00\x01" + b"\xff" * 221 + b"\x00" + bytes(32), "9000")


def test_signature_before_the_pin_is_refused() -> None:
    assert at(JPKI).sw("802A009733", DIGEST_INFO + bytes(32) + b"\x00") == "6982"


def test_selecting_the_application_again_forgets_the_pin() -> None:
    card = at(JPKI)
    card.verify(0x18, "1234")
    card.select(JPKI)
    assert card.sw("802A009733", DIGEST_INFO + bytes(32) + b"\x00") == "6982"


def test_signature_password_is_of_its_own() -> None:
    card = at(JPKI)
    card.verify(0x18, "1234")
    assert card.sw("00B0810000") == "6982"
    assert card.sw("802A009A33", DIGEST_INFO + bytes(32) + b"\x00") == "6982"
    assert card.verify(0x1B, "EXERCISE1") == "9000"
    assert card.send("802A009A33", DIGEST_INFO + bytes(32) + b"\x00")[1] == "9000"


def test_next_generation_card_signs_with_p384() -> None:
    card = at(JPKI, "mori")
    card.verify(0x18, card.card.person.jpki_pin)
    digest = hashlib.sha384(b"message").digest()
    signature, sw = card.send("802A009730", digest + b"\x00")
    assert (len(signature), sw) == (96, "9000")
    key = load_der_x509_certificate(read_certificate(card)).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    r, s = int.from_bytes(signature[:48], "big"), int.from_bytes(signature[48:], "big")
    key.verify(utils.encode_dss_signature(r, s), b"message", ec.ECDSA(hashes.SHA384()))


# --- what it refuses


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("00", "6700"),
        ("00A4040C0AD392", "6700"),
        ("00A40C0C023F00", "6A86"),
        ("00A4000C023F00", "6A82"),
        ("00A4020C02000C", "6A82"),
        ("00A4020C020017", "9000"),
        ("00CADF3005", "6D00"),
        ("00CB3FFF035C017E08", "6D00"),
        ("00B1000000", "6D00"),
        ("0CB0860020", "6882"),
        ("01B0860020", "6881"),
        ("FFB0860020", "6E00"),
        ("10B0860020", "6E00"),
        ("00B0000000", "6986"),
        ("00B0980004", "6981"),
        ("00B0840004", "6A82"),
        ("00200084", "6A88"),
        ("0020008A", "6981"),
        ("00200118", "6A86"),
        ("80FC0000", "6700"),
        ("802A01970100", "6A86"),
    ],
)
def test_other_commands_are_refused(command: str, sw: str) -> None:
    assert at(JPKI).sw(command) == sw


def test_iphone_knows_the_last_command_indicator() -> None:
    assert at(JPKI, kind="iphone").sw("80FC0000") == "9000"


def test_nothing_is_selected_after_power_up() -> None:
    card = at(JPKI)
    card.card.power_on()
    assert card.sw("00B0860020") == "6986"
    assert card.sw("00A4020C020006") == "6A82"


def test_identifier_is_another_at_each_power_up() -> None:
    card = hand()
    first, sw = card.send("FFCA000000")
    card.card.power_on()
    assert (len(first), sw) == (4, "9000")
    assert card.send("FFCA000000")[0] != first


# --- misbehaviour


def test_card_is_gone_after_the_told_number_of_answers_and_back_with_power() -> None:
    card = at(JPKI, disappear_after=2)
    assert card.sw("00B0860020") == "9000"
    for _ in range(2):
        with pytest.raises(CardGone):
            card.sw("00B0860020")
    card.card.power_on()
    assert card.select(JPKI) == "9000"
    assert card.sw("00B0860020") == "9000"
    assert card.sw("00B0860020") == "9000"


def test_card_gone_during_verify_has_counted_the_try() -> None:
    card = at(JPKI, disappear_during_verify=True)
    assert card.sw("00200098") == "63C3"
    with pytest.raises(CardGone):
        card.verify(0x18, "0000")
    assert card.card.tries_left(JPKI, 0x18) == 2
    card.card.power_on()
    card.select(JPKI)
    assert card.verify(0x18, "1234") == "9000"


def test_late_answer_waits_before_the_signature_only() -> None:
    waits: list[float] = []
    card = Hand(virtual_card(faults=Faults(delay_s=1.5), sleep=waits.append))
    card.select(JPKI)
    card.verify(0x18, "1234")
    assert waits == []
    assert card.sw("802A009733", DIGEST_INFO + bytes(32) + b"\x00") == "9000"
    assert waits == [1.5]


def test_first_select_after_power_up_can_fail_once() -> None:
    card = hand(first_select_6f00=True)
    assert [card.select(JPKI), card.select(JPKI)] == ["6F00", "9000"]
    card.card.power_on()
    assert card.select(JPKI) == "6F00"


def test_procedure_status_words_of_t0() -> None:
    card = at(JPKI, answer_61xx=True, answer_6cxx=True)
    whole = at(JPKI).send("00B08A00000000")[0]
    assert card.send("00B08A0000") == (b"", "6100")
    assert card.send("00C0000080") == (whole[:128], "6180")
    assert card.send("00C0000080") == (whole[128:256], "9000")
    assert card.sw("00C0000080") == "6985"
    assert card.send("00B007F000") == (b"", "6C10")
    assert card.sw("00200098") == "63C3"


def test_damaged_certificates_are_damaged_in_the_told_way() -> None:
    sound = at(JPKI).send("00B08A00000000")[0].rstrip(b"\xff")
    assert at(JPKI, damaged_certificate="length").send("00B08A0004")[0] == sound[:2] + b"\xff\xf0"
    assert at(JPKI, damaged_certificate="truncated").send("00B08A00000000")[0] == sound[: len(sound) // 2]
    bit = at(JPKI, damaged_certificate="bit").send("00B08A00000000")[0]
    assert sum(a != b for a, b in zip(sound, bit, strict=False)) == 1


@pytest.mark.parametrize(
    ("faults", "start"),
    [
        ({}, "FF2068DF2108000E0020005C0067DF220F"),
        ({"bytes_before_profile": 2}, "0000FF20"),
        ({"long_address": True}, "FF2081F8DF2108000F002100ED00F8DF22"),
        ({"damaged_profile": "missing"}, "FF2054DF2106000C00480053DF23"),
    ],
)
def test_attribute_record_opens_as_told(faults: dict[str, Any], start: str) -> None:
    card = at(TEXT, **faults)
    card.verify(0x15, card.card.person.number_b)
    assert card.send("00B0820000")[0].hex().upper().startswith(start)


def test_transcript_never_holds_a_secret() -> None:
    card = at(TEXT)
    person = card.card.person
    card.verify(0x11, person.text_pin)
    card.verify(0x15, person.number_b)
    written = repr(card.card.transcript) + repr(card.card) + repr(card.card.applications)
    for secret in (person.text_pin, person.number_b, person.jpki_pin, person.individual_number):
        assert secret not in written
        assert secret.encode().hex().upper() not in written
    assert card.card.transcript.exchanges[1].command == "00200091 **********"
    assert card.card.transcript.exchanges[1].sw == 0x9000
