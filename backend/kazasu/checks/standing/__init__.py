"""Where a check stands: its state follows from its holds, its inquiries and the decisions about it."""

from kazasu.checks.standing.service import StateError, move, settle

__all__ = ["StateError", "move", "settle"]
