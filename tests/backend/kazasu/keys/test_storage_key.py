"""The storage key: what it encrypts opens only in its own place, and its hashes say nothing without it."""

import pytest

from kazasu.keys import StorageKey, StoredOctetsDamagedError


def test_what_was_encrypted_opens_for_the_same_purpose_and_subject() -> None:
    key = StorageKey.generate()
    stored = key.encrypt(b"certificate", purpose="certificate", subject="row 1")
    assert key.decrypt(stored, purpose="certificate", subject="row 1") == b"certificate"
    assert b"certificate" not in stored
    assert key.encrypt(b"certificate", purpose="certificate", subject="row 1") != stored


@pytest.mark.parametrize(
    ("purpose", "subject", "spoil"),
    [
        ("day-key", "row 1", lambda stored: stored),
        ("certificate", "row 2", lambda stored: stored),
        ("certificate", "row 1", lambda stored: stored[:-1]),
        ("certificate", "row 1", lambda stored: stored[:-1] + bytes([stored[-1] ^ 1])),
        ("certificate", "row 1", lambda stored: b"\x02" + stored[1:]),
        ("certificate", "row 1", lambda stored: b""),
        ("certificate", "row 1", lambda stored: stored[:5]),
    ],
)
def test_what_was_moved_or_changed_does_not_open(purpose: str, subject: str, spoil) -> None:  # type: ignore[no-untyped-def]
    key = StorageKey.generate()
    stored = key.encrypt(b"certificate", purpose="certificate", subject="row 1")
    with pytest.raises(StoredOctetsDamagedError):
        key.decrypt(spoil(stored), purpose=purpose, subject=subject)


def test_another_key_opens_nothing() -> None:
    stored = StorageKey.generate().encrypt(b"x", purpose="p", subject="s")
    with pytest.raises(StoredOctetsDamagedError):
        StorageKey.generate().decrypt(stored, purpose="p", subject="s")


def test_equal_values_have_equal_hashes_under_one_key_and_purpose_only() -> None:
    key = StorageKey.generate()
    assert key.keyed_hash(b"v", purpose="p") == key.keyed_hash(b"v", purpose="p")
    assert key.keyed_hash(b"v", purpose="p") != key.keyed_hash(b"v", purpose="q")
    assert key.keyed_hash(b"v", purpose="p") != StorageKey.generate().keyed_hash(b"v", purpose="p")
    assert key.keyed_hash(b"v", purpose="p") != key.keyed_hash(b"w", purpose="p")


def test_the_key_never_shows_itself() -> None:
    key = StorageKey(b"k" * 32)
    assert "kkk" not in repr(key) + str(key)


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 octets"):
        StorageKey(b"short")
