"""The end of declarations: which are due by the facility's rule, and their destruction everywhere."""

from kazasu.declarations.destroying.service import (
    DeclarationStanding,
    destroy_declaration,
    destroy_due,
    finish_destruction,
    mark_done,
    standings,
)

__all__ = [
    "DeclarationStanding",
    "destroy_declaration",
    "destroy_due",
    "finish_destruction",
    "mark_done",
    "standings",
]
