"""Decisions in the database: made, standing, undone."""

from kazasu.reconciliation.decided.service import (
    add_decision,
    decisions_without_declared,
    forget_typed_claims,
    mark_undone,
    standing_decisions,
)

__all__ = ["add_decision", "decisions_without_declared", "forget_typed_claims", "mark_undone", "standing_decisions"]
