"""The rules as they hold here: for back office and administrator."""

from datetime import date

from litestar import get
from litestar.params import FromQuery

from kazasu.clock import day_in_japan
from kazasu.rulebook.folder import read_folder
from kazasu.rulebook.schemas import RulebookView, rulebook_view
from kazasu.staff import Role
from kazasu.web import InContext, office, problems

_GUARDS = [office(Role.BACK_OFFICE, Role.ADMINISTRATOR)]


@get("/rules", guards=_GUARDS, responses=problems("token-not-valid", "role-not-allowed"))
async def get_rules(context: InContext, day: FromQuery[date | None] = None) -> RulebookView:
    """Every rule with its period and source, the facility's own rows over them, and what of its files is left out.

    `day` is the day asked for, today in Japan unless given.
    """
    return rulebook_view(read_folder(context.settings.home), day or day_in_japan(context.clock.now()))


ROUTES = (get_rules,)
