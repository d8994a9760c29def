"""Taking a list of visits over: what it would change is shown first, and only what was shown is done."""

from kazasu.visits.importing.plan import VisitPlan
from kazasu.visits.importing.service import VisitsImported, apply_visits, preview_visits

__all__ = ["VisitPlan", "VisitsImported", "apply_visits", "preview_visits"]
