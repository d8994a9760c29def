"""Staff: sign-in by password, throttled; tokens that end; roles; the last administrator stays."""

import base64
from datetime import timedelta

import pytest
from harness.office import ADMINISTRATOR, PASSWORD, Office, problem
from sqlalchemy import select

import checksync as cs
from kazasu import audit
from kazasu.devices.duty.service import covers, find_duty_pass
from kazasu.devices.models import DayKeyRow
from kazasu.staff import Role
from kazasu.staff import password as password_module
from kazasu.staff.models import OfficeSessionRow, StaffRow
from kazasu.staff.password import PasswordTooWeakError, hash_password, is_password_right


async def _try(office: Office, login: str, password: str) -> str:
    answer = await office.client.post("/office/sign-in", json={"login": login, "password": password})
    return "ok" if answer.status_code == 200 else problem(answer)


async def test_signing_in_gives_a_token_for_the_office(office: Office) -> None:
    headers = await office.sign_in()
    me = (await office.client.get("/office/me", headers=headers)).json()
    assert (me["login"], me["roles"], me["is_active"]) == (ADMINISTRATOR, ["administrator"], True)


async def test_neither_password_nor_token_is_in_the_database(office: Office) -> None:
    headers = await office.sign_in()
    token = headers["Authorization"].removeprefix("Bearer ")
    async with office.context.database.reading() as session:
        [session_row] = (await session.scalars(select(OfficeSessionRow))).all()
        [staff_row] = (await session.scalars(select(StaffRow))).all()
    assert token.encode() not in session_row.token_hash
    assert len(session_row.token_hash) == 32
    assert staff_row.password_hash.startswith("$argon2id$")
    assert PASSWORD not in staff_row.password_hash


async def test_a_wrong_password_and_an_unknown_login_look_alike(office: Office) -> None:
    assert await _try(office, ADMINISTRATOR, "wrong password") == "sign-in-refused"
    assert await _try(office, "nobody", PASSWORD) == "sign-in-refused"


async def test_a_login_is_found_however_it_is_typed(office: Office) -> None:
    assert await _try(office, f" {ADMINISTRATOR.upper()} ", PASSWORD) == "ok"


async def test_after_five_failures_even_the_right_password_waits(office: Office) -> None:
    for _ in range(5):
        assert await _try(office, ADMINISTRATOR, "wrong password") == "sign-in-refused"
    assert await _try(office, ADMINISTRATOR, PASSWORD) == "too-many-attempts"
    office.clock.advance(timedelta(seconds=301))
    assert await _try(office, ADMINISTRATOR, PASSWORD) == "ok"


async def test_a_right_password_forgives_the_failures_before(office: Office) -> None:
    for _ in range(3):
        for _ in range(4):
            assert await _try(office, ADMINISTRATOR, "wrong password") == "sign-in-refused"
        assert await _try(office, ADMINISTRATOR, PASSWORD) == "ok"


async def test_one_address_trying_many_logins_waits(office: Office) -> None:
    for number in range(50):
        assert await _try(office, f"login{number}", "x") == "sign-in-refused"
    assert await _try(office, ADMINISTRATOR, PASSWORD) == "too-many-attempts"


async def test_failures_on_one_tablet_do_not_lock_another(office: Office) -> None:
    one, other = await office.tablet(), await office.tablet()
    body = {"login": ADMINISTRATOR, "password": "wrong password"}
    for _ in range(5):
        assert problem(await office.client.post("/device/sign-in", json=body, headers=one.headers)) == "sign-in-refused"
    right = {"login": ADMINISTRATOR, "password": PASSWORD}
    assert problem(await office.client.post("/device/sign-in", json=right, headers=one.headers)) == "too-many-attempts"
    assert (await office.client.post("/device/sign-in", json=right, headers=other.headers)).status_code == 200


async def test_an_office_token_runs_out(office: Office) -> None:
    headers = await office.sign_in()
    office.clock.advance(timedelta(seconds=28800))
    assert problem(await office.client.get("/office/me", headers=headers)) == "token-not-valid"


async def test_signing_out_ends_the_token(office: Office) -> None:
    headers = await office.sign_in()
    assert (await office.client.post("/office/sign-out", headers=headers)).status_code == 204
    assert problem(await office.client.get("/office/me", headers=headers)) == "token-not-valid"


async def test_a_deactivated_person_is_signed_out_at_once_and_signs_in_no_more(office: Office) -> None:
    administrator = await office.sign_in()
    added = await office.client.post(
        "/staff",
        json={"login": "nurse", "name": "看護 一郎", "password": PASSWORD, "roles": ["visitor"]},
        headers=administrator,
    )
    assert (added.status_code, added.json()["roles"]) == (201, ["visitor"])
    nurse = await office.sign_in("nurse")
    path = f"/staff/{added.json()['id']}/deactivate"
    assert (await office.client.post(path, headers=administrator)).json()["is_active"] is False
    assert problem(await office.client.get("/office/me", headers=nurse)) == "token-not-valid"
    assert await _try(office, "nurse", PASSWORD) == "sign-in-refused"
    assert (await office.client.post(path, headers=administrator)).status_code == 200


async def test_the_last_administrator_stays(office: Office) -> None:
    administrator = await office.sign_in()
    me = (await office.client.get("/office/me", headers=administrator)).json()["id"]
    answer = await office.client.post(f"/staff/{me}/deactivate", headers=administrator)
    assert problem(answer) == "last-administrator"
    await office.add_staff("second", Role.ADMINISTRATOR)
    assert (await office.client.post(f"/staff/{me}/deactivate", headers=administrator)).status_code == 200


async def test_a_login_is_taken_once(office: Office) -> None:
    administrator = await office.sign_in()
    body = {"login": ADMINISTRATOR.title(), "name": "x", "password": PASSWORD, "roles": ["counter"]}
    assert problem(await office.client.post("/staff", json=body, headers=administrator)) == "login-taken"


async def test_a_short_password_is_refused_with_the_length_wanted(office: Office) -> None:
    administrator = await office.sign_in()
    body = {"login": "x", "name": "x", "password": "123456789", "roles": ["counter"]}
    answer = await office.client.post("/staff", json=body, headers=administrator)
    assert (problem(answer), answer.json()["minimum_length"]) == ("password-too-weak", 10)


@pytest.mark.parametrize("role", [Role.VISITOR, Role.COUNTER, Role.BACK_OFFICE])
async def test_only_an_administrator_sees_staff_and_audit(office: Office, role: Role) -> None:
    await office.add_staff("someone", role)
    headers = await office.sign_in("someone")
    for path in ("/staff", "/audit"):
        assert problem(await office.client.get(path, headers=headers)) == "role-not-allowed"


async def test_the_audit_log_is_read_in_pages(office: Office) -> None:
    for number in range(5):
        await office.add_staff(f"s{number}", Role.COUNTER)
    headers = await office.sign_in()
    numbers: list[int] = []
    before: int | None = None
    while True:
        parameters = {"limit": 3} | ({"before": before} if before else {})
        page = (await office.client.get("/audit", params=parameters, headers=headers)).json()
        numbers += [entry["number"] for entry in page["entries"]]
        before = page["before"]
        if before is None:
            break
    assert numbers == list(range(numbers[0], 0, -1))


async def test_going_on_duty_gives_a_pass_for_this_device_and_the_days_key(office: Office) -> None:
    staff = await office.add_staff("nurse", Role.VISITOR)
    tablet = await office.tablet()
    body = {"login": "nurse", "password": PASSWORD}
    first = (await office.client.post("/device/sign-in", json=body, headers=tablet.headers)).json()
    duty = cs.verify(first["duty_pass"], cs.DutyPass, office.context.keys.server.verifying_key)
    now = office.clock.now()
    assert (duty.staff, duty.device, duty.facility) == (staff, tablet.key.thumbprint, office.context.facility.id)
    assert (duty.roles, duty.from_at, duty.until_at) == (["visitor"], now, now + timedelta(hours=12))
    async with office.context.database.reading() as session:
        row = await find_duty_pass(session, duty.id)
    assert row is not None
    assert covers(row, device=tablet.id, at=now)
    assert not covers(row, device=tablet.id, at=now + timedelta(hours=12))
    assert not covers(row, device=tablet.id, at=now - timedelta(milliseconds=1))
    assert not covers(row, device="other", at=now)
    again = (await office.client.post("/device/sign-in", json=body, headers=tablet.headers)).json()
    assert again["day_key"] == first["day_key"]
    other = await office.tablet()
    elsewhere = (await office.client.post("/device/sign-in", json=body, headers=other.headers)).json()
    assert elsewhere["day_key"] != first["day_key"]
    office.clock.advance(timedelta(hours=12, minutes=1))  # past midnight in Japan, not in UTC
    renewed = await office.ask_token(tablet.id, tablet.key)
    headers = {"Authorization": f"Bearer {renewed.json()['token']}"}
    tomorrow = (await office.client.post("/device/sign-in", json=body, headers=headers)).json()
    assert tomorrow["day_key"] != first["day_key"]


async def test_the_day_key_is_stored_only_encrypted(office: Office) -> None:
    tablet = await office.tablet()
    body = {"login": ADMINISTRATOR, "password": PASSWORD}
    answer = (await office.client.post("/device/sign-in", json=body, headers=tablet.headers)).json()
    key = base64.b64decode(answer["day_key"])
    assert len(key) == 32
    async with office.context.database.reading() as session:
        [row] = (await session.scalars(select(DayKeyRow))).all()
    assert key not in row.key


async def test_signing_in_and_failing_to_are_audited(office: Office) -> None:
    await _try(office, ADMINISTRATOR, "wrong password")
    await office.sign_in()
    async with office.context.database.reading() as session:
        actions = [entry.action for entry in await audit.page(session, before=None, limit=3)]
    assert actions == ["office_sign_in", "sign_in_failed", "staff_added"]


@pytest.mark.usefixtures("strong_passwords")
async def test_a_password_is_hashed_with_argon2id_as_strong_as_the_rfc_wants() -> None:
    assert "$argon2id$v=19$m=65536,t=3,p=4$" in password_module._NOBODY  # who is nobody takes as long
    hashed = await hash_password("パスワード1234567")
    assert "$argon2id$v=19$m=65536,t=3,p=4$" in hashed
    assert await is_password_right("パスワード1234567", hashed)
    # The same characters as another keyboard sends them: the last of パスワード decomposed.
    assert await is_password_right("パスワート\u30991234567", hashed)
    assert not await is_password_right("パスワード1234568", hashed)
    assert not await is_password_right("パスワード1234567", None)
    assert not await is_password_right("x", "no hash")


@pytest.mark.parametrize("password", ["", "123456789", "x" * 1001])
async def test_a_password_too_short_or_absurdly_long_is_refused(password: str) -> None:
    with pytest.raises(PasswordTooWeakError):
        await hash_password(password)
