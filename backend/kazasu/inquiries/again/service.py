"""The checks whose answer time may change."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import select

from kazasu.checks.models import CheckRow
from kazasu.checks.state import CheckState
from kazasu.db import Session
from kazasu.exports.models import ExportItemRow
from kazasu.gateway import Result
from kazasu.inquiries.models import InquiryRow
from kazasu.inquiries.state import OPEN
from kazasu.reconciliation.models import HoldRow
from kazasu.reconciliation.reason import HoldReason
from kazasu.reconciliation.state import HoldState

__all__ = ["unsettled_checks"]

_REASONS = (HoldReason.ANSWER_INVALID, HoldReason.ANSWER_NOT_FOUND)


async def unsettled_checks(session: Session, *, today: date) -> Sequence[CheckRow]:
    """The checks of this month and the last, oldest first, that were answered `invalid` or `not_found`, have not gone
    out, and are not being asked about. Found by their holds, of which there are few."""
    month_before = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    held = select(HoldRow.check).where(
        HoldRow.reason.in_(_REASONS), HoldRow.state != HoldState.RELEASED, HoldRow.month >= month_before
    )
    out = select(ExportItemRow.standing).where(ExportItemRow.standing == CheckRow.id)
    asked = select(InquiryRow.id).where(InquiryRow.check == CheckRow.id, InquiryRow.state.in_(OPEN))
    found = await session.scalars(
        select(CheckRow)
        .where(
            CheckRow.id.in_(held),
            CheckRow.result.in_((Result.INVALID, Result.NOT_FOUND)),
            CheckRow.checked_on >= month_before,
            CheckRow.repeat_of.is_(None),
            CheckRow.state != CheckState.VOID,
            ~out.exists(),
            ~asked.exists(),
        )
        .order_by(CheckRow.checked_at, CheckRow.id)
    )
    return found.all()
