"""Enrolment: a code works once, for ten minutes, for a device that proves its key; an administrator confirms it."""

from datetime import timedelta

import pytest
from harness.office import Office, problem
from sqlalchemy import update

import checksync as cs
from checksync import SigningKey
from checksync.encoding import decode
from kazasu import audit
from kazasu.devices.models import DeviceRow
from kazasu.staff import Role
from kazasu_device.policy import Policy


async def test_a_device_enrols_waits_is_confirmed_and_gets_a_token(office: Office) -> None:
    key = SigningKey.generate()
    enrolled = await office.enrol(await office.enrolment_secret(), key)
    assert enrolled.status_code == 200
    assert enrolled.json() == {
        "device": enrolled.json()["device"],
        "facility": office.context.facility.id,
        "thumbprint": key.thumbprint,
        "state": "waiting",
    }
    device = enrolled.json()["device"]
    waiting = await office.ask_token(device, key)
    assert (problem(waiting), waiting.json()["thumbprint"]) == ("device-waiting", key.thumbprint)
    administrator = await office.sign_in()
    confirmed = await office.client.post(
        f"/devices/{device}/confirm", json={"thumbprint": key.thumbprint}, headers=administrator
    )
    assert confirmed.json()["state"] == "confirmed"
    token = (await office.ask_token(device, key)).json()
    anchor = cs.verify(token["anchor"], cs.Anchor, office.context.keys.server.verifying_key)
    assert anchor.time == office.clock.now()
    assert (token["expires_in"], token["epoch"]) == (3600, office.context.facility.epoch)


async def test_a_tokens_anchor_answers_the_assertion(office: Office) -> None:
    """By it the device knows that the epoch is the present one, and no late answer's."""
    tablet = await office.tablet()
    nonce = (await office.client.post("/device/nonce")).json()["nonce"]
    assertion = cs.sign(cs.Assertion(nonce=nonce, facility=office.context.facility.id), tablet.key)
    answer = (await office.client.post("/device/token", json={"device": tablet.id, "assertion": assertion})).json()
    anchor = cs.verify(answer["anchor"], cs.Anchor, office.context.keys.server.verifying_key)
    assert (anchor.id, anchor.epoch) == (cs.fresh_anchor_id(assertion), answer["epoch"])
    assert anchor.id != cs.fresh_anchor_id(
        cs.sign(cs.verify(assertion, cs.Assertion, tablet.key.verifying_key), tablet.key)
    )


async def test_a_code_enrols_one_device_only(office: Office) -> None:
    secret = await office.enrolment_secret()
    assert (await office.enrol(secret, SigningKey.generate())).status_code == 200
    assert problem(await office.enrol(secret, SigningKey.generate())) == "enrolment-refused"


async def test_the_same_device_asking_again_with_its_code_gets_the_same_answer(office: Office) -> None:
    secret, key = await office.enrolment_secret(), SigningKey.generate()
    first = await office.enrol(secret, key)
    again = await office.enrol(secret, key)
    assert (again.status_code, again.json()) == (200, first.json())


async def test_a_code_runs_out_after_ten_minutes(office: Office) -> None:
    secret = await office.enrolment_secret()
    office.clock.advance(timedelta(minutes=10))
    assert problem(await office.enrol(secret, SigningKey.generate())) == "enrolment-refused"


async def test_a_proof_by_another_key_or_over_another_code_is_refused(office: Office) -> None:
    secret, key = await office.enrolment_secret(), SigningKey.generate()
    for proof in (
        cs.sign(cs.Enrolment(code=secret), SigningKey.generate()),
        cs.sign(cs.Enrolment(code="x" * 22), key),
        "no.jws.here",
    ):
        body = {"code": secret, "name": "x", "key": key.jwk, "proof": proof}
        assert problem(await office.client.post("/enrolment", json=body)) == "enrolment-refused"
    assert (await office.enrol(secret, key)).status_code == 200


async def test_a_key_that_is_a_devices_already_enrols_no_second_time(office: Office) -> None:
    key = SigningKey.generate()
    assert (await office.enrol(await office.enrolment_secret(), key)).status_code == 200
    assert problem(await office.enrol(await office.enrolment_secret(), key)) == "enrolment-refused"


async def test_guessing_codes_makes_the_address_wait(office: Office) -> None:
    for _ in range(10):
        assert problem(await office.enrol("A" * 22, SigningKey.generate())) == "enrolment-refused"
    blocked = await office.enrol(await office.enrolment_secret(), SigningKey.generate())
    assert problem(blocked) == "too-many-attempts"
    assert int(blocked.headers["retry-after"]) == 301
    office.clock.advance(timedelta(seconds=301))
    assert (await office.enrol(await office.enrolment_secret(), SigningKey.generate())).status_code == 200


async def test_an_administrator_who_sees_another_thumbprint_confirms_nothing(office: Office) -> None:
    key = SigningKey.generate()
    device = (await office.enrol(await office.enrolment_secret(), key)).json()["device"]
    administrator = await office.sign_in()
    refused = await office.client.post(
        f"/devices/{device}/confirm", json={"thumbprint": SigningKey.generate().thumbprint}, headers=administrator
    )
    assert problem(refused) == "thumbprint-not-the-same"
    assert problem(await office.ask_token(device, key)) == "device-waiting"


@pytest.mark.parametrize("role", [Role.VISITOR, Role.COUNTER, Role.BACK_OFFICE])
async def test_only_an_administrator_handles_devices(office: Office, role: Role) -> None:
    await office.add_staff("someone", role)
    headers = await office.sign_in("someone")
    for method, path in (
        ("GET", "/devices"),
        ("POST", "/devices/enrolment-codes"),
        ("POST", "/devices/x/confirm"),
        ("POST", "/devices/x/revoke"),
    ):
        answer = await office.client.request(method, path, headers=headers, json={"thumbprint": "x", "reason": "x"})
        assert problem(answer) == "role-not-allowed", path


async def test_a_code_from_the_office_names_the_server_and_enrols(office: Office) -> None:
    administrator = await office.sign_in()
    made = await office.client.post("/devices/enrolment-codes", headers=administrator)
    code = cs.EnrolmentCode.parse(made.json()["code"])
    assert (code.url, code.pin) == ("http://localhost:8443", cs.NO_PIN)
    assert (await office.enrol(code.secret, SigningKey.generate())).status_code == 200


async def test_the_policy_is_one_that_the_device_can_read(office: Office) -> None:
    tablet = await office.tablet()
    answer = await office.client.get("/device/policy", headers=tablet.headers)
    policy = decode(answer.content, Policy, "policy")
    assert policy.is_exercise
    assert policy.verifying_key == office.context.keys.server.verifying_key
    sealing_key = policy.sealing_key()
    assert sealing_key is not None
    sealed = sealing_key.seal(b"entry", "ab" * 32, 1)
    assert office.context.keys.opener.open(sealed, "ab" * 32, 1) == b"entry"
    assert policy.check_types == ["home_consent"]
    assert policy.roads_for("home_consent", "home_visit") is not None
    assert policy.roads_for("eligibility_only", "check_up") is None
    assert policy.consent_text("medication") == "medication-v1"


async def test_a_revoked_device_is_out_with_its_next_request(office: Office) -> None:
    tablet = await office.tablet()
    assert (await office.client.get("/device/policy", headers=tablet.headers)).status_code == 200
    administrator = await office.sign_in()
    revoked = await office.client.post(f"/devices/{tablet.id}/revoke", json={"reason": "lost"}, headers=administrator)
    assert revoked.json()["state"] == "revoked"
    assert problem(await office.client.get("/device/policy", headers=tablet.headers)) == "token-not-valid"
    assert problem(await office.ask_token(tablet.id, tablet.key)) == "device-revoked"
    log = tablet.new_log()
    log.record("a")
    assert (await tablet.push(log)).status_code == 401


async def test_a_token_that_outlived_its_deletion_is_refused_by_the_devices_state(office: Office) -> None:
    # A token made while the revocation was on its way: the row is there, the device is not.
    tablet = await office.tablet()

    from kazasu.devices.models import DeviceState

    async with office.context.database.writing() as session:
        await session.execute(update(DeviceRow).where(DeviceRow.id == tablet.id).values(state=DeviceState.REVOKED))
        await session.commit()
    assert problem(await office.client.get("/device/policy", headers=tablet.headers)) == "device-revoked"


async def test_a_nonce_is_answered_once_and_within_a_minute(office: Office) -> None:
    tablet = await office.tablet()
    nonce = (await office.client.post("/device/nonce")).json()["nonce"]
    assert (await office.ask_token(tablet.id, tablet.key, nonce)).status_code == 200
    assert problem(await office.ask_token(tablet.id, tablet.key, nonce)) == "nonce-not-valid"
    late = (await office.client.post("/device/nonce")).json()["nonce"]
    office.clock.advance(timedelta(seconds=60))
    assert problem(await office.ask_token(tablet.id, tablet.key, late)) == "nonce-not-valid"


@pytest.mark.parametrize("nonce", ["", "AAAA", "A" * 54, "é", "x.y"])
async def test_a_nonce_that_was_never_ours_is_refused(office: Office, nonce: str) -> None:
    tablet = await office.tablet()
    assert problem(await office.ask_token(tablet.id, tablet.key, nonce or "-")) == "nonce-not-valid"


async def test_another_key_gets_no_token_and_learns_no_state(office: Office) -> None:
    tablet = await office.tablet()
    assert problem(await office.ask_token(tablet.id, SigningKey.generate())) == "token-not-valid"
    assert problem(await office.ask_token("0" * 32, tablet.key)) == "token-not-valid"


async def test_a_token_runs_out(office: Office) -> None:
    tablet = await office.tablet()
    office.clock.advance(timedelta(seconds=3600))
    assert problem(await office.client.get("/device/policy", headers=tablet.headers)) == "token-not-valid"


async def test_every_step_of_a_device_is_audited(office: Office) -> None:
    tablet = await office.tablet()
    administrator = await office.sign_in()
    await office.client.post(f"/devices/{tablet.id}/revoke", json={"reason": "lost"}, headers=administrator)
    async with office.context.database.reading() as session:
        entries = await audit.page(session, before=None, limit=100)
        assert isinstance(await audit.verify(session), audit.Verified)
    of_device = [entry.action for entry in reversed(entries) if entry.subject == tablet.id]
    assert of_device == ["device_enrolled", "device_confirmed", "device_revoked"]
