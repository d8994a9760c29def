"""Whatever octets come, the readers raise what they say they raise, and nothing else."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import checksync as cs
from checksync.feed import decode_feed_page

KEY = cs.SigningKey.generate()
SIGNED = cs.sign(cs.Assertion(nonce="n", facility="fa"), KEY)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_readers_of_octets_raise_what_they_say(octets: bytes) -> None:
    for read in (
        cs.parse_genesis,
        cs.decode_entry,
        cs.decode_push,
        cs.decode_gap_report,
        cs.decode_push_answer,
        decode_feed_page,
        cs.parse_intent,
        lambda rest: cs.parse_intent(b"kazasu-intent-v1\n" + rest),
    ):
        with pytest.raises(cs.MalformedError):
            read(octets)
    assert cs.decode_problem(octets) is None
    with pytest.raises(cs.UnknownSuiteError):
        cs.key_id_of(octets)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_no_text_is_a_statement_or_a_code(text: str) -> None:
    with pytest.raises(cs.StatementError):
        cs.verify(text, cs.Assertion, KEY.verifying_key)
    with pytest.raises(cs.EnrolmentCodeError):
        cs.EnrolmentCode.parse(text)
    assert cs.signer_of(text) is None


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(SIGNED) - 1), st.characters())
def test_a_statement_with_another_character_says_the_same_or_nothing(place: int, character: str) -> None:
    changed = SIGNED[:place] + character + SIGNED[place + 1 :]
    with contextlib.suppress(cs.StatementError):
        assert cs.verify(changed, cs.Assertion, KEY.verifying_key) == cs.Assertion(nonce="n", facility="fa")


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text(max_size=20), json_values, max_size=5), st.integers(1, 2**53 - 1))
def test_any_object_survives_as_the_body_of_a_kind_yet_unknown(body: dict[str, object], number: int) -> None:
    import json
    from datetime import UTC, datetime

    octets = json.dumps(body).encode()
    at = datetime(2026, 1, 1, tzinfo=UTC)
    try:
        entry = cs.decode_entry(cs.encode_entry("ab" * 32, number, at, "later", octets))
    except cs.MalformedError:
        # Not every float and surrogate that Python writes is JSON.
        return
    assert bytes(entry.body) == octets
    assert (entry.number, entry.device_recorded_at) == (number, at)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=2000), st.integers(1, 2**53 - 1), st.binary(min_size=32, max_size=32))
def test_what_is_sealed_opens_as_itself_and_grows_by_a_constant(entry: bytes, number: int, log: bytes) -> None:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    private = X25519PrivateKey.generate()
    sealed = cs.SealingPublicKey(private.public_key().public_bytes_raw()).seal(entry, log.hex(), number)
    assert cs.PrivateKeyOpener([private]).open(sealed, log.hex(), number) == entry
    assert len(sealed) == len(entry) + cs.SEALED_OVERHEAD
