"""What a facility can be: the rows of the rule on check types (guidance of the ministry). Pure.

A transitional measure (経過措置) counts as a kind, because the check types that are open depend on it; its deadline is
kept with the facility.
"""

from enum import StrEnum


class FacilityMode(StrEnum):
    """Whether the facility is real. Chosen when it is made, for good."""

    LIVE = "live"
    EXERCISE = "exercise"


class FacilityKind(StrEnum):
    """The kinds of facility that the rule on check types tells apart."""

    MEDICAL_INSTITUTION = "medical_institution"
    PHARMACY = "pharmacy"
    VISITING_NURSING = "visiting_nursing"
    WORKPLACE_CLINIC = "workplace_clinic"
    TRANSITIONAL_NETWORK = "transitional_network"
    TRANSITIONAL_HOME_VISITS_ONLY = "transitional_home_visits_only"
    TRANSITIONAL_REBUILDING = "transitional_rebuilding"
    TRANSITIONAL_CLOSING = "transitional_closing"
    TRANSITIONAL_OTHER = "transitional_other"
    CHECK_UP_PROVIDER = "check_up_provider"
    MIDWIFERY_HOME = "midwifery_home"
    OUTSIDE_OBLIGATION = "outside_obligation"
    TREATMENT_PRACTICE = "treatment_practice"

    @property
    def ja(self) -> str:
        """The Japanese term."""
        return _JAPANESE[self]


_JAPANESE = {
    FacilityKind.MEDICAL_INSTITUTION: "保険医療機関",
    FacilityKind.PHARMACY: "保険薬局",
    FacilityKind.VISITING_NURSING: "訪問看護ステーション",
    FacilityKind.WORKPLACE_CLINIC: "職域診療所",
    FacilityKind.TRANSITIONAL_NETWORK: "経過措置(2) ネットワーク環境事情",
    FacilityKind.TRANSITIONAL_HOME_VISITS_ONLY: "経過措置(3) 訪問診療のみ",
    FacilityKind.TRANSITIONAL_REBUILDING: "経過措置(4) 改築・臨時施設",
    FacilityKind.TRANSITIONAL_CLOSING: "経過措置(5) 廃止・休止",
    FacilityKind.TRANSITIONAL_OTHER: "経過措置(6) その他特に困難な事情",
    FacilityKind.CHECK_UP_PROVIDER: "健診実施機関",
    FacilityKind.MIDWIFERY_HOME: "助産所",
    FacilityKind.OUTSIDE_OBLIGATION: "義務化対象外施設",
    FacilityKind.TREATMENT_PRACTICE: "施術所",
}
