"""The in-process reader: cards come and go while a program holds connections."""

import pytest

from mynacard.connection import CardConnection, CardRemovedError, ReaderState
from mynacard.emulator import CardGone, VirtualReader, virtual_card
from mynacard.errors import NoCardError
from mynacard.readers import Reader

SELECT = bytes.fromhex("00A4040C0AD392F000260100000001")
QUERY = bytes.fromhex("00200098")


def test_it_is_a_reader_and_gives_connections() -> None:
    reader = VirtualReader(virtual_card(), "Exercise reader", extended_length=False)
    connection = reader.connect()
    assert isinstance(reader, Reader)
    assert isinstance(connection, CardConnection)
    assert (connection.reader, connection.extended_length) == ("Exercise reader", False)
    assert connection.transmit(SELECT) == b"\x90\x00"


def test_empty_reader_has_no_card_and_gets_one() -> None:
    reader = VirtualReader()
    assert reader.state() is ReaderState.NO_CARD
    with pytest.raises(NoCardError):
        reader.connect()
    reader.insert(virtual_card())
    assert reader.state() is ReaderState.CARD
    assert reader.connect().transmit(SELECT) == b"\x90\x00"


def test_removed_card_fails_the_open_connection_also_when_it_is_back() -> None:
    card = virtual_card()
    reader = VirtualReader(card)
    connection = reader.connect()
    reader.remove()
    with pytest.raises(CardRemovedError):
        connection.transmit(SELECT)
    with pytest.raises(CardRemovedError):
        connection.reconnect()
    reader.insert(card)
    with pytest.raises(CardRemovedError):
        connection.transmit(SELECT)
    connection.reconnect()
    assert connection.transmit(SELECT) == b"\x90\x00"


def test_another_connection_resets_the_card_for_the_first() -> None:
    reader = VirtualReader(virtual_card())
    first = reader.connect()
    reader.connect()
    with pytest.raises(CardRemovedError):
        first.transmit(SELECT)


def test_closing_takes_the_power_and_may_be_repeated() -> None:
    card = virtual_card()
    connection = VirtualReader(card).connect()
    connection.close()
    connection.close()
    assert not card.is_powered
    with pytest.raises(CardRemovedError):
        connection.transmit(SELECT)


def test_closing_an_old_connection_leaves_the_new_one_powered() -> None:
    reader = VirtualReader(virtual_card())
    first, second = reader.connect(), reader.connect()
    first.close()
    assert second.transmit(SELECT) == b"\x90\x00"


def test_reconnecting_cuts_the_power() -> None:
    card = virtual_card()
    connection = VirtualReader(card).connect()
    connection.transmit(SELECT)
    connection.reconnect()
    assert connection.transmit(QUERY) == b"\x69\x86"
    assert card.power_ups == 2


def test_vanished_card_is_a_removed_card() -> None:
    connection = VirtualReader(virtual_card(disappear_after=1)).connect()
    connection.transmit(SELECT)
    with pytest.raises(CardRemovedError) as caught:
        connection.transmit(QUERY)
    assert isinstance(caught.value, CardGone)
    connection.reconnect()
    assert connection.transmit(SELECT) == b"\x90\x00"
