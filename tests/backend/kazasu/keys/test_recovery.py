"""The recovery file: opens with its code as people write it, with nothing else, and says nothing in clear."""

import msgspec
import pytest

from kazasu.keys.recovery import (
    RecoveredKeys,
    RecoveryError,
    new_recovery_code,
    open_recovery_file,
    sealed_recovery_file,
)

KEYS = RecoveredKeys(server_key=b"PEM", sealing_keys=[b"1" * 32, b"2" * 32], storage_key=b"3" * 32)
CODE = "ABCDE-FGHJK-MNPQR-STVWX-YZ010"


@pytest.fixture(scope="module")
def file() -> bytes:
    return sealed_recovery_file(KEYS, CODE, facility="f", facility_name="訓練", mode="exercise", made_at="2026")


@pytest.mark.parametrize(
    "typed",
    [CODE, CODE.lower(), CODE.replace("-", ""), CODE.replace("-", " "), "ABCDE-FGHJK-MNPQR-STVWX-YZOIO", f" {CODE}\n"],
)
def test_it_opens_with_its_code_however_it_is_typed(file: bytes, typed: str) -> None:
    assert open_recovery_file(file, typed) == KEYS


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("ABCDE-FGHJK-MNPQR-STVWX-YZ011", "wrong_code_or_damaged"),
        ("ABCDE", "not_a_code"),
        ("U" * 25, "not_a_code"),
        ("", "not_a_code"),
    ],
)
def test_another_code_does_not_open_it(file: bytes, code: str, why: str) -> None:
    with pytest.raises(RecoveryError) as refused:
        open_recovery_file(file, code)
    assert refused.value.why == why


@pytest.mark.parametrize("octets", [b"", b"{}", b"\xff", b'{"format":"other"}'])
def test_another_file_is_none(octets: bytes) -> None:
    with pytest.raises(RecoveryError, match="not_a_recovery_file"):
        open_recovery_file(octets, CODE)


@pytest.mark.parametrize(
    ("member", "value"),
    [("facility", "g"), ("mode", "live"), ("ciphertext", "AAAA"), ("nonce", "AAAA"), ("salt", "AAAA"), ("n", 2**16)],
)
def test_a_file_that_was_changed_does_not_open(file: bytes, member: str, value: object) -> None:
    changed = msgspec.json.decode(file) | {member: value}
    with pytest.raises(RecoveryError, match="wrong_code_or_damaged"):
        open_recovery_file(msgspec.json.encode(changed), CODE)


def test_a_file_that_asks_for_endless_work_is_refused(file: bytes) -> None:
    changed = msgspec.json.decode(file) | {"n": 2**30}
    with pytest.raises(RecoveryError, match="not_a_recovery_file"):
        open_recovery_file(msgspec.json.encode(changed), CODE)


def test_no_key_is_in_clear_nor_in_a_repr(file: bytes) -> None:
    assert b"1111" not in file
    assert "1111" not in repr(KEYS)


def test_codes_are_random_and_readable() -> None:
    codes = {new_recovery_code() for _ in range(50)}
    assert len(codes) == 50
    assert all(len(code) == 29 and not set(code) & set("ILOU") for code in codes)
