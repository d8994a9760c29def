"""Whether a check can be asked at all, told while the patient is still there. Pure; warns and never blocks.

What a road needs is the server's rule (its `inquiry_roads`); a device knows its policy's open keys and what it takes
itself, which is enough to say what to take before the patient leaves.
"""

from dataclasses import dataclass
from enum import StrEnum

from checksync.intent import NotOnList, PatientSubject, VisitSubject
from kazasu_device.policy import Policy


class AtTheDoor(StrEnum):
    """What can still be taken while the patient is there."""

    ATTRIBUTES_BY_NUMBER_B = "attributes_by_number_b"
    DOCUMENT = "document"
    GOVERNMENT_CONSENT = "government_consent"


class RoadWarning(StrEnum):
    """Why what is about to be recorded will be held."""

    CHECK_TYPE_NOT_ALLOWED = "check_type_not_allowed"
    CANNOT_BE_ASKED = "cannot_be_asked"


@dataclass(frozen=True)
class RoadNotice:
    warning: RoadWarning
    take: tuple[AtTheDoor, ...] = ()


def foreseen(
    policy: Policy,
    check_type: str,
    setting: str,
    subject: VisitSubject | PatientSubject | NotOnList,
    *,
    has_attributes: bool,
    known_keys: list[str] | None = None,
) -> RoadNotice | None:
    """What will be held about this check as far as this device can tell; None where nothing is foreseen.

    `known_keys`: the keys that the roster lists for the person; None where the roster is closed or does not say.
    """
    open_keys = policy.roads_for(check_type, setting)
    if open_keys is None:
        return RoadNotice(RoadWarning.CHECK_TYPE_NOT_ALLOWED)
    if not isinstance(subject, NotOnList) and known_keys is None:
        return None
    usable = {"certificate", "app_text"} | set(known_keys or ())
    if has_attributes:
        usable.add("terminal_screen")
    if usable.intersection(open_keys):
        return None
    take = [
        step
        for key, step in (
            ("terminal_screen", AtTheDoor.ATTRIBUTES_BY_NUMBER_B),
            ("insured_number", AtTheDoor.DOCUMENT),
            ("consent_fetch", AtTheDoor.GOVERNMENT_CONSENT),
        )
        if key in open_keys
    ]
    return RoadNotice(RoadWarning.CANNOT_BE_ASKED, tuple(take) or (AtTheDoor.DOCUMENT,))
