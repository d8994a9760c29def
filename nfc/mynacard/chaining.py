"""Answers that come in parts (61xx) or ask for another Le (6Cxx).

Only for commands that may be sent twice without harm or are not sent twice at all; VERIFY never comes here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from mynacard.apdu import INS, SW, Command, Response
from mynacard.errors import StatusError
from mynacard.guard import GuardedConnection

_MOST_PARTS: Final = 300


def read_whole(connection: GuardedConnection, command: Command) -> Response:
    """A READ, asked again once with the Le that the card names, and its answer put together."""
    response = connection.exchange(command)
    if response.correct_le is not None:
        response = connection.exchange(replace(command, le=response.correct_le))
    return rest_of(connection, response)


def rest_of(connection: GuardedConnection, response: Response) -> Response:
    """The answer with all that GET RESPONSE gives after it; nothing is carried out again for that."""
    data = bytearray(response.data)
    for _ in range(_MOST_PARTS):
        if response.more_available is None:
            return Response(bytes(data), response.sw)
        response = connection.exchange(Command.case2(0x00, INS.GET_RESPONSE, 0x00, 0x00, response.more_available))
        data += response.data
    raise StatusError(SW.NO_PRECISE_DIAGNOSIS, "get_response")
