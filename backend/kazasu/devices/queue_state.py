"""The state of a device's queue as the server last knew it, in one word, with what it means and what to do. Pure."""

from enum import StrEnum

from kazasu.devices.device import DeviceState
from kazasu.rules import Say

__all__ = ["SAY", "QueueStanding", "standing_of"]


class QueueStanding(StrEnum):
    """One of a few."""

    NOTHING_YET = "nothing_yet"
    COMPLETE = "complete"
    STILL_OUT = "still_out"
    REVOKED_COMPLETE = "revoked_complete"
    REVOKED_STILL_OUT = "revoked_still_out"


def standing_of(state: DeviceState, *, has_logs: bool, still_out: int) -> QueueStanding:
    """By the device's state and what its newest heads say beyond what is here."""
    if state is DeviceState.REVOKED:
        return QueueStanding.REVOKED_STILL_OUT if still_out else QueueStanding.REVOKED_COMPLETE
    if not has_logs:
        return QueueStanding.NOTHING_YET
    return QueueStanding.STILL_OUT if still_out else QueueStanding.COMPLETE


SAY = {
    QueueStanding.NOTHING_YET: Say(
        ja="この端末からはまだ何も届いていません。", en="Nothing has come from this device yet."
    ),
    QueueStanding.COMPLETE: Say(
        ja="端末が最後に知らせた記録まで、すべて届いています。", en="Everything that the device last told of is here."
    ),
    QueueStanding.STILL_OUT: Say(
        ja="端末にまだ送られていない記録があります。端末を電波の届く所で開くか、書き出して取り込んでください。",
        en="The device has entries that are not here. Open it where there is a network, or export and import them.",
    ),
    QueueStanding.REVOKED_COMPLETE: Say(
        ja="停止された端末です。停止までに知らせた記録はすべて届いています。",
        en="The device is revoked; everything that it had told of is here.",
    ),
    QueueStanding.REVOKED_STILL_OUT: Say(
        ja="停止された端末に、届いていない記録が残っています。見つかったら書き出して取り込んでください（保留になります）。"
        "見つからなければ、その訪問を担当者に確かめてください。",
        en="The revoked device has entries that never came. If it is found, export and import them (they are held); "
        "if not, ask its staff which visits are missing.",
    ),
}
