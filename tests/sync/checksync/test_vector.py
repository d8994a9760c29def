"""The frozen vectors: a failure here means that a format broke."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from vectors import hpke_by_hand

import checksync as cs
from checksync.encoding import encode

FOLDER = Path(__file__).parents[2] / "vectors" / "sync"
STATEMENTS: dict[str, type[cs.Statement]] = {
    form.typ: form
    for form in (
        cs.Acknowledgement,
        cs.Anchor,
        cs.Assertion,
        cs.Closed,
        cs.DutyPass,
        cs.Enrolment,
        cs.GapStatement,
        cs.Head,
    )
}
FROZEN = {
    "enrolment": "44013808952eae01687df646e13ff855e8c77885f1ea1ad902e9b00847042298",
    "hpke": "ac4fce855c0741f2fea2c22d2d326ac8bda714ade6817f51e632866f7a8ffd46",
    "intent": "b883f693627a1fa85f39ada41cbcb55cdc112f76ef746b209f0cec1925d47f30",
    "log": "8d13fcf81bee2845b6e4247feb7b25d3794e836a2105e774176d909afb15bac7",
    "push": "8d9bbdd605d951b390e3219ac70482dcb349f981da21019e727e398fae4bf3ce",
    "statement": "dc28eb64fae675422015e17c9c04e0d7a5ffb3226e9139cb0927c4129852dec1",
}


def test_no_vector_was_made_anew() -> None:
    found = {path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in FOLDER.iterdir()}
    assert found == FROZEN


def read(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def octets(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def opener(key: dict[str, str]) -> cs.PrivateKeyOpener:
    return cs.PrivateKeyOpener([X25519PrivateKey.from_private_bytes(octets(key["private"]))])


def test_the_suite_is_the_published_one() -> None:
    vector = {name: bytes.fromhex(value) for name, value in read("hpke")["published"].items() if name != "source"}
    enc, shared, key, nonce = hpke_by_hand.key_schedule(vector["skEm"], vector["pkRm"], vector["info"])
    assert (enc, shared, key, nonce) == (vector["enc"], vector["shared_secret"], vector["key"], vector["base_nonce"])
    sealed = hpke_by_hand.encrypt(vector["skEm"], vector["pkRm"], vector["info"], vector["pt"], vector["aad"])
    assert sealed == vector["enc"] + vector["ct"]
    # The library's public call has no aad, so the same message without it; enc and ciphertext are one string.
    plain = hpke_by_hand.encrypt(vector["skEm"], vector["pkRm"], vector["info"], vector["pt"])
    suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    private = X25519PrivateKey.from_private_bytes(vector["skRm"])
    assert suite.decrypt(plain, private, info=vector["info"]) == vector["pt"]


def test_sealed_samples_open() -> None:
    vector = read("hpke")
    key = cs.SealingPublicKey(octets(vector["key"]["public"]))
    assert key.id == vector["key"]["id"]
    assert len(vector["sealed"]) == 3
    for sample in vector["sealed"]:
        sealed = octets(sample["sealed"])
        assert cs.key_id_of(sealed) == key.id
        assert opener(vector["key"]).open(sealed, sample["log"], sample["number"]) == octets(sample["entry"])


def test_a_log_is_its_genesis_and_its_entries_chain() -> None:
    vector = read("log")
    genesis = octets(vector["genesis"])
    device = cs.VerifyingKey.from_jwk(vector["keys"]["device"]["jwk"])
    assert cs.log_id(genesis) == vector["log"]
    assert encode(cs.parse_genesis(genesis)) == genesis
    assert cs.parse_genesis(genesis).device == device.thumbprint == vector["keys"]["device"]["thumbprint"]
    current = cs.log_of(genesis)
    kinds = set()
    for row in vector["entries"]:
        number, sealed = row["number"], octets(row["sealed"])
        digest = cs.sealed_digest(sealed)
        current = cs.next_hash(current, number, digest)
        assert (digest.hex(), current.hex()) == (row["digest"], row["hash"])
        head = cs.verify(row["head"], cs.Head, device)
        assert (head.log, head.number, head.hash, head.oldest) == (vector["log"], number, row["hash"], 1)
        assert cs.time_text(head.device_time) == vector["at"]
        plain = opener(vector["keys"]["sealing"]).open(sealed, vector["log"], number)
        assert plain == octets(row["entry"]) == row["json"].encode()
        entry = cs.decode_entry(plain)
        body = cs.decode_body(entry)
        kinds.add(entry.kind)
        assert (entry.log, entry.number, entry.kind) == (vector["log"], number, row["kind"])
        assert (body is None) == (entry.kind == "not_known_yet")
        if body is not None:
            assert encode_again(body) == json.loads(bytes(entry.body))
        raw = bytes(entry.body)
        assert cs.encode_entry(entry.log, number, entry.device_recorded_at, entry.kind, raw) == plain
    assert kinds == {*cs.BODIES, "not_known_yet"}


def encode_again(body: cs.Body) -> Any:
    return json.loads(cs.encode_body(body))


def test_a_successor_names_the_log_before_it() -> None:
    vector = read("log")
    genesis = octets(vector["successor"]["genesis"])
    assert cs.log_id(genesis) == vector["successor"]["log"]
    predecessor = cs.Predecessor(log=vector["log"], hash=vector["entries"][-1]["hash"])
    assert cs.parse_genesis(genesis).predecessor == predecessor


def test_check_entries_carry_card_and_intent() -> None:
    pin, visual = (cs.decode_body(cs.decode_entry(octets(row["entry"]))) for row in read("log")["entries"][:2])
    assert isinstance(pin, cs.CheckBody)
    assert isinstance(visual, cs.CheckBody)
    assert pin.card.signature == bytes(range(256))
    assert pin.card.certificate == b"not a real certificate"
    assert pin.attestation is None
    assert cs.parse_intent(pin.intent).fields.check == pin.check
    assert cs.parse_intent(pin.intent).fields.last_hash == read("log")["log"]
    assert visual.card.signature is None
    assert visual.card.attributes is not None
    assert (visual.card.attributes.name, visual.card.attributes.by) == ("見本　花子", "number_b")
    assert visual.attestation is not None
    assert visual.repeat_of == pin.check


def test_statements_verify() -> None:
    vector = read("statement")
    for row in vector["valid"]:
        key = cs.VerifyingKey.from_jwk(vector["keys"][row["by"]]["jwk"])
        statement = cs.verify(row["jws"], STATEMENTS[row["typ"]], key)
        assert json.loads(encode(statement)) == row["payload"]
        assert cs.signer_of(row["jws"]) == key.thumbprint
    assert {row["typ"] for row in vector["valid"]} == set(STATEMENTS)


def test_statements_that_do_not_hold_are_refused_for_their_reason() -> None:
    vector = read("statement")
    server = cs.VerifyingKey.from_jwk(vector["keys"]["server"]["jwk"])
    assert cs.verify(vector["unknown_members_are_ignored"], cs.Anchor, server).facility
    assert len(vector["refused_as_anchor_of_the_server"]) == 14
    for row in vector["refused_as_anchor_of_the_server"]:
        with pytest.raises(cs.StatementError) as caught:
            cs.verify(row["jws"], cs.Anchor, server)
        assert caught.value.fault == row["why"], row["jws"]


def test_private_keys_sign_what_verifies() -> None:
    for name in ("device", "server"):
        row = read("statement")["keys"][name]
        key = cs.SigningKey.from_pem(row["private_pem"].encode())
        assert (key.thumbprint, key.jwk) == (row["thumbprint"], row["jwk"])
        signed = cs.sign(cs.Assertion(nonce="n", facility="fa"), key)
        assert cs.verify(signed, cs.Assertion, cs.VerifyingKey.from_jwk(row["jwk"])).nonce == "n"


def test_intents_are_read_and_made_to_the_octet() -> None:
    vector = read("intent")
    for row in vector["valid"]:
        intent = cs.parse_intent(octets(row["intent"]))
        assert intent.digest.hex() == row["digest"]
        assert b"kazasu-intent-v1\n" + encode(intent.fields) == intent.octets
        assert intent.octets == b"kazasu-intent-v1\n" + row["json"].encode()
    assert len(vector["valid"]) == 4


def test_what_is_no_intent_is_refused_for_its_reason() -> None:
    rules = {"medical_consent", "consent_twice", "pin_typed_by"}
    for row in read("intent")["refused"]:
        if row["why"] in rules:
            with pytest.raises(cs.IntentRuleError) as caught:
                cs.parse_intent(octets(row["intent"]))
            assert caught.value.rule == row["why"]
        else:
            with pytest.raises(cs.MalformedError):
                cs.parse_intent(octets(row["intent"]))


def test_enrolment_codes() -> None:
    vector = read("enrolment")
    for row in vector["valid"]:
        code = cs.EnrolmentCode.parse(row["code"])
        assert (code.url, code.secret, code.pin) == (row["url"], row["secret"], row["pin"])
        assert code.text() == row["code"]
    for text in vector["refused"]:
        with pytest.raises(cs.EnrolmentCodeError):
            cs.EnrolmentCode.parse(text)


def _shown(judgement: cs.PushJudgement | cs.GapJudgement) -> dict[str, Any]:
    match judgement:
        case cs.Accepted():
            return {"judgement": "accepted", "new": [entry.number for entry in judgement.new]}
        case cs.Gap():
            return {"judgement": "gap", "expected": judgement.expected}
        case cs.GapAccepted():
            return {"judgement": "gap_accepted", "from": judgement.from_number, "to": judgement.to_number}
        case cs.Fork():
            branch = [entry.number for entry in judgement.branch]
            return {"judgement": "fork", "at": judgement.at, "branch": branch}
        case cs.AlreadyClosed():
            return {"judgement": "already_closed", "branch": [entry.number for entry in judgement.branch]}
        case cs.Refused():
            return {"judgement": "refused", "reason": judgement.reason}


async def test_pushes_and_gaps_one_after_the_other() -> None:
    vector = read("push")
    device = cs.EnrolledDevice(vector["facility"], cs.VerifyingKey.from_jwk(vector["keys"]["device"]["jwk"]))
    storage = cs.MemoryLogStorage()
    for step in vector["steps"]:
        receive = cs.receive_push if step["to"] == "entries" else cs.receive_gap
        async with storage.transaction() as transaction:
            judgement = await receive(transaction, vector["log"], step["body"].encode(), device)
        assert _shown(judgement) == step["expect"]
    async with storage.transaction() as transaction:
        state = await transaction.read_state(vector["log"])
    end = vector["end"]
    assert state == cs.LogState(end["number"], bytes.fromhex(end["hash"]), is_closed=end["is_closed"])
