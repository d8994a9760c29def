"""Evidence of one check: whole by itself, judged without the server, and nothing in it can be changed unseen."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from harness.door import Door, later, make_door
from sqlalchemy import select

import checksync as cs
from kazasu.audit import AuditEntry
from kazasu.cli import main
from kazasu.db import Database
from kazasu.evidence import Bundle, Judgement, NotEvidenceError, Verdict, judge, read_bundle, sealed_bundle
from kazasu.evidence.gathering import gather
from kazasu.evidence.wording import _SAY, found
from kazasu.problems import ProblemError
from kazasu.restoration.service import close_after_restore
from kazasu.sync.destruction import destroy_entry
from mynacard.emulator import test_ca as exercise_ca

SHOWN, NOT, AGAINST = Verdict.SHOWN, Verdict.NOT_SHOWN, Verdict.CONTRADICTED


@dataclass
class Made:
    door: Door
    check: str
    bundle: Bundle
    octets: bytes

    def judged(self, octets: bytes | None = None, **options: Any) -> Judgement:
        bundle, is_valid = read_bundle(self.octets if octets is None else octets)
        chosen = {"roots": list(exercise_ca.roots()), **options}
        return judge(bundle, is_seal_valid=is_valid, **chosen)

    def changed(self, **changes: Any) -> Judgement:
        """A bundle that somebody with the server key put together falsely."""
        bundle = msgspec.structs.replace(self.bundle, **changes)
        return self.judged(sealed_bundle(bundle, self.door.context.keys.server))


async def make(door: Door, check: str) -> Made:
    async with door.context.database.writing() as session:
        bundle = await gather(session, door.context, check, actor="shell", at=door.clock.now())
        await session.commit()
    return Made(door, check, bundle, sealed_bundle(bundle, door.context.keys.server))


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> Door:
    return await make_door(database, tmp_path / "home")


@pytest.fixture
async def made(door: Door) -> Made:
    """A check by PIN amid others, answered; pushed with two entries behind it, so that its head is a later one."""
    patient = await door.patient("sato")
    later(door, minutes=3)
    door.record_check("takahashi", device_time=door.clock.now())
    await door.push()
    check = door.record_check("sato", subject=cs.PatientSubject(id=patient), device_time=door.clock.now())
    for note in "ab":
        door.record(
            "trouble",
            cs.TroubleBody(
                visit="b1", duty_pass=door.duty_pass, category="reader", response="r", full_charge=False, note=note
            ),
        )
    later(door, minutes=1)
    await door.push()
    later(door, minutes=1)
    while await door.work():
        pass
    return await make(door, check)


def verdicts(judgement: Judgement) -> dict[str, str]:
    return {finding.name: finding.verdict.value for finding in judgement.findings}


async def test_a_whole_bundle_shows_what_it_can_and_says_what_it_cannot(made: Made) -> None:
    judgement = made.judged()
    assert judgement.holds
    assert verdicts(judgement) == {
        "bundle_sealed": "shown",
        "server_key": "not_shown",
        "genesis": "shown",
        "device_signed": "shown",
        "sealed_is_opened": "not_shown",
        "in_its_place": "shown",
        "card_signed": "shown",
        "certificate_trusted": "shown",
        "certificate_valid": "shown",
        "made_after": "shown",
        "made_before": "shown",
        "device_time": "shown",
        "on_duty": "shown",
        "answer": "shown",
        "not_revoked": "not_shown",
        "jpki_authentication": "not_shown",
        "payer_receipt": "not_shown",
        "real": "not_shown",
    }
    assert len(made.bundle.entry.following) == 2
    text = {finding.name: finding.say for finding in judgement.findings}
    assert "2026-12-01 10:00:00 JST" in text["made_after"].en
    assert "2026-12-01 10:04:00 JST" in text["made_before"].ja
    assert "EXERCISE" in text["real"].en


async def test_more_is_shown_to_who_has_the_keys_by_another_road(made: Made) -> None:
    opener = cs.PrivateKeyOpener([made.door.sealing])
    thumbprint = made.door.context.keys.server.thumbprint
    judgement = made.judged(opener=opener, server_thumbprint=thumbprint)
    assert (judgement.verdict("sealed_is_opened"), judgement.verdict("server_key")) == (SHOWN, SHOWN)
    assert made.judged(server_thumbprint="x" * 43).verdict("server_key") is AGAINST


async def test_without_roots_nobody_vouches_for_the_certificate(made: Made) -> None:
    judgement = made.judged(roots=[])
    assert (judgement.holds, judgement.verdict("certificate_trusted")) == (True, NOT)
    assert judgement.verdict("card_signed") is SHOWN


@pytest.mark.parametrize(
    "spoil",
    [
        lambda octets: octets.replace(b'"valid"', b'"not_found"', 1),
        lambda octets: octets.replace(b'"made_at":"2026', b'"made_at":"2025', 1),
        lambda octets: octets.replace(b'"exercise"', b'"live"', 1),
    ],
)
async def test_a_changed_file_is_seen_by_its_seal(made: Made, spoil: Callable[[bytes], bytes]) -> None:
    octets = spoil(made.octets)
    assert octets != made.octets
    judgement = made.judged(octets)
    assert (judgement.holds, judgement.verdict("bundle_sealed")) == (False, AGAINST)


def _other(statement: cs.Statement) -> str:
    return cs.sign(statement, cs.SigningKey.generate())


def _changed(octets: bytes) -> bytes:
    return octets[:-1] + bytes([octets[-1] ^ 1])


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda m: {"entry": {"genesis": m.bundle.entry.genesis + b" "}}, "genesis"),
        (lambda m: {"device": {"jwk": dict(cs.SigningKey.generate().jwk)}}, "genesis"),
        (lambda m: {"entry": {"head": m.door.log.heads[0]}}, "device_signed"),
        (lambda m: {"entry": {"before": "0" * 64}}, "device_signed"),
        (lambda m: {"entry": {"digest": "0" * 64}}, "device_signed"),
        (lambda m: {"entry": {"sealed": _changed(m.bundle.entry.sealed)}}, "device_signed"),
        (lambda m: {"entry": {"following": []}}, "device_signed"),
        (lambda m: {"entry": {"number": 7}}, "in_its_place"),
        (lambda m: {"entry": {"opened": b"{}"}}, "in_its_place"),
        (lambda m: {"check": "ab" * 16}, "in_its_place"),
        (lambda m: {"intent": b"another"}, "in_its_place"),
        (lambda m: {"anchor": None}, "in_its_place"),
        (lambda m: {"certificate": b"no certificate"}, "card_signed"),
        (lambda m: {"anchor": _other(cs.Anchor(id="a" * 32, epoch="e", facility="f", time=m.bundle.made_at))},
         "made_after"),
        (lambda m: {"acknowledgement": m.bundle.anchor}, "made_before"),
        (lambda m: {"epoch": "0" * 32}, "made_before"),
        (lambda m: {"duty_pass": m.bundle.anchor}, "on_duty"),
    ],
)  # fmt: skip
async def test_what_does_not_fit_together_is_named(
    made: Made, change: Callable[[Made], dict[str, Any]], name: str
) -> None:
    changes: dict[str, Any] = {}
    for member, value in change(made).items():
        present = getattr(made.bundle, member)
        changes[member] = msgspec.structs.replace(present, **value) if isinstance(value, dict) else value
    judgement = made.changed(**changes)
    assert judgement.verdict("bundle_sealed") is SHOWN
    assert (judgement.holds, judgement.verdict(name)) == (False, AGAINST)


async def test_another_checks_signature_is_not_this_ones(made: Made) -> None:
    """Entry, intent and signature all replaced alike: the card's key still did not sign that."""
    entry = cs.decode_entry(made.bundle.entry.opened or b"")
    body = cs.decode_body(entry)
    assert isinstance(body, cs.CheckBody)
    forged = bytes(256)
    card = msgspec.structs.replace(body.card, signature=forged)
    octets = cs.encode_entry(
        entry.log, entry.number, entry.device_recorded_at, "check",
        cs.encode_body(msgspec.structs.replace(body, card=card)),
    )  # fmt: skip
    judgement = made.changed(entry=msgspec.structs.replace(made.bundle.entry, opened=octets), card_signature=forged)
    assert (judgement.verdict("in_its_place"), judgement.verdict("card_signed")) == (SHOWN, AGAINST)
    opener = cs.PrivateKeyOpener([made.door.sealing])
    bundle = msgspec.structs.replace(made.bundle, entry=msgspec.structs.replace(made.bundle.entry, opened=octets))
    assert judge(bundle, is_seal_valid=True, roots=[], opener=opener).verdict("sealed_is_opened") is AGAINST


async def test_a_visual_check_shows_no_card(door: Door) -> None:
    check = door.record_check("suzuki", identity_method="visual", with_attributes=True)
    await door.push()
    judgement = (await make(door, check)).judged()
    assert (judgement.holds, judgement.verdict("card_signed"), judgement.verdict("answer")) == (True, NOT, NOT)
    say = next(finding.say for finding in judgement.findings if finding.name == "card_signed")
    assert "staff member's statement" in say.en


async def test_a_clock_that_is_off_proves_nothing_about_the_time(door: Door) -> None:
    check = door.record_check("sato", device_time=later(door, days=300))
    door.clock.advance(-(door.clock.now() - door.anchor_at))
    await door.push()
    judgement = (await make(door, check)).judged()
    assert (judgement.holds, judgement.verdict("device_time")) == (True, NOT)


async def test_destroyed_content_still_has_its_place_in_the_chain(made: Made) -> None:
    door = made.door
    async with door.context.database.writing() as session:
        await destroy_entry(
            session, door.context, door.log.log, made.bundle.entry.number, reason="law", actor="shell",
            at=door.clock.now(),
        )  # fmt: skip
        await session.commit()
    after = await make(door, made.check)
    judgement = after.judged()
    assert judgement.holds
    assert (judgement.verdict("device_signed"), judgement.verdict("in_its_place")) == (SHOWN, NOT)
    assert (after.bundle.certificate, after.bundle.entry.opened, after.bundle.entry.sealed) == (None, None, b"")
    assert after.bundle.answer is None or after.bundle.answer.content == {}


async def test_that_evidence_was_made_is_audited_and_names_no_patient(made: Made) -> None:
    async with made.door.context.database.reading() as session:
        [entry] = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "evidence_made"))).all()
    assert (entry.subject, json.loads(entry.details)) == (made.check, {"certificate": True})
    assert "contains the patient's" in made.bundle.notice.en
    assert repr(made.bundle) == "<Bundle>"


async def test_nothing_is_given_out_while_the_server_is_closed(made: Made) -> None:
    door = made.door
    async with door.context.database.writing() as session:
        await close_after_restore(
            session, id="r" * 32, epoch="e" * 32, backup="b", backup_made_at=door.clock.now(),
            is_journal_whole=True, at=door.clock.now(),
        )  # fmt: skip
        with pytest.raises(ProblemError, match="server-closed"):
            await gather(session, door.context, made.check, actor="shell", at=door.clock.now())


@pytest.mark.parametrize("octets", [b"", b"{}", b"\xff", b"{}\n{}", b'{"format":"x"}\n{"seal":"a.b.c"}\n'])
def test_what_is_no_bundle_is_said_to_be_none(octets: bytes) -> None:
    with pytest.raises(NotEvidenceError):
        read_bundle(octets)


@pytest.mark.parametrize("name", _SAY)
def test_every_finding_has_words_for_each_verdict_that_it_can_have(name: str) -> None:
    for verdict in _SAY[name]:
        said = found(name, verdict).say
        assert said.ja
        assert said.en
        assert said.ja != said.en


async def test_the_command_judges_a_file_with_nothing_but_the_file(made: Made, tmp_path: Path) -> None:
    file, key = tmp_path / "evidence.json", tmp_path / "sealing.key"
    file.write_bytes(made.octets)
    key.write_bytes(made.door.sealing.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()))

    def run(*options: str) -> Any:
        environment = {"KAZASU_HOME": str(tmp_path / "nowhere")}
        return CliRunner().invoke(main, ["evidence", "--verify", str(file), *options], env=environment)

    spoken = run()
    assert spoken.exit_code == 0, spoken.output
    assert "このカードとその暗証番号" in spoken.stdout
    assert "no certified verifier" in spoken.stdout
    machine = json.loads(run("--json", "--sealing-key", str(key)).stdout)
    assert (machine["holds"], machine["check"]) == (True, made.check)
    assert {"sealed_is_opened": "shown"}.items() <= {f["name"]: f["verdict"] for f in machine["findings"]}.items()
    file.write_bytes(made.octets.replace(b'"valid"', b'"not_found"', 1))
    against = run()
    assert (against.exit_code, "CONTRADICTS" in against.stdout) == (1, True)
    file.write_bytes(b"nothing")
    refused = run()
    assert (refused.exit_code, "no evidence file" in refused.stderr, "Traceback" in refused.output) == (1, True, False)
