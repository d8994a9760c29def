"""What the staff routes take and give."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from kazasu.staff.role import Role
from kazasu.staff.service import StaffMember

Login = Annotated[str, Meta(min_length=1, max_length=64)]
Password = Annotated[str, Meta(min_length=1, max_length=1000)]
PersonName = Annotated[str, Meta(min_length=1, max_length=200)]


class Credentials(msgspec.Struct, frozen=True):
    """Login and password; its repr shows neither."""

    login: Login
    password: Password

    def __repr__(self) -> str:
        return "<Credentials>"


class NewStaff(msgspec.Struct, frozen=True):
    """A person to add; the password is the first one."""

    login: Login
    name: PersonName
    password: Password
    roles: Annotated[list[Role], Meta(min_length=1, max_length=4)]

    def __repr__(self) -> str:
        return "<NewStaff>"


class StaffView(msgspec.Struct, frozen=True):
    """A person as listed."""

    id: str
    login: str
    name: str
    roles: list[Role]
    is_active: bool


class OfficeSession(msgspec.Struct, frozen=True):
    """A sign-in to the back office; the token goes into `Authorization: Bearer`."""

    token: str
    expires_at: datetime
    staff: StaffView

    def __repr__(self) -> str:
        return "<OfficeSession>"


def staff_view(member: StaffMember) -> StaffView:
    """The person as listed."""
    return StaffView(member.id, member.login, member.name, sorted(member.roles), member.is_active)
