"""The state of a device's log as the server last knew it, in one word, with what it means and what to do. Pure."""

from enum import StrEnum

from kazasu.rules import Say

__all__ = ["SAY", "LogStanding", "standing_of"]


class LogStanding(StrEnum):
    """One of a few; the device itself may know more."""

    COMPLETE = "complete"
    STILL_OUT = "still_out"
    CLOSED = "closed"


def standing_of(*, is_closed: bool, number: int, newest_number: int) -> LogStanding:
    """By what is in and what the device last said that it has."""
    if is_closed:
        return LogStanding.CLOSED
    return LogStanding.STILL_OUT if newest_number > number else LogStanding.COMPLETE


SAY = {
    LogStanding.COMPLETE: Say(
        ja="端末が最後に知らせた記録まで、すべて届いています。", en="Everything that the device last told of is here."
    ),
    LogStanding.STILL_OUT: Say(
        ja="端末にまだ送られていない記録があります。端末を電波の届く所で開くか、書き出して取り込んでください。",
        en="The device has entries that are not here. Open it where there is a network, or export and import them.",
    ),
    LogStanding.CLOSED: Say(
        ja="この記録簿は閉じられました。枝の記録を確かめてください。端末は次の記録簿で続けています。",
        en="This log was closed. Look at its other branch; the device goes on in the next log.",
    ),
}
