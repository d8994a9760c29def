"""A declaration for tests of the server: what it says, and a check that somebody settled as unknown."""

from typing import Any

import httpx
from harness.door import Door, HoldRow
from harness.office import Office, problem

import checksync as cs
from kazasu.reconciliation.deciding import make_decision
from kazasu.reconciliation.decision import Decision

NAME, KANA = "架空　花子", "カクウ　ハナコ"
ANSWERS: dict[str, Any] = {
    "has_valid": True,
    "scheme": "national",
    "insurer_name": "架空市",
    "name": NAME,
    "name_kana": KANA,
    "birth_date": "昭和60年5月1日",
    "sex": "female",
    "address": "架空県架空市１－２",
    "date": "令和8年12月1日",
    "signature": "strokes:300x100:10,50 60,20",
    "telephone": "0312345678",
}


async def post(office: Office, login: str, path: str, body: dict[str, Any]) -> httpx.Response:
    return await office.client.post(path, json=body, headers=await office.sign_in(login))


def refused(answer: httpx.Response, status: int, name: str) -> dict[str, Any]:
    assert (answer.status_code, problem(answer)) == (status, name), answer.text
    body: dict[str, Any] = answer.json()
    return body


async def unknown_check(door: Door) -> str:
    """A check that a person settled as unknown."""
    check = door.record_check("sato", subject=cs.NotOnList())
    await door.push()
    [hold] = await door.rows(HoldRow, HoldRow.check == check)
    async with door.context.database.writing() as session:
        await make_decision(
            session, door.context, hold.id, Decision.UNKNOWN, reason="番号がわからない", staff=door.staff
        )
        await session.commit()
    return check


def record(door: Door, check: str, **changes: Any) -> None:
    body = cs.DeclarationBody(check=check, duty_pass=door.duty_pass, form="2024-12", fields={**ANSWERS, **changes})
    door.record("declaration", body)
