"""A whole day at the most talkative level, and then every log record is searched for what must not be there."""

import logging

import pytest
from harness.device_log import DeviceLog
from harness.office import PASSWORD, Office, opened_office

import checksync as cs
from kazasu.checks.reading import read_entry
from kazasu.context import Context
from kazasu.keys.service import told_to_devices
from kazasu.staff import Role
from kazasu.web.log import silence_libraries

NAME, KANA, NUMBER, ADDRESS = "試験山田太郎", "シケンヤマダ", "87654321", "架空県架空市１−２−３"
PIN = "4649"
WRONG_PASSWORD = "himitsu no aikotoba"
SECRETS = (NAME, KANA, NUMBER, ADDRESS, f"PIN {PIN}", PASSWORD, WRONG_PASSWORD)


async def _seal(office: Office, log: DeviceLog, *, kind: str, body: bytes) -> None:
    """Records a really sealed entry in the log."""
    async with office.context.database.reading() as session:
        [key] = await told_to_devices(session)
    number = log.last + 1
    entry = cs.encode_entry(log.log, number, office.clock.now(), kind, body)
    sealed = cs.SealingPublicKey(key.public_key).seal(entry, log.log, number)
    log.sealed.append(sealed)
    log.hashes.append(cs.next_hash(log.hashes[-1], number, cs.sealed_digest(sealed)))
    log.heads.append(log.head(number))


async def test_no_log_record_holds_a_patient_a_password_a_pin_a_token_or_a_code(
    context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    silence_libraries()
    codes: list[str] = []
    async with opened_office(context, read_entry) as office:
        await office.add_staff("nurse", Role.VISITOR)
        secret = await office.enrolment_secret()
        codes.append(secret)
        key = cs.SigningKey.generate()
        device = (await office.enrol(secret, key, name="往診タブレット")).json()["device"]
        office_headers = await office.sign_in()
        codes.append(office_headers["Authorization"].removeprefix("Bearer "))
        await office.client.post(
            f"/devices/{device}/confirm", json={"thumbprint": key.thumbprint}, headers=office_headers
        )
        token = (await office.ask_token(device, key)).json()["token"]
        codes.append(token)
        headers = {"Authorization": f"Bearer {token}"}
        await office.client.post(
            "/device/sign-in", json={"login": "nurse", "password": WRONG_PASSWORD}, headers=headers
        )
        # People type the password into the login field, and the PIN anywhere.
        await office.client.post("/office/sign-in", json={"login": PASSWORD, "password": f"PIN {PIN}"})
        await office.client.get(f"/patients/{NAME}?number={NUMBER}", headers=office_headers)
        await office.client.post("/staff", json={"login": NAME, "roles": [NAME]}, headers=office_headers)
        duty = await office.client.post(
            "/device/sign-in", json={"login": "nurse", "password": PASSWORD}, headers=headers
        )
        codes.append(duty.json()["day_key"])
        duty_pass = cs.verify(duty.json()["duty_pass"], cs.DutyPass, context.keys.server.verifying_key)

        log = DeviceLog(key, context.facility.id)
        fields: dict[str, str | int | bool | None] = {"name": NAME, "name_kana": KANA, "number": NUMBER}
        substitute = cs.SubstituteBody(
            visit="ab" * 16, duty_pass=duty_pass.id, reason="card_forgotten", document="qualification_certificate",
            fields=fields | {"address": ADDRESS},
        )  # fmt: skip
        trouble = cs.TroubleBody(
            visit="ab" * 16, duty_pass=duty_pass.id, category="pin", response="x", full_charge=False,
            note=f"{NAME} PIN {PIN}",
        )  # fmt: skip
        await _seal(office, log, kind="substitute", body=cs.encode_body(substitute))
        await _seal(office, log, kind="trouble", body=cs.encode_body(trouble))
        await _seal(office, log, kind="from_the_future", body=f'{{"name":"{NAME}"}}'.encode())
        pushed = await office.client.post(f"/sync/logs/{log.log}/entries", content=log.push(), headers=headers)
        assert pushed.status_code == 200, pushed.text
        refused = await office.client.post(
            f"/sync/logs/{log.log}/entries", content=f'{{"name":"{NAME}"}}'.encode(), headers=headers
        )
        assert refused.status_code == 422
        await office.client.get("/sync/feed", headers=headers)

    records = [f"{record.name} {record.getMessage()} {record.__dict__}" for record in caplog.records]
    assert sum("kazasu.access" in record for record in records) >= 10  # the log was written, and is what we search
    for secret_text in (*SECRETS, *codes):
        assert not [record for record in records if secret_text in record], "a secret is in the log"
    assert NAME not in pushed.text + refused.text


async def test_no_secret_is_in_the_audit_log(context: Context) -> None:
    async with opened_office(context) as office:
        await office.client.post("/office/sign-in", json={"login": PASSWORD, "password": WRONG_PASSWORD})
        secret = await office.enrolment_secret()
        headers = await office.sign_in()
        entries = (await office.client.get("/audit", headers=headers)).text
    for text in (PASSWORD, WRONG_PASSWORD, secret, headers["Authorization"].removeprefix("Bearer ")):
        assert text not in entries
