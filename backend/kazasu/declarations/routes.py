"""Declarations: typed at the desk, opened and printed for the claim. Every look is in the audit log."""

import asyncio
from datetime import date
from typing import Annotated

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from kazasu import audit
from kazasu.checks.schemas import RecordedView, recorded_view
from kazasu.clock import day_in_japan
from kazasu.context import Context
from kazasu.declarations.content import Declaration
from kazasu.declarations.destroying import mark_done, standings
from kazasu.declarations.paper import declaration_paper
from kazasu.declarations.schemas import (
    DeclarationInput,
    DeclarationView,
    FilledView,
    StandingView,
    declaration_view,
    filled_view,
    standing_view,
)
from kazasu.declarations.service import find_declaration, keep_typed, note_look, open_declaration
from kazasu.desk.recording import find_subject
from kazasu.problems import ProblemError
from kazasu.rules.declaration import form_of_version, form_on, signed_how, validate
from kazasu.rules.declaration_form import FormRow, FormVersion
from kazasu.staff import Role
from kazasu.web import InContext, InStaff, office, problems

_SIGNED_IN = ("token-not-valid", "role-not-allowed")
_AT_DESK = office(Role.COUNTER, Role.VISITOR, Role.BACK_OFFICE, Role.ADMINISTRATOR)
_FOR_CLAIMS = office(Role.BACK_OFFICE, Role.ADMINISTRATOR)
Version = Annotated[FormVersion, QueryParameter(description="which version of the form")]


@post("/declarations/filled", guards=[office()], status_code=200, responses=problems(*_SIGNED_IN, "request-not-valid"))
async def post_filled(context: InContext, data: JSONBody[DeclarationInput]) -> FilledView:
    """What the form asks given the answers so far, and what is wrong with them; stores nothing."""
    day = day_in_japan(context.clock.now())
    form = _form(context, data.form, day)
    return filled_view(form, data.fields, validate(form, data.fields, day), day)


@post(
    "/declarations",
    guards=[_AT_DESK],
    responses=problems(*_SIGNED_IN, "request-not-valid", "not-found", "declaration-not-complete"),
)
async def post_declaration(context: InContext, staff: InStaff, data: JSONBody[DeclarationInput]) -> RecordedView:
    """Records a declaration that was typed at the desk; what is left empty and could be filled is no obstacle."""
    now = context.clock.now()
    async with context.database.writing() as session:
        await find_subject(session, context, check=data.check, visit=data.visit, at=now)
        form = _form(context, data.form, day_in_japan(now))
        faults = validate(form, data.fields, day_in_japan(now))
        if any(fault.is_serious for fault in faults):
            shown = filled_view(form, data.fields, faults, day_in_japan(now))
            raise ProblemError("declaration-not-complete", faults=[one for one in shown.faults if one.is_serious])
        row = await keep_typed(
            session,
            context,
            check=data.check,
            visit=data.visit,
            staff=staff.id,
            facts={"form": form.version, "signed": signed_how(data.fields)},
            answers=data.fields,
            at=now,
        )
        view = recorded_view(row)
        await session.commit()
    return view


@get("/declarations/blank.pdf", guards=[office()], responses=problems(*_SIGNED_IN), media_type="application/pdf")
async def get_blank(context: InContext, form: Version = "2024-12") -> Response[bytes]:
    """The form to be filled in by hand, with its explanation sheet."""
    return await _paper(context, form_of_version(form), None)


@get("/declarations/{declaration_id:str}", guards=[_FOR_CLAIMS], responses=problems(*_SIGNED_IN, "not-found"))
async def get_declaration(context: InContext, staff: InStaff, declaration_id: FromPath[str]) -> DeclarationView:
    """What it says, for the claim; problem `not-found` once it was destroyed."""
    declared = await _opened(context, declaration_id, "shown", staff.id)
    return declaration_view(declared, is_exercise=context.facility.is_exercise)


@get(
    "/declarations/{declaration_id:str}/form.pdf",
    guards=[_FOR_CLAIMS],
    responses=problems(*_SIGNED_IN, "not-found"),
    media_type="application/pdf",
)
async def get_paper(context: InContext, staff: InStaff, declaration_id: FromPath[str]) -> Response[bytes]:
    """The form as it was filled in and signed, to print and file; made for the view and kept nowhere."""
    declared = await _opened(context, declaration_id, "printed", staff.id)
    return await _paper(context, declared.form, declared)


@get("/declarations", guards=[_FOR_CLAIMS], responses=problems(*_SIGNED_IN))
async def get_declarations(context: InContext) -> list[StandingView]:
    """Those that are not destroyed, the oldest first, with the day on which each will be and why; not what they say."""
    async with context.database.reading() as session:
        return [standing_view(one) for one in await standings(session, context)]


@post(
    "/declarations/{declaration_id:str}/done",
    guards=[_FOR_CLAIMS],
    status_code=200,
    responses=problems(*_SIGNED_IN, "not-found"),
)
async def post_done(context: InContext, staff: InStaff, declaration_id: FromPath[str]) -> RecordedView:
    """The claim and payment work of this declaration is done, or none will come: it is destroyed with the next run."""
    now = context.clock.now()
    async with context.database.writing() as session:
        row = await find_declaration(session, declaration_id)
        if row is None:
            raise ProblemError("not-found")
        await mark_done(session, row, actor=audit.staff_actor(staff.id), at=now)
        view = recorded_view(row)
        await session.commit()
    return view


async def _opened(context: Context, declaration: str, what: str, staff: str) -> Declaration:
    async with context.database.writing() as session:
        row = await find_declaration(session, declaration)
        declared = await open_declaration(session, context, row) if row is not None else None
        if row is None or declared is None:
            raise ProblemError("not-found")
        await note_look(session, row, what, staff=staff, at=context.clock.now())
        await session.commit()
    return declared


async def _paper(context: Context, form: FormRow, declared: Declaration | None) -> Response[bytes]:
    facility = context.facility
    # Half a second of arithmetic: not in everybody's way.
    octets = await asyncio.to_thread(
        declaration_paper,
        form,
        declared,
        facility=facility.name,
        is_exercise=facility.is_exercise,
        made_at=context.clock.now(),
    )
    prefix = "EXERCISE-" if facility.is_exercise else ""
    headers = {
        "Content-Disposition": f'attachment; filename="{prefix}declaration.pdf"',
        "Cache-Control": "no-store",
    }
    return Response(octets, media_type="application/pdf", headers=headers)


def _form(context: Context, version: FormVersion | None, day: date) -> FormRow:
    forms = context.rulebook.rows("declarations", FormRow)
    form = form_on(day, forms) if version is None else form_of_version(version)
    if form is None:
        raise ProblemError("request-not-valid", errors=[{"field": "form", "message": "no form is in use on this day"}])
    return form


ROUTES = (post_filled, post_declaration, get_blank, get_declarations, get_declaration, get_paper, post_done)
