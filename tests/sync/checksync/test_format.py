"""The formats by what they promise; their exact octets are in tests/vectors."""

import os
import pickle
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey
from joserfc.util import json_b64encode

import checksync as cs

AT = datetime(2026, 11, 22, 3, 4, 5, 678000, tzinfo=UTC)
LOG = "ab" * 32


def test_a_sealed_entry_opens_only_as_its_number_of_its_log() -> None:
    private = X25519PrivateKey.generate()
    key = cs.SealingPublicKey(private.public_key().public_bytes_raw())
    opener = cs.PrivateKeyOpener([private])
    sealed = key.seal(b"entry", LOG, 7)
    assert opener.open(sealed, LOG, 7) == b"entry"
    assert cs.key_id_of(sealed) == key.id
    for log, number, octets in [
        (LOG, 8, sealed),
        ("cd" * 32, 7, sealed),
        (LOG, 7, sealed[:-1] + bytes([sealed[-1] ^ 1])),
        (LOG, 7, sealed[:30] + bytes([sealed[30] ^ 1]) + sealed[31:]),
    ]:
        with pytest.raises(cs.NotOpenedError):
            opener.open(octets, log, number)


def test_an_all_zero_encapsulated_key_does_not_open() -> None:
    private = X25519PrivateKey.generate()
    key = cs.SealingPublicKey(private.public_key().public_bytes_raw())
    sealed = key.seal(b"entry", LOG, 7)
    with pytest.raises(cs.NotOpenedError):
        cs.PrivateKeyOpener([private]).open(sealed[:22] + bytes(32) + sealed[54:], LOG, 7)


def test_an_unknown_key_and_an_unknown_suite_are_told_apart() -> None:
    key = cs.SealingPublicKey(X25519PrivateKey.generate().public_key().public_bytes_raw())
    opener = cs.PrivateKeyOpener([X25519PrivateKey.generate()])
    sealed = key.seal(b"entry", LOG, 1)
    with pytest.raises(cs.UnknownSealingKeyError) as caught:
        opener.open(sealed, LOG, 1)
    assert caught.value.key_id == key.id
    for octets in (b"", sealed[:69], b"\x00\x21" + sealed[2:]):
        with pytest.raises(cs.UnknownSuiteError):
            opener.open(octets, LOG, 1)


def test_a_statement_of_one_type_is_not_taken_for_another() -> None:
    key = cs.SigningKey.generate()
    signed = cs.sign(cs.Assertion(nonce="n", facility="fa"), key)
    assert cs.verify(signed, cs.Assertion, key.verifying_key).nonce == "n"
    with pytest.raises(cs.StatementError) as caught:
        cs.verify(signed, cs.Enrolment, key.verifying_key)
    assert caught.value.fault == "wrong_type"


def _signed_with(header: dict[str, object], payload: bytes, key: cs.SigningKey) -> str:
    registry = jws.JWSRegistry(algorithms=["ES256", "HS256", "none"], strict_check_header=False)
    return jws.serialize_compact(header, payload, key.jose, registry=registry)


@pytest.mark.parametrize(
    ("extra", "fault"),
    [
        ({}, None),
        ({"typ": "kazasu-anchor"}, "wrong_type"),
        ({"typ": "KAZASU-ASSERTION"}, "wrong_type"),
        ({"kid": "someone"}, "wrong_key"),
        ({"jku": "https://example.invalid/keys"}, "malformed"),
        ({"crit": ["x"], "x": 1}, None),
    ],
)
def test_a_header_with_anything_else_than_algorithm_type_and_key_is_refused(
    extra: dict[str, object], fault: str | None
) -> None:
    key = cs.SigningKey.generate()
    header: dict[str, object] = {"alg": "ES256", "typ": "kazasu-assertion", "kid": key.thumbprint} | extra
    if "crit" in extra:
        signed = cs.sign(cs.Assertion(nonce="n", facility="fa"), key)
        head, payload, signature = signed.split(".")
        signed = f"{json_b64encode(header).decode()}.{payload}.{signature}"
        fault = "malformed"
        assert head
    else:
        signed = _signed_with(header, b'{"nonce":"n","facility":"fa"}', key)
    if fault is None:
        assert cs.verify(signed, cs.Assertion, key.verifying_key).facility == "fa"
    else:
        with pytest.raises(cs.StatementError) as caught:
            cs.verify(signed, cs.Assertion, key.verifying_key)
        assert caught.value.fault == fault


def test_the_algorithm_none_is_refused() -> None:
    key = cs.SigningKey.generate()
    registry = jws.JWSRegistry(algorithms=["none"])
    with pytest.warns(match="none"):
        signed = jws.serialize_compact(
            {"alg": "none", "typ": "kazasu-assertion", "kid": key.thumbprint},
            b'{"nonce":"n","facility":"fa"}',
            None,
            registry=registry,
        )
    with pytest.raises(cs.StatementError) as caught:
        cs.verify(signed, cs.Assertion, key.verifying_key)
    assert caught.value.fault == "wrong_algorithm"


def test_a_changed_payload_and_another_key_are_refused() -> None:
    key, other = cs.SigningKey.generate(), cs.SigningKey.generate()
    signed = cs.sign(cs.Assertion(nonce="n", facility="fa"), key)
    head, _, signature = signed.split(".")
    changed = f"{head}.{cs.sign(cs.Assertion(nonce='m', facility='fa'), key).split('.')[1]}.{signature}"
    for text, verifier, fault in [
        (changed, key, "bad_signature"),
        (signed, other, "wrong_key"),
        (signed[:-4], key, "bad_signature"),
        ("", key, "malformed"),
        ("a.b", key, "malformed"),
        ("署.名.文", key, "malformed"),
        ("W10.e30.e30", key, "malformed"),
        ("ImFsZyI.e30.e30", key, "malformed"),
    ]:
        with pytest.raises(cs.StatementError) as caught:
            cs.verify(text, cs.Assertion, verifier.verifying_key)
        assert caught.value.fault == fault


def test_a_signed_payload_of_another_form_is_refused() -> None:
    key = cs.SigningKey.generate()
    signed = _signed_with({"alg": "ES256", "typ": "kazasu-assertion", "kid": key.thumbprint}, b'{"nonce":1}', key)
    with pytest.raises(cs.StatementError) as caught:
        cs.verify(signed, cs.Assertion, key.verifying_key)
    assert caught.value.fault == "malformed"


def test_a_statement_that_could_not_be_verified_is_not_signed() -> None:
    with pytest.raises(cs.MalformedError):
        cs.sign(cs.Assertion(nonce="n", facility="NOT HEX"), cs.SigningKey.generate())


def test_the_signer_is_read_without_trust() -> None:
    key = cs.SigningKey.generate()
    assert cs.signer_of(cs.sign(cs.Assertion(nonce="n", facility="fa"), key)) == key.thumbprint
    assert cs.signer_of("nonsense") is None


def test_the_device_key_survives_its_file_which_only_its_owner_reads(tmp_path: Path) -> None:
    path = tmp_path / "device.key"
    key = cs.SigningKey.generate()
    key.save(path)
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert cs.SigningKey.load(path).thumbprint == key.thumbprint
    assert [child.name for child in tmp_path.iterdir()] == ["device.key"]
    with pytest.raises(FileExistsError):
        cs.SigningKey.generate().save(path)
    assert cs.SigningKey.load(path).thumbprint == key.thumbprint
    assert [child.name for child in tmp_path.iterdir()] == ["device.key"]


def test_keys_of_other_kinds_are_refused() -> None:
    p384 = ECKey.generate_key("P-384")
    with pytest.raises(cs.KeyFormError):
        cs.SigningKey.from_pem(p384.as_pem(private=True))
    with pytest.raises(cs.KeyFormError):
        cs.SigningKey.from_pem(b"-----BEGIN NOTHING-----")
    with pytest.raises(cs.KeyFormError):
        cs.SigningKey(ec.generate_private_key(ec.SECP384R1()))
    good = cs.SigningKey.generate().jwk
    for jwk in ({}, good | {"crv": "P-384"}, good | {"kty": "oct"}, good | {"x": "AAAA"}, good | {"y": 5}):
        with pytest.raises(cs.KeyFormError):
            cs.VerifyingKey.from_jwk(jwk)


def test_a_public_jwk_names_the_same_key_and_a_private_part_is_dropped() -> None:
    key = cs.SigningKey.generate()
    assert set(key.jwk) == {"kty", "crv", "x", "y"}
    again = cs.VerifyingKey.from_jwk(key.jose.as_dict(private=True))
    assert again == key.verifying_key
    assert hash(again) == hash(key.verifying_key)
    assert set(again.jwk) == {"kty", "crv", "x", "y"}
    assert key.jose.as_dict(private=True)["d"] not in repr(key) + repr(again)


def test_a_genesis_names_facility_device_and_predecessor() -> None:
    thumbprint = cs.SigningKey.generate().thumbprint
    predecessor = cs.Predecessor(log=LOG, hash="cd" * 32)
    octets = cs.new_genesis("fa", thumbprint, predecessor)
    genesis = cs.parse_genesis(octets)
    assert (genesis.facility, genesis.device, genesis.predecessor) == ("fa", thumbprint, predecessor)
    assert cs.new_genesis("fa", thumbprint) != cs.new_genesis("fa", thumbprint)
    assert cs.log_id(octets) == cs.log_of(octets).hex()
    for facility, device in [("FA", thumbprint), ("", thumbprint), ("fa", "short")]:
        with pytest.raises(cs.MalformedError):
            cs.new_genesis(facility, device)


def _void(reason: str = "mistyped") -> cs.VoidBody:
    return cs.VoidBody(check="0" * 32, duty_pass="aa", reason=reason)


def test_an_unknown_kind_and_unknown_members_survive() -> None:
    octets = cs.encode_entry(LOG, 3, AT, "from_the_future", b'{"new":[1,{"deep":"x"}]}')
    entry = cs.decode_entry(octets)
    assert (entry.kind, entry.number, bytes(entry.body)) == ("from_the_future", 3, b'{"new":[1,{"deep":"x"}]}')
    assert cs.decode_body(entry) is None
    more = cs.encode_body(_void())[:-1] + b',"later":true}'
    known = cs.decode_entry(cs.encode_entry(LOG, 3, AT, "void", more)[:-1] + b',"extra":null}')
    assert cs.decode_body(known) == _void()
    assert bytes(known.body) == more


def test_an_entry_beyond_the_limit_is_refused_before_it_is_written() -> None:
    room = cs.MAX_ENTRY_OCTETS - len(cs.encode_entry(LOG, 1, AT, "void", cs.encode_body(_void(""))))
    assert len(cs.encode_entry(LOG, 1, AT, "void", cs.encode_body(_void("x" * room)))) == cs.MAX_ENTRY_OCTETS
    with pytest.raises(cs.EntryTooLargeError) as caught:
        cs.encode_entry(LOG, 1, AT, "void", cs.encode_body(_void("x" * (room + 1))))
    assert caught.value.size == cs.MAX_ENTRY_OCTETS + 1
    with pytest.raises(cs.EntryTooLargeError):
        cs.decode_entry(b" " * (cs.MAX_ENTRY_OCTETS + 1))


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("void", b"{}"),
        ("void", b"[]"),
        ("later", b"[]"),
        ("later", b"{"),
        ("Later Kind", b"{}"),
        ("later", b"{},{}"),
        ("later", b'{},"x":{}'),
    ],
)
def test_what_could_not_be_read_again_is_not_written(kind: str, body: bytes) -> None:
    with pytest.raises(cs.MalformedError):
        cs.encode_entry(LOG, 1, AT, kind, body)


def test_every_kind_of_body_is_read_as_it_was_written() -> None:
    choice = cs.ConsentChoice(kind="medication", given=True, text="medication-1")
    bodies: list[cs.Body] = [
        cs.CheckBody(
            check="1" * 32,
            intent=b"kazasu-intent-v1\n{}",
            card=cs.Card(
                kind="plastic",
                certificate_sha256="a" * 64,
                certificate=b"\x30\x00",
                signature=None,
                attributes=cs.Attributes(
                    name="山田太郎", address="東京都", birth_date="19500101", sex="1", by="number_b"
                ),
            ),
            attestation=cs.Attestation(duty_pass="aa", text="visual-v1", device_time=AT),
            repeat_of="2" * 32,
        ),
        cs.SubstituteBody(visit="b1", duty_pass="aa", reason="no_card", document="certificate", fields={"name": "x"}),
        cs.DeclarationBody(visit="b1", duty_pass="aa", form="2024-12", fields={"copay": 3, "ok": True, "no": None}),
        cs.ConsentBody(visit="b1", duty_pass="aa", consent="3" * 32, kinds=[choice]),
        cs.ConsentWithdrawnBody(consent="3" * 32, duty_pass="aa", reason="asked"),
        _void(),
        cs.TroubleBody(visit="b1", duty_pass="aa", category="c", response="r", full_charge=True, note=""),
    ]
    assert {body.kind for body in bodies} == set(cs.BODIES)
    for body in bodies:
        entry = cs.decode_entry(cs.encode_entry(LOG, 1, AT, body.kind, cs.encode_body(body)))
        assert cs.decode_body(entry) == body
        assert repr(body) == f"<{type(body).__name__}>"
    assert "山田" not in repr(entry)


def _intent(**changes: object) -> cs.Intent:
    fields: dict[str, object] = {
        "log": LOG,
        "last_hash": LOG,
        "facility": "fa",
        "check_type": "home_consent",
        "setting": "home_visit",
        "identity_method": "pin",
        "pin_typed_by": cs.Holder(),
        "subject": cs.NotOnList(),
        "consents": [cs.ConsentChoice(kind="medication", given=False, text="t")],
        "duty_pass": "aa",
        "device_time": AT,
        "anchor": cs.AnchorSeen(statement="a.b.c", elapsed_ms=None),
    }
    return cs.build_intent(**(fields | changes))  # type: ignore[arg-type]


def test_an_intent_is_its_exact_octets() -> None:
    intent = _intent()
    assert intent.octets.startswith(b'kazasu-intent-v1\n{"check":"')
    again = cs.parse_intent(intent.octets)
    assert again == intent
    assert again.digest == intent.digest
    assert intent.digest != _intent().digest


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"check_type": "eligibility_only"}, "medical_consent"),
        (
            {
                "check_type": "eligibility_only",
                "consents": [cs.ConsentChoice(kind="specified_illness", given=False, text="t")],
            },
            "medical_consent",
        ),
        (
            {"consents": [cs.ConsentChoice(kind="medication", given=g, text="t") for g in (True, False)]},
            "consent_twice",
        ),
        ({"pin_typed_by": None}, "pin_typed_by"),
        ({"identity_method": "visual"}, "pin_typed_by"),
    ],
)
def test_an_intent_that_no_intent_may_be_is_neither_built_nor_read(changes: dict[str, object], rule: str) -> None:
    with pytest.raises(cs.IntentRuleError) as caught:
        _intent(**changes)
    assert caught.value.rule == rule


def test_an_eligibility_only_intent_asks_for_the_limit_alone() -> None:
    intent = _intent(
        check_type="eligibility_only", consents=[cs.ConsentChoice(kind="limit_amount", given=True, text="t")]
    )
    assert [choice.kind for choice in intent.fields.consents] == ["limit_amount"]


def test_a_challenge_without_the_prefix_is_no_intent() -> None:
    octets = _intent().octets
    for challenge in (octets[len(b"kazasu-intent-v1\n") :], b"kazasu-intent-v2" + octets[16:], b"kazasu-intent-v1"):
        with pytest.raises(cs.MalformedError):
            cs.parse_intent(challenge)


def test_who_typed_and_for_whom_travel_by_name() -> None:
    intent = _intent(pin_typed_by=cs.Proxy(relation="長女"), subject=cs.VisitSubject(id="b1"))
    shown = msgspec.json.decode(intent.octets[len(b"kazasu-intent-v1\n") :])
    assert shown["pin_typed_by"] == {"who": "proxy", "relation": "長女"}
    assert shown["subject"] == {"on": "visit", "id": "b1"}
    assert "長女" not in repr(intent)
    assert _intent(subject=cs.PatientSubject(id="c1")).fields.subject == cs.PatientSubject(id="c1")


def _check(signature: bytes | None) -> cs.CheckBody:
    card = cs.Card(kind="plastic", certificate_sha256="a" * 64, certificate=None, signature=signature, attributes=None)
    return cs.CheckBody(check="1" * 32, intent=b"", card=card, attestation=None)


@pytest.mark.parametrize(
    ("body", "is_valid", "assurance"),
    [
        (_check(b"s"), True, "card_signed"),
        (_check(b"s"), False, "card_read"),
        (_check(None), False, "card_read"),
        (_check(None), True, "card_read"),
        (cs.SubstituteBody(duty_pass="aa", reason="r", document="d", fields={}), False, "document"),
        (cs.DeclarationBody(duty_pass="aa", form="2023-07", fields={}), False, "stated"),
        (_void(), True, None),
    ],
)
def test_assurance_follows_from_what_was_recorded(body: cs.Body, is_valid: bool, assurance: str | None) -> None:
    assert cs.assurance_of(body, is_card_signature_valid=is_valid) == assurance


def test_an_enrolments_secret_is_not_shown() -> None:
    assert repr(cs.Enrolment(code="secret")) == "<Enrolment>"


def test_a_key_that_is_no_elliptic_one_is_refused() -> None:
    pem = RSAKey.generate_key(2048).as_pem(private=True)
    with pytest.raises(cs.KeyFormError):
        cs.SigningKey.from_pem(pem)


def test_no_pretty_printer_sees_into_what_may_be_a_patients() -> None:
    body = _void("内緒")
    assert list(body.__rich_repr__()) == []
    assert cs.Genesis.__repr__ is not type(body).__repr__


def test_errors_cross_process_boundaries_with_their_data() -> None:
    for error in (cs.MalformedError("entry", "$.x"), cs.EntryTooLargeError(70_000), cs.PushTooLargeError(5_000_000)):
        again = pickle.loads(pickle.dumps(error))  # noqa: S301
        assert (type(again), again.__dict__, str(again)) == (type(error), error.__dict__, str(error))
