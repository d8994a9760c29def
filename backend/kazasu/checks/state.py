"""The states of a check and which may follow which. Pure."""

from enum import StrEnum

__all__ = ["CheckState", "may_follow"]


class CheckState(StrEnum):
    """Where a check stands.

    recorded → asking → answered → reconciled; held while a hold is open; void when it was taken back.
    """

    RECORDED = "recorded"
    ASKING = "asking"
    ANSWERED = "answered"
    HELD = "held"
    RECONCILED = "reconciled"
    VOID = "void"


_S = CheckState
_FOLLOWING = {
    _S.RECORDED: {_S.ASKING, _S.ANSWERED, _S.HELD, _S.RECONCILED, _S.VOID},
    _S.ASKING: {_S.RECORDED, _S.ANSWERED, _S.HELD, _S.RECONCILED, _S.VOID},
    _S.ANSWERED: {_S.ASKING, _S.HELD, _S.RECONCILED, _S.VOID},
    _S.HELD: {_S.RECORDED, _S.ASKING, _S.ANSWERED, _S.RECONCILED, _S.VOID},
    # A better answer, a later hold or a void may still come to a reconciled check.
    _S.RECONCILED: {_S.ASKING, _S.ANSWERED, _S.HELD, _S.VOID},
    _S.VOID: set[CheckState](),
}


def may_follow(present: CheckState, following: CheckState) -> bool:
    """Whether a check may go from one state to the other; nothing leads out of void."""
    return following in _FOLLOWING[present]
