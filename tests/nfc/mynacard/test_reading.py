"""Reading files: what cards and readers do at lengths and ends, and how many commands it takes."""

import pytest
from harness.scripted_card import LABEL, SELECT_JPKI, TOKEN_LABEL, ScriptedConnection

from mynacard import (
    CardRemovedError,
    CardSession,
    DamagedDataError,
    JpkiPin,
    NumberB,
    ReaderMemory,
    StatusError,
    TransportError,
)
from mynacard.application import Application, JpkiFile
from mynacard.certificate import length_of_certificate
from mynacard.emulator import PEOPLE, Faults, VirtualReader, virtual_card
from mynacard.guard import GuardedConnection
from mynacard.reading import CHUNK, FIRST_EXTENDED_LE, MOST_COMMANDS, FileReader

KIMURA = PEOPLE["kimura"]


def der(length: int) -> bytes:
    """An object of that length in all, as a certificate begins."""
    assert length > 300
    return b"\x30\x82" + (length - 4).to_bytes(2) + bytes(index % 251 for index in range(length - 4))


class File:
    """A file answered by hand; `misbehave` may replace an answer."""

    reader = "File reader"

    def __init__(self, content: bytes, *, extended_length: bool = False, most: int = 65536) -> None:
        self.extended_length = extended_length
        self.content = content
        self.most = most
        self.reads: list[tuple[int, int]] = []

    def transmit(self, apdu: bytes) -> bytes:
        if apdu[1] != 0xB0:
            return b"\x90\x00"
        if apdu[2] == 0x86:
            return TOKEN_LABEL + b"\x90\x00"
        offset = apdu[3] if apdu[2] & 0x80 else apdu[2] << 8 | apdu[3]
        le = int.from_bytes(apdu[4:]) or (256 if len(apdu) == 5 else 65536)
        self.reads.append((offset, le))
        return self.answer(offset, le)

    def answer(self, offset: int, le: int) -> bytes:
        return self.content[offset : offset + min(le, self.most)] + b"\x90\x00"

    def reconnect(self) -> None: ...

    def close(self) -> None: ...


def read(file: File, first: bytes = b"", memory: ReaderMemory | None = None) -> bytes:
    connection = GuardedConnection(file)
    connection.select(Application.JPKI)
    reader = FileReader(connection, memory or ReaderMemory())
    # As in every session: the label comes first, and shows whether short identifiers work.
    assert reader.read_start(JpkiFile.TOKEN, 32) == TOKEN_LABEL
    return reader.read_object(JpkiFile.CERTIFICATE, "certificate", length_of_certificate, first=first)


@pytest.mark.parametrize("length", [301, 502, 503, 753, 1583, 1600, 2048, 4000])
def test_in_chunks_a_file_takes_one_read_for_each_251_bytes(length: int) -> None:
    file = File(der(length) + bytes(100))
    assert read(file) == der(length)
    assert len(file.reads) == -(-length // CHUNK)
    assert file.reads[-1] == (CHUNK * (len(file.reads) - 1), length - CHUNK * (len(file.reads) - 1))


@pytest.mark.parametrize("length", [301, 1583, 1600, FIRST_EXTENDED_LE])
def test_with_extended_length_a_file_takes_one_read(length: int) -> None:
    file = File(der(length) + bytes(3000), extended_length=True)
    assert read(file) == der(length)
    assert file.reads == [(0, FIRST_EXTENDED_LE)]


@pytest.mark.parametrize("length", [FIRST_EXTENDED_LE + 1, FIRST_EXTENDED_LE + 300, 4000])
def test_a_longer_file_takes_one_read_more_for_exactly_its_rest(length: int) -> None:
    file = File(der(length) + bytes(3000), extended_length=True)
    assert read(file) == der(length)
    assert file.reads == [(0, FIRST_EXTENDED_LE), (FIRST_EXTENDED_LE, length - FIRST_EXTENDED_LE)]


def test_after_its_head_a_file_takes_one_read_of_exactly_the_rest() -> None:
    file = File(der(1600) + bytes(100), extended_length=True)
    assert read(file, first=der(1600)[:35]) == der(1600)
    assert file.reads == [(35, 1565)]


def test_after_its_head_the_last_chunk_is_exact_too() -> None:
    file = File(der(1600) + bytes(100))
    assert read(file, first=der(1600)[:35]) == der(1600)
    assert file.reads == [(35 + CHUNK * index, min(CHUNK, 1600 - 35 - CHUNK * index)) for index in range(7)]


def test_what_lies_behind_the_object_is_cut_off() -> None:
    file = File(der(400) + b"\xff" * 1000, extended_length=True)
    assert read(file) == der(400)


@pytest.mark.parametrize("most", [1, 7, 100, 250])
def test_a_card_that_gives_less_than_asked_is_asked_on(most: int) -> None:
    length = 301 if most < 10 else 1600
    file = File(der(length), extended_length=True, most=most)
    if -(-length // most) > MOST_COMMANDS:
        with pytest.raises(DamagedDataError) as raised:
            read(file)
        assert raised.value.problem == "too_many_answers"
        assert len(file.reads) == MOST_COMMANDS
    else:
        assert read(file) == der(length)


class EndsWith(File):
    """The file is shorter than what its header promises, and its end is told in one of the ways there are."""

    def __init__(self, status: str, there: int, **options: bool) -> None:
        super().__init__(der(1600)[:there], **options)
        self.status = bytes.fromhex(status)

    def answer(self, offset: int, le: int) -> bytes:
        found = self.content[offset : offset + le]
        return found + (b"\x90\x00" if len(found) == le else self.status)


@pytest.mark.parametrize("extended_length", [True, False])
@pytest.mark.parametrize("there", [CHUNK - 1, CHUNK, 600])
@pytest.mark.parametrize("status", ["9000", "6282", "6B00"])
def test_a_file_that_ends_too_early_is_damaged_and_read_no_longer(
    status: str, there: int, extended_length: bool
) -> None:
    file = EndsWith(status, there, extended_length=extended_length)
    with pytest.raises(DamagedDataError) as raised:
        read(file)
    assert raised.value.problem == "truncated"
    assert len(file.reads) <= 6


@pytest.mark.parametrize("extended_length", [True, False])
def test_a_warning_with_data_at_the_very_end_is_data(extended_length: bool) -> None:
    class Warns(File):
        def answer(self, offset: int, le: int) -> bytes:
            found = self.content[offset : offset + le]
            return found + (b"\x90\x00" if offset + le < len(self.content) else b"\x62\x82")

    assert read(Warns(der(1600), extended_length=extended_length)) == der(1600)


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"\x31\x82\x06\x3c" + bytes(600), "tag"), (b"\x30\x84\x00\x00\x06\x3c" + bytes(600), "length")],
)
def test_a_file_that_begins_with_something_else_is_damaged(content: bytes, problem: str) -> None:
    with pytest.raises(DamagedDataError) as raised:
        read(File(content))
    assert raised.value.problem == problem


def test_an_object_longer_than_reads_can_address_is_damaged() -> None:
    with pytest.raises(DamagedDataError) as raised:
        read(File(b"\x30\x82\xff\xff" + bytes(1000)))
    assert raised.value.problem == "too_long"


def test_an_empty_file_is_damaged() -> None:
    with pytest.raises(DamagedDataError):
        read(File(b""))


class RefusesExtended(File):
    def __init__(self, refusal: str | TransportError, content: bytes) -> None:
        super().__init__(content, extended_length=True)
        self.refusal = refusal
        self.power_cycles = 0

    def answer(self, offset: int, le: int) -> bytes:
        if le > 256:
            if isinstance(self.refusal, TransportError):
                raise self.refusal
            return bytes.fromhex(self.refusal)
        return super().answer(offset, le)

    def reconnect(self) -> None:
        self.power_cycles += 1


@pytest.mark.parametrize("refusal", ["6700", "6A86", "6D00", "6F00", "6985"])
def test_a_refused_extended_read_falls_back_at_once_and_is_remembered_for_the_reader(refusal: str) -> None:
    memory = ReaderMemory()
    file = RefusesExtended(refusal, der(1600))
    assert read(file, memory=memory) == der(1600)
    assert file.reads[:2] == [(0, FIRST_EXTENDED_LE), (0, CHUNK)]
    assert len(file.reads) == 8
    assert memory.is_short_only(file.reader)
    again = RefusesExtended(refusal, der(1600))
    assert read(again, memory=memory) == der(1600)
    assert len(again.reads) == 7
    memory.reset()
    assert not memory.is_short_only(file.reader)


def test_an_extended_read_answered_6b00_is_asked_for_exactly_and_not_held_against_the_reader() -> None:
    class Strict(File):
        def answer(self, offset: int, le: int) -> bytes:
            return super().answer(offset, le) if offset + le <= len(self.content) else b"\x6b\x00"

    memory = ReaderMemory()
    file = Strict(der(1600), extended_length=True)
    assert read(file, memory=memory) == der(1600)
    assert file.reads == [(0, FIRST_EXTENDED_LE), (0, CHUNK), (CHUNK, 1600 - CHUNK)]
    assert not memory.is_short_only(file.reader)


def test_a_failed_extended_read_of_a_file_that_cannot_be_read_at_all_is_not_held_against_the_reader() -> None:
    memory = ReaderMemory()

    class RefusesAll(File):
        def answer(self, offset: int, le: int) -> bytes:
            return bytes.fromhex("6981")

    file = RefusesAll(b"", extended_length=True)
    with pytest.raises(StatusError):
        read(file, memory=memory)
    assert not memory.is_short_only(file.reader)


@pytest.mark.parametrize("trouble", [TransportError("0x80100016"), CardRemovedError("0x80100016")])
def test_an_extended_read_that_loses_the_connection_is_done_again_in_chunks(trouble: TransportError) -> None:
    memory = ReaderMemory()
    reader = VirtualReader(virtual_card("kimura"))

    class Breaks:
        reader = "ACR"
        extended_length = True

        def __init__(self) -> None:
            self.raw = reader.connect()
            self.power_cycles = 0

        def transmit(self, apdu: bytes) -> bytes:
            if len(apdu) == 7 and apdu[1] == 0xB0:
                raise trouble
            return self.raw.transmit(apdu)

        def reconnect(self) -> None:
            self.power_cycles += 1
            self.raw.reconnect()

        def close(self) -> None:
            self.raw.close()

    first = Breaks()
    with CardSession(first, memory=memory) as session:
        proof = session.prove(b"message", JpkiPin(KIMURA.jpki_pin))
    assert proof.certificate_read
    assert first.power_cycles == 1
    assert memory.is_short_only("ACR")
    second = Breaks()
    with CardSession(second, memory=memory) as session:
        assert session.prove(b"message", JpkiPin(KIMURA.jpki_pin)).apdus == 12
    assert second.power_cycles == 0


def test_a_card_refusing_extended_length_costs_one_command_more_and_only_once() -> None:
    memory = ReaderMemory()
    reader = VirtualReader(virtual_card("kimura", faults=Faults(refuse_extended_length=True)))
    counts = []
    for _ in range(2):
        with CardSession(reader.connect(), memory=memory) as session:
            counts.append(session.prove(b"message", JpkiPin(KIMURA.jpki_pin)).apdus)
    assert counts == [13, 12]


@pytest.mark.parametrize("end_of_file", ["short", "6282", "6B00"])
@pytest.mark.parametrize("extended_length", [True, False])
def test_every_way_to_end_a_file_gives_the_same_certificate(end_of_file: str, extended_length: bool) -> None:
    card = virtual_card("kimura", faults=Faults(end_of_file=end_of_file))  # type: ignore[arg-type]
    reader = VirtualReader(card, extended_length=extended_length)
    with CardSession(reader.connect(), memory=ReaderMemory()) as session:
        assert len(session.certificate().der) == 1600


def test_a_card_that_refuses_short_identifiers_is_read_by_selection() -> None:
    card = virtual_card("kimura", faults=Faults(refuse_short_efid=True))
    with CardSession(VirtualReader(card).connect(), memory=ReaderMemory()) as session:
        proof = session.prove(b"message", JpkiPin(KIMURA.jpki_pin))
        assert session.attributes(NumberB(KIMURA.number_b)).name == KIMURA.name
    assert proof.certificate.has_signed(b"message", proof.signature)
    assert card.tries_left(Application.JPKI.aid, 0x18) == 3


@pytest.mark.parametrize("faults", [Faults(answer_61xx=True), Faults(answer_6cxx=True)], ids=["61xx", "6Cxx"])
@pytest.mark.parametrize("extended_length", [True, False])
def test_answers_in_parts_and_corrected_lengths_are_followed(faults: Faults, extended_length: bool) -> None:
    reader = VirtualReader(virtual_card("kimura", faults=faults), extended_length=extended_length)
    with CardSession(reader.connect(), memory=ReaderMemory()) as session:
        proof = session.prove(b"message", JpkiPin(KIMURA.jpki_pin))
        assert session.attributes(NumberB(KIMURA.number_b)).address == KIMURA.address
    assert proof.certificate.has_signed(b"message", proof.signature)


def test_a_card_that_always_has_more_to_give_is_left_in_the_end() -> None:
    class Endless(File):
        commands = 0

        def transmit(self, apdu: bytes) -> bytes:
            self.commands += 1
            if apdu[1] == 0xC0:
                return b"\x30\x61\x01"
            return super().transmit(apdu)

        def answer(self, offset: int, le: int) -> bytes:
            return b"\x61\x01"

    file = Endless(b"")
    with pytest.raises(StatusError):
        read(file)
    assert file.commands < 400


def test_a_wrong_length_that_is_corrected_for_ever_is_left_in_the_end() -> None:
    class Corrects(File):
        def answer(self, offset: int, le: int) -> bytes:
            return b"\x6c\x10"

    file = Corrects(b"")
    with pytest.raises(StatusError):
        read(file)
    assert len(file.reads) <= 4


def test_the_first_selection_may_be_answered_6f00_once() -> None:
    reader = VirtualReader(virtual_card("kimura", faults=Faults(first_select_6f00=True)))
    with CardSession(reader.connect(), memory=ReaderMemory()) as session:
        assert session.prove(b"message", JpkiPin(KIMURA.jpki_pin)).apdus == 7


def test_6f00_twice_is_a_card_in_trouble() -> None:
    scripted = ScriptedConnection((SELECT_JPKI, "6F00"), (SELECT_JPKI, "6F00"))
    with pytest.raises(StatusError) as raised:
        CardSession(scripted).identify()
    assert raised.value.data() == {"sw": "6F00", "step": "select_application"}


def test_6f00_later_is_not_answered_by_one_more() -> None:
    scripted = ScriptedConnection((SELECT_JPKI, "9000"), ("00B0860020", LABEL), (None, "6F00"))
    session = CardSession(scripted)
    session.identify()
    with pytest.raises(StatusError):
        session._session.select(Application.TEXT)
    assert scripted.is_played
