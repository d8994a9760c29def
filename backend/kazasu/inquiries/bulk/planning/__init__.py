"""Who is asked about before a day's visits."""

from kazasu.inquiries.bulk.planning.service import Planned, plan_day

__all__ = ["Planned", "plan_day"]
