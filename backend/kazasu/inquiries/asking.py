"""What the gateway is asked for a claimed job: put together in a reading transaction. Imports no SQL."""

from kazasu.checks.certificates import certificate_of_check
from kazasu.checks.service import consents_of, find_check
from kazasu.context import Context
from kazasu.db import Session
from kazasu.gateway import InquiryRequest
from kazasu.inquiries.request import open_number
from kazasu.inquiries.service import Claimed
from kazasu.rules import ConsentKind, InquiryKey, Setting
from kazasu.rules.consent import is_allowed

__all__ = ["request_of"]


async def request_of(session: Session, context: Context, claimed: Claimed) -> InquiryRequest | None:
    """The question, None where its check is gone; `StoredOctetsDamagedError` where what was kept does not open."""
    check = await find_check(session, claimed.check)
    if check is None:
        return None
    consents = {
        row.kind
        for row in await consents_of(session, check.id)
        # A consent that the type cannot have was not stored; asked for here it would still open nothing (invariant 6).
        if row.is_given and row.withdrawn_at is None and is_allowed(row.kind, check.check_type)
    }
    number = None
    if claimed.sealed_number is not None:
        number = open_number(context.keys.storage, claimed.id, claimed.sealed_number)
    certificate = None
    # What the government's page read is the same card: the simulator finds the person by it.
    if claimed.key in (InquiryKey.CERTIFICATE, InquiryKey.CONSENT_FETCH):
        certificate = await certificate_of_check(session, context.keys.storage, check.id)
    if claimed.for_claim or not check.serves_for_medical_information:
        consents &= {ConsentKind.LIMIT_AMOUNT.value}
    return InquiryRequest(
        inquiry=claimed.id,
        key=claimed.key,
        check_type=check.check_type,
        asked_for=claimed.asked_for,
        limit_amount_consent=ConsentKind.LIMIT_AMOUNT.value in consents,
        consents=tuple(sorted(consents - {ConsentKind.LIMIT_AMOUNT.value})),
        is_continuing=check.setting is Setting.HOME_VISIT and not claimed.for_claim,
        number=number,
        certificate=certificate,
    )
