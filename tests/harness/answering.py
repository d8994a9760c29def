"""A later answer to a check, whatever the simulator would say: asked again and taken as the worker takes it."""

from typing import Any

import msgspec
from harness.door import Door

from kazasu.gateway import Answer, Qualification, Result
from kazasu.gateway.simulator import REGISTRY
from kazasu.inquiries.answering import take_answer
from kazasu.inquiries.service import make_inquiry
from kazasu.rules import InquiryKey


def shown(person: str, **changes: Any) -> tuple[Qualification, ...]:
    """The person's registered qualification, but for the changes."""
    insured = REGISTRY[person]
    qualification = (insured.current or (insured.old,))[0]
    assert qualification is not None
    return (msgspec.structs.replace(qualification, **changes),)


async def answer_again(
    door: Door, check: str, result: Result, qualifications: tuple[Qualification, ...] = (), code: str = ""
) -> None:
    """Asks again by insured number, and this is what comes."""
    context, now = door.context, door.clock.now()
    async with context.database.writing() as session:
        inquiry = await make_inquiry(
            session,
            check=check,
            key=InquiryKey.INSURED_NUMBER,
            asked_for=(await door.check(check)).checked_on,
            number=None,
            waits_because=None,
            storage=context.keys.storage,
            at=now,
        )
        answer = Answer(
            result=result,
            asked_for=inquiry.asked_for,
            answered_at=now,
            simulated=True,
            qualifications=qualifications,
            code=code,
        )
        taken = await take_answer(
            session, context, inquiry=inquiry.id, check=check, key=inquiry.key, answer=answer, at=now
        )
        assert taken
        await session.commit()
