"""Every room's tables, imported so that `Base.metadata` is whole: for migrations and for tests that make the tables."""

from importlib import import_module

from kazasu.db import Base

_ROOMS = (
    "audit",
    "facility",
    "keys",
    "staff",
    "throttle",
    "devices",
    "sync",
    "patients",
    "visits",
    "checks",
    "inquiries",
    "inquiries.bulk",
    "inquiries.consents",
    "reconciliation",
    "exports",
    "reports",
    "journal",
    "restoration",
)

for _room in _ROOMS:
    import_module(f"kazasu.{_room}.models")

metadata = Base.metadata
"""The whole schema."""
