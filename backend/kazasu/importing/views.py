"""What the import routes show of a fault and of a change. The repr of none shows a patient."""

import msgspec

from kazasu.importing.action import Change
from kazasu.importing.fault import ImportFault
from kazasu.rules import Say

__all__ = ["ChangeView", "FaultView", "change_view", "fault_view"]


class FaultView(msgspec.Struct, frozen=True):
    """What is wrong with a field; `serious`: the line is not taken over."""

    field: str
    why: str
    serious: bool
    say: Say


class ChangeView(msgspec.Struct, frozen=True):
    """A value on file that would be written over; staff by their ids."""

    field: str
    before: str
    after: str

    def __repr__(self) -> str:
        return f"<ChangeView {self.field}>"


def fault_view(fault: ImportFault) -> FaultView:
    """The fault as shown."""
    return FaultView(fault.field, fault.why, fault.is_serious, fault.say)


def change_view(change: Change) -> ChangeView:
    """The change as shown."""
    return ChangeView(change.field, change.before, change.after)
