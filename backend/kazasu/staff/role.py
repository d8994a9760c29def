"""What a staff member may do. Pure."""

from enum import StrEnum


class Role(StrEnum):
    """The four roles; one person may have several."""

    VISITOR = "visitor"
    COUNTER = "counter"
    BACK_OFFICE = "back_office"
    ADMINISTRATOR = "administrator"
