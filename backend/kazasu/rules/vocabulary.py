"""The words that rules, checks and answers share. Pure values; imports nothing of ours."""

from enum import StrEnum

__all__ = ["CardKind", "CheckType", "IdentityMethod", "InquiryKey", "Setting"]


class CheckType(StrEnum):
    """The three types of check; a device of ours performs the last two."""

    STANDARD = "standard"
    HOME_CONSENT = "home_consent"
    ELIGIBILITY_ONLY = "eligibility_only"


class Setting(StrEnum):
    """Where and for what the card is touched (`setting` of the intent)."""

    HOME_VISIT = "home_visit"
    HOUSE_CALL = "house_call"
    ONLINE = "online"
    DRIVE_THROUGH = "drive_through"
    FEVER_CLINIC = "fever_clinic"
    COUNTER_FALLBACK = "counter_fallback"
    CHECK_UP = "check_up"
    TREATMENT = "treatment"


class IdentityMethod(StrEnum):
    """How it was proven that the person is the card's holder."""

    PIN = "pin"
    VISUAL = "visual"


class CardKind(StrEnum):
    """What carried the certificate, as its token label told."""

    PLASTIC = "plastic"
    ANDROID = "android"
    IPHONE = "iphone"


class InquiryKey(StrEnum):
    """By what the national system is asked: the road of an inquiry."""

    INSURED_NUMBER = "insured_number"
    CONSENT_FETCH = "consent_fetch"
    APP_TEXT = "app_text"
    TERMINAL_SCREEN = "terminal_screen"
    CERTIFICATE = "certificate"
