"""What is decided before a touch."""

from datetime import datetime
from typing import NotRequired, TypedDict

from checksync.intent import (
    AnchorSeen,
    CheckType,
    ConsentChoice,
    Holder,
    IdentityMethod,
    NotOnList,
    PatientSubject,
    Proxy,
    Setting,
    VisitSubject,
)


class IntentChoices(TypedDict):
    """What the person at the device decides about a check; the log fixes the rest."""

    check: NotRequired[str]
    check_type: CheckType
    setting: Setting
    identity_method: IdentityMethod
    pin_typed_by: Holder | Proxy | None
    subject: VisitSubject | PatientSubject | NotOnList
    consents: list[ConsentChoice]
    duty_pass: str
    device_time: datetime
    anchor: AnchorSeen | None
