"""Made the frozen vectors under sync/, once. Uses nothing of checksync: it follows the format page by itself.

    python tests/vectors/generate_sync.py

It refuses to write over a file.
"""

import base64
import hashlib
import json
import struct
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hpke_by_hand import encrypt

HERE = Path(__file__).parent / "sync"


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


class Signer:
    """A P-256 key from a fixed seed."""

    def __init__(self, seed: str) -> None:
        self.key = ec.derive_private_key(int.from_bytes(sha(seed.encode())) >> 1, ec.SECP256R1())
        numbers = self.key.public_key().public_numbers()
        self.jwk = {
            "crv": "P-256",
            "kty": "EC",
            "x": b64url(numbers.x.to_bytes(32, "big")),
            "y": b64url(numbers.y.to_bytes(32, "big")),
        }
        # RFC 7638: required members, in the order of their names, without spaces.
        self.thumbprint = b64url(sha(compact(self.jwk)))

    @property
    def pem(self) -> str:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    def jws(self, typ: str, payload: dict[str, Any], **header: Any) -> str:
        members = {"alg": "ES256", "typ": typ, "kid": self.thumbprint} | header
        text = f"{b64url(compact(members))}.{b64url(compact(payload))}"
        r, s = decode_dss_signature(self.key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{text}.{b64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


DEVICE = Signer("kazasu vectors: device")
SERVER = Signer("kazasu vectors: server")
STRANGER = Signer("kazasu vectors: stranger")
SEALING = X25519PrivateKey.from_private_bytes(sha(b"kazasu vectors: sealing"))
SEALING_PUBLIC = SEALING.public_key().public_bytes_raw()
SEALING_ID = sha(b"kazasu-sealing-key-v1" + SEALING_PUBLIC)[:16]
FACILITY = "f0c1117a"
EPOCH = "e1" * 16
AT = "2026-11-22T01:02:03.456Z"
LATER = "2026-11-22T09:00:00.000Z"
KEYS = {
    "device": {"jwk": DEVICE.jwk, "thumbprint": DEVICE.thumbprint, "private_pem": DEVICE.pem},
    "server": {"jwk": SERVER.jwk, "thumbprint": SERVER.thumbprint, "private_pem": SERVER.pem},
    "sealing": {
        "private": b64(SEALING.private_bytes_raw()),
        "public": b64(SEALING_PUBLIC),
        "id": SEALING_ID.hex(),
    },
}


def seal(entry: bytes, log: bytes, number: int) -> bytes:
    info = b"kazasu-seal-v1" + log + struct.pack(">Q", number) + SEALING_ID
    ephemeral = sha(b"kazasu vectors: ephemeral" + log + struct.pack(">Q", number))
    return bytes.fromhex("002000010002") + SEALING_ID + encrypt(ephemeral, SEALING_PUBLIC, info, entry)


class Log:
    def __init__(self, random: str, predecessor: dict[str, str] | None = None) -> None:
        self.genesis = compact(
            {
                "format": "kazasu-log-v1",
                "facility": FACILITY,
                "device": DEVICE.thumbprint,
                "random": random,
                "predecessor": predecessor,
            }
        )
        self.log = sha(b"kazasu-log-v1" + self.genesis)
        self.hashes = [self.log]
        self.entries: list[bytes] = []
        self.sealed: list[bytes] = []
        self.heads: list[str] = []

    def record(self, kind: str, body: object) -> None:
        number = len(self.entries) + 1
        entry = compact({"log": self.log.hex(), "number": number, "device_recorded_at": AT, "kind": kind, "body": body})
        self.add(entry, seal(entry, self.log, number))

    def add(self, entry: bytes, sealed: bytes) -> None:
        number = len(self.entries) + 1
        self.entries.append(entry)
        self.sealed.append(sealed)
        self.hashes.append(sha(b"kazasu-entry-v1" + self.hashes[-1] + struct.pack(">Q", number) + sha(sealed)))
        self.heads.append(
            DEVICE.jws(
                "kazasu-head",
                {
                    "log": self.log.hex(),
                    "number": number,
                    "hash": self.hashes[-1].hex(),
                    "oldest": 1,
                    "device_time": AT,
                },
            )
        )

    def branch(self, length: int) -> "Log":
        twin = Log.__new__(Log)
        twin.genesis, twin.log = self.genesis, self.log
        twin.hashes, twin.entries = self.hashes[: length + 1], self.entries[:length]
        twin.sealed, twin.heads = self.sealed[:length], self.heads[:length]
        return twin

    def push(self, first: int, last: int) -> dict[str, Any]:
        return {
            "genesis": b64(self.genesis),
            "first": first,
            "before": self.hashes[first - 1].hex(),
            "sealed": [b64(sealed) for sealed in self.sealed[first - 1 : last]],
            "head": self.heads[last - 1],
            "newest_head": self.heads[-1],
        }


def intent(**changes: Any) -> dict[str, Any]:
    return {
        "check": "c1" * 16,
        "log": "ab" * 32,
        "last_hash": "cd" * 32,
        "facility": FACILITY,
        "check_type": "home_consent",
        "setting": "home_visit",
        "identity_method": "pin",
        "pin_typed_by": {"who": "self"},
        "subject": {"on": "visit", "id": "b151"},
        "consents": [
            {"kind": "medication", "given": True, "text": "medication-1"},
            {"kind": "check_ups", "given": False, "text": "check-ups-1"},
        ],
        "duty_pass": "d07e",
        "device_time": AT,
        "anchor": {"statement": anchor(), "elapsed_ms": 61_000},
        "random": "7a" * 16,
    } | changes


_ANCHOR = SERVER.jws("kazasu-anchor", {"id": "a1" * 16, "epoch": EPOCH, "facility": FACILITY, "time": AT})


def anchor() -> str:
    return _ANCHOR


def intent_octets(**changes: Any) -> bytes:
    return b"kazasu-intent-v1\n" + compact(intent(**changes))


def hpke_file() -> dict[str, Any]:
    samples = []
    for number, text in [(1, "first"), (2**32, "門口で確認"), (2**53 - 1, "")]:
        log = sha(b"some log")
        samples.append(
            {
                "log": log.hex(),
                "number": number,
                "entry": b64(text.encode()),
                "sealed": b64(seal(text.encode(), log, number)),
            }
        )
    return {
        "published": {
            "source": "RFC 9180; CFRG test-vectors.json, mode 0, kem 32, kdf 1, aead 2, encryption 0",
            "info": "4f6465206f6e2061204772656369616e2055726e",
            "skRm": "497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d",
            "pkRm": "430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c",
            "skEm": "179d4b53b6365c45b600c4163b61d95cbc2f4d9e36f1695558dce265ab8bab11",
            "enc": "6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256",
            "shared_secret": "3101c54c3a4f87439eaac080699ed9bbcc726ffe44e860c0424ccb7e3e2ead7b",
            "key": "f50b0609186798729ed0564b36ef2ef8044f1f9d05636874d1f46c819c7a669f",
            "base_nonce": "151d9929e2449747889bc923",
            "aad": "436f756e742d30",
            "pt": "4265617574792069732074727574682c20747275746820626561757479",
            "ct": "e5d84cd531cfb583096e7cfa9641bd3079cf3a91cda813c52deb5f512be9931980a41de125a925cdad859d5b7a",
        },
        "key": KEYS["sealing"],
        "sealed": samples,
    }


def log_file() -> dict[str, Any]:
    log = Log("5e" * 16)
    about = {"check": None, "visit": "b151", "duty_pass": "d07e"}
    check = {
        "check": "c1" * 16,
        "intent": b64(intent_octets(log=log.log.hex(), last_hash=log.log.hex())),
        "card": {
            "kind": "plastic",
            "certificate_sha256": sha(b"not a real certificate").hex(),
            "certificate": b64(b"not a real certificate"),
            "signature": b64(bytes(range(256))),
            "attributes": None,
        },
        "attestation": None,
        "repeat_of": None,
    }
    visual = {
        "check": "c2" * 16,
        "intent": b64(intent_octets(check="c2" * 16, identity_method="visual", pin_typed_by=None)),
        "card": {
            "kind": "plastic",
            "certificate_sha256": sha(b"not a real certificate").hex(),
            "certificate": b64(b"not a real certificate"),
            "signature": None,
            "attributes": {
                "name": "見本　花子",
                "address": "架空県見本市一丁目",
                "birth_date": "19500101",
                "sex": "2",
                "by": "number_b",
            },
        },
        "attestation": {"duty_pass": "d07e", "text": "visual-v1", "device_time": AT},
        "repeat_of": "c1" * 16,
    }
    log.record("check", check)
    log.record("check", visual)
    log.record(
        "substitute",
        about
        | {"reason": "no_card", "document": "qualification_certificate", "fields": {"number": "123", "branch": None}},
    )
    log.record("declaration", about | {"form": "2024-12", "fields": {"name": "見本　花子", "copayment_percent": 30}})
    log.record(
        "consent",
        about | {"consent": "c0" * 16, "patient": None, "kinds": [{"kind": "treatment", "given": True, "text": "t-1"}]},
    )
    log.record("consent_withdrawn", {"consent": "c0" * 16, "duty_pass": "d07e", "reason": "asked"})
    log.record("void", {"check": "c2" * 16, "duty_pass": "d07e", "reason": "wrong patient"})
    log.record("trouble", about | {"category": "reader", "response": "document", "full_charge": False, "note": ""})
    log.record("not_known_yet", {"anything": [1, {"deep": True}]})
    successor = Log("5f" * 16, {"log": log.log.hex(), "hash": log.hashes[-1].hex()})
    return {
        "keys": KEYS,
        "at": AT,
        "genesis": b64(log.genesis),
        "log": log.log.hex(),
        "successor": {"genesis": b64(successor.genesis), "log": successor.log.hex()},
        "entries": [
            {
                "number": number,
                "kind": json.loads(entry)["kind"],
                "entry": b64(entry),
                "json": entry.decode(),
                "sealed": b64(sealed),
                "digest": sha(sealed).hex(),
                "hash": current.hex(),
                "head": head,
            }
            for number, (entry, sealed, current, head) in enumerate(
                zip(log.entries, log.sealed, log.hashes[1:], log.heads, strict=True), 1
            )
        ],
    }


def statement_file() -> dict[str, Any]:
    digest = "ab" * 32
    good: list[tuple[str, Signer, dict[str, Any]]] = [
        ("kazasu-head", DEVICE, {"log": digest, "number": 7, "hash": "cd" * 32, "oldest": 3, "device_time": AT}),
        (
            "kazasu-ack",
            SERVER,
            {"epoch": EPOCH, "log": digest, "number": 7, "hash": "cd" * 32, "forgettable": 5, "time": AT},
        ),
        (
            "kazasu-ack",
            SERVER,
            {"epoch": EPOCH, "log": digest, "number": 0, "hash": digest, "forgettable": 0, "time": AT},
        ),
        ("kazasu-anchor", SERVER, {"id": "a1" * 16, "epoch": EPOCH, "facility": FACILITY, "time": AT}),
        (
            "kazasu-duty",
            SERVER,
            {
                "id": "d07e",
                "staff": "57aff1",
                "roles": ["visitor", "counter"],
                "facility": FACILITY,
                "device": DEVICE.thumbprint,
                "from": AT,
                "until": LATER,
            },
        ),
        (
            "kazasu-closed",
            SERVER,
            {"epoch": EPOCH, "log": digest, "number": 7, "hash": "cd" * 32, "time": AT, "why": "fork"},
        ),
        ("kazasu-assertion", DEVICE, {"nonce": "bm9uY2U", "facility": FACILITY}),
        ("kazasu-enrolment", DEVICE, {"code": "0123456789abcdefghijkl", "facility": None}),
        (
            "kazasu-gap",
            DEVICE,
            {"log": digest, "from": 3, "to": 5, "why": "damaged", "hash_before": None, "hash_after": "ef" * 32},
        ),
    ]
    typ, _, payload = good[3]
    signed = SERVER.jws(typ, payload)
    header, body, signature = signed.split(".")
    other = b64url(compact(payload | {"time": LATER}))
    none = b64url(compact({"alg": "none", "typ": typ, "kid": SERVER.thumbprint}))
    bad = [
        ("bad_signature", f"{header}.{other}.{signature}"),
        ("wrong_type", SERVER.jws("kazasu-duty", payload)),
        ("wrong_type", SERVER.jws("JWT", payload)),
        ("wrong_algorithm", f"{none}.{body}."),
        ("wrong_algorithm", SERVER.jws(typ, payload, alg="ES384")),
        ("wrong_key", STRANGER.jws(typ, payload)),
        ("bad_signature", STRANGER.jws(typ, payload, kid=SERVER.thumbprint)),
        ("malformed", SERVER.jws(typ, payload, jwk=SERVER.jwk)),
        ("malformed", SERVER.jws(typ, payload, crit=["exp"], exp=1)),
        ("malformed", SERVER.jws(typ, {name: value for name, value in payload.items() if name != "time"})),
        ("malformed", SERVER.jws(typ, payload | {"epoch": "E1"})),
        ("malformed", SERVER.jws(typ, payload | {"time": "2026-11-22T01:02:03.456"})),
        ("malformed", f"{header}.{body}"),
        ("malformed", ""),
    ]
    return {
        "keys": KEYS,
        "valid": [
            {
                "typ": typ,
                "by": "device" if signer is DEVICE else "server",
                "payload": payload,
                "jws": signer.jws(typ, payload),
            }
            for typ, signer, payload in good
        ],
        "unknown_members_are_ignored": SERVER.jws(typ, payload | {"added_later": {"x": 1}}),
        "refused_as_anchor_of_the_server": [{"why": why, "jws": text} for why, text in bad],
    }


def intent_file() -> dict[str, Any]:
    valid = [
        intent_octets(),
        intent_octets(pin_typed_by={"who": "proxy", "relation": "長女"}, subject={"on": "patient", "id": "9a7e"}),
        intent_octets(
            check_type="eligibility_only",
            setting="treatment",
            identity_method="visual",
            pin_typed_by=None,
            subject={"on": "not_on_list"},
            consents=[{"kind": "limit_amount", "given": True, "text": "limit-1"}],
            anchor=None,
        ),
        intent_octets(anchor={"statement": anchor(), "elapsed_ms": None}, consents=[]),
    ]
    refused = [
        ("no_prefix", compact(intent())),
        ("other_version", b"kazasu-intent-v2\n" + compact(intent())),
        ("no_line_feed", b"kazasu-intent-v1" + compact(intent())),
        ("carriage_return", b"kazasu-intent-v1\r\n" + compact(intent())),
        ("no_random", b"kazasu-intent-v1\n" + compact({k: v for k, v in intent().items() if k != "random"})),
        ("unknown_setting", intent_octets(setting="moon")),
        ("medical_consent", intent_octets(check_type="eligibility_only")),
        (
            "medical_consent",
            intent_octets(
                check_type="eligibility_only", consents=[{"kind": "specified_illness", "given": False, "text": "s-1"}]
            ),
        ),
        (
            "consent_twice",
            intent_octets(consents=[{"kind": "medication", "given": g, "text": "m"} for g in (True, False)]),
        ),
        ("pin_typed_by", intent_octets(pin_typed_by=None)),
        ("pin_typed_by", intent_octets(identity_method="visual")),
    ]
    return {
        "valid": [
            {
                "intent": b64(octets),
                "digest": sha(octets).hex(),
                "json": octets.split(b"\n", 1)[1].decode(),
            }
            for octets in valid
        ],
        "refused": [{"why": why, "intent": b64(octets)} for why, octets in refused],
    }


def enrolment_file() -> dict[str, Any]:
    def code(url: str, secret: str, pin: str) -> str:
        return f"KZ1.{b64url(url.encode())}.{secret}.{pin}"

    secret, pin = "0123456789abcdefghij-_", b64url(sha(b"key info"))
    valid = [
        ("https://clinic.example:8443", secret, pin),
        ("https://192.0.2.1/kazasu", secret, pin),
        ("http://127.0.0.1:8000", secret, "-"),
        ("http://[::1]:8000", secret, "-"),
    ]
    refused = [
        code("http://clinic.example", secret, "-"),
        code("https://clinic.example", secret, "-"),
        code("http://127.0.0.1:8000", secret, pin),
        code("https://clinic.example", secret[:-1], pin),
        code("https://clinic.example", secret, pin)[4:],
        code("https://clinic.example", secret, pin) + ".",
        "KZ2" + code("https://clinic.example", secret, pin)[3:],
        "KZ1.%%%." + secret + "." + pin,
    ]
    return {
        "valid": [{"code": code(*parts), "url": parts[0], "secret": parts[1], "pin": parts[2]} for parts in valid],
        "refused": refused,
    }


def push_file() -> dict[str, Any]:
    log = Log("77" * 16)
    for number in range(1, 9):
        log.record("trouble", {"check": None, "visit": "b151", "duty_pass": "d07e", "category": f"c{number}",
                               "response": "", "full_charge": False, "note": ""})  # fmt: skip
    twin = log.branch(7)
    twin.record("not_known_yet", {"branch": "other"})
    twin.record("not_known_yet", {"branch": "goes on"})

    def gap(first: int, last: int, hash_before: str | None) -> dict[str, Any]:
        payload = {
            "log": log.log.hex(),
            "from": first,
            "to": last,
            "why": "damaged",
            "hash_before": hash_before,
            "hash_after": log.hashes[last].hex(),
        }
        return {"genesis": b64(log.genesis), "gap": DEVICE.jws("kazasu-gap", payload)}

    damaged = log.push(3, 4)
    damaged["sealed"] = [damaged["sealed"][0], b64(log.sealed[3][:-1] + b"\x00")]
    steps: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("entries", log.push(1, 2), {"judgement": "accepted", "new": [1, 2]}),
        ("entries", log.push(1, 2), {"judgement": "accepted", "new": []}),
        ("entries", damaged, {"judgement": "refused", "reason": "chain"}),
        ("entries", log.push(2, 4), {"judgement": "accepted", "new": [3, 4]}),
        ("entries", log.push(7, 8), {"judgement": "gap", "expected": 5}),
        ("gaps", gap(5, 6, log.hashes[4].hex()), {"judgement": "gap_accepted", "from": 5, "to": 6}),
        ("gaps", gap(5, 6, None), {"judgement": "gap_accepted", "from": 5, "to": 6}),
        ("entries", log.push(7, 8), {"judgement": "accepted", "new": [7, 8]}),
        ("entries", twin.push(9, 9), {"judgement": "fork", "at": 8, "branch": [9]}),
        ("entries", twin.push(8, 9), {"judgement": "already_closed", "branch": [8, 9]}),
        ("entries", log.push(6, 8), {"judgement": "already_closed", "branch": [6, 7, 8]}),
        ("entries", log.push(7, 8), {"judgement": "accepted", "new": []}),
    ]
    return {
        "keys": KEYS,
        "facility": FACILITY,
        "log": log.log.hex(),
        "steps": [{"to": to, "body": compact(body).decode(), "expect": expect} for to, body, expect in steps],
        "end": {"number": 8, "hash": log.hashes[8].hex(), "is_closed": True},
    }


def main() -> None:
    HERE.mkdir(exist_ok=True)
    files = {
        "hpke": hpke_file,
        "log": log_file,
        "statement": statement_file,
        "intent": intent_file,
        "enrolment": enrolment_file,
        "push": push_file,
    }
    for name, make in files.items():
        with (HERE / f"{name}.json").open("x", encoding="utf-8") as file:
            json.dump(make(), file, ensure_ascii=False, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
