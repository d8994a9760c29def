"""Figures of a month or a period: usage, trouble, open holds. Counts and codes; no patient is in any of them."""

from kazasu.reports.trouble_log import LoggedTrouble, TroubleLog, TroubleSource, trouble_log

__all__ = ["LoggedTrouble", "TroubleLog", "TroubleSource", "trouble_log"]
