"""Staff: who signs in, with which roles."""

from kazasu.staff.role import Role
from kazasu.staff.service import StaffMember

__all__ = ["Role", "StaffMember"]
