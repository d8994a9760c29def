"""Taking a roster file over: what it would change is shown first, and only what was shown is done."""

from kazasu.patients.importing.plan import PlannedRow, RosterPlan, plan_import
from kazasu.patients.importing.service import RosterImported, apply_import, preview_import

__all__ = [
    "PlannedRow",
    "RosterImported",
    "RosterPlan",
    "apply_import",
    "plan_import",
    "preview_import",
]
