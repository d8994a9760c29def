"""Checks of several devices that belong to one visit: joined, shown together, parted again."""

from kazasu.checks.joining.day import decide_visit, join_day, part_voided

__all__ = ["decide_visit", "join_day", "part_voided"]
