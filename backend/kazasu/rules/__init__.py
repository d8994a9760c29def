"""The rules: pure functions over effective-dated tables.

Nothing here does I/O or reads a clock; dates are handed in. Imports of ours: `kazasu.facility.kind`,
`kazasu.japanese` and `checksync.ink`. What is not named here is imported from its module (docs/rules.md lists them).
"""

from kazasu.rules.certificate import CertificateMeaning, CertificateState
from kazasu.rules.certificate import meaning as certificate_meaning
from kazasu.rules.consent import MEDICAL, ConsentKind, not_allowed_kinds
from kazasu.rules.facilities import KNOWN_AS_OF, Allowed, NotAllowed, allowed_check_types, may_use
from kazasu.rules.inquiry_roads import (
    AtTheDoor,
    Closed,
    Configuration,
    FacilityRoads,
    NoRoad,
    Open,
    Subject,
    policy_roads,
    roads_for,
    roads_of_facility,
)
from kazasu.rules.insured_number import InsuredNumber, InsuredNumberError
from kazasu.rules.say import Say
from kazasu.rules.vocabulary import CardKind, CheckType, IdentityMethod, InquiryKey, Setting

__all__ = [
    "KNOWN_AS_OF",
    "MEDICAL",
    "Allowed",
    "AtTheDoor",
    "CardKind",
    "CertificateMeaning",
    "CertificateState",
    "CheckType",
    "Closed",
    "Configuration",
    "ConsentKind",
    "FacilityRoads",
    "IdentityMethod",
    "InquiryKey",
    "InsuredNumber",
    "InsuredNumberError",
    "NoRoad",
    "NotAllowed",
    "Open",
    "Say",
    "Setting",
    "Subject",
    "allowed_check_types",
    "certificate_meaning",
    "may_use",
    "not_allowed_kinds",
    "policy_roads",
    "roads_for",
    "roads_of_facility",
]
