"""Every error has words in both languages that say what happened, which secret, and what to do next."""

import pytest

from mynacard import errors
from mynacard.certificate import ChainError
from mynacard.errors import CardError
from mynacard.message import SECRETS, message_of
from mynacard.secret import reference_of
from mynacard.wording import FORMAT_PROBLEMS

EXAMPLES: list[CardError] = [
    errors.CardError(),
    errors.TransportError("0x80100016"),
    errors.CardRemovedError("0x80100069"),
    errors.NoServiceError("pcsc", "package_absent"),
    errors.NoServiceError("pcsc", "library_absent"),
    errors.NoServiceError("pcsc", "not_running"),
    errors.NoServiceError("contactless", "package_absent"),
    errors.NoReaderError(),
    errors.NoReaderError("ACR", ("ACR 1", "ACR 2")),
    errors.NoReaderError("ACR"),
    errors.NoCardError("Reader"),
    errors.ReaderBusyError("Reader"),
    errors.ReaderError(),
    errors.RefusedByPolicyError("file"),
    errors.StatusError(0x6985, "sign"),
    errors.NotMyNumberCardError("resident_card"),
    errors.NotMyNumberCardError("unknown_label"),
    errors.ProfileUnavailableError("android"),
    errors.CertificateNeedsPinError(),
    errors.DamagedDataError("certificate", "truncated"),
    errors.SignatureMismatchError(),
    errors.CertificateNotReadError(b"signature"),
    ChainError("no_issuer"),
    *(errors.SecretFormatError(secret, problem) for secret in SECRETS for problem in (*FORMAT_PROBLEMS, "new")),
    *(errors.PinWrongError(secret, left) for secret in SECRETS for left in (2, None)),
    *(errors.PinBlockedError(secret) for secret in SECRETS),
    *(errors.LastTryRefusedError(secret, left) for secret in SECRETS for left in (1, None)),
    *(errors.VerifyRefusedError(secret, 0x6985, 3) for secret in SECRETS),
    *(errors.VerifyInterruptedError(secret, 3, left) for secret in SECRETS for left in (3, 2, None)),
    errors.SecretError("jpki_pin"),
]


def all_errors(kind: type[CardError] = CardError) -> set[type[CardError]]:
    return {kind}.union(*(all_errors(child) for child in kind.__subclasses__()))


def test_every_error_has_an_example_here() -> None:
    of_the_library = {kind for kind in all_errors() if kind.__module__ in ("mynacard.errors", "mynacard.certificate")}
    assert of_the_library == {type(error) for error in EXAMPLES}


@pytest.mark.parametrize("error", EXAMPLES, ids=repr)
def test_every_error_has_words_in_both_languages(error: CardError) -> None:
    message = message_of(error)
    assert any("\u3040" <= character <= "\u30ff" for character in message.japanese)
    assert message.english.isascii() or "照合番号B" in message.english
    assert str(message) == f"{message.japanese}\n{message.english}"
    assert message.english[-1] in ".)"


@pytest.mark.parametrize(
    "error",
    [error for error in EXAMPLES if isinstance(error, errors.SecretError) and type(error) is not errors.SecretError],
    ids=repr,
)
def test_an_error_about_a_secret_says_which(error: errors.SecretError) -> None:
    message = message_of(error)
    name = SECRETS[error.secret]
    assert name.japanese in message.japanese
    assert name.english in message.english
    others = [other for secret, other in SECRETS.items() if secret != error.secret]
    assert not any(other.japanese in message.japanese for other in others)


@pytest.mark.parametrize(
    "error", [error for error in EXAMPLES if isinstance(error, errors.VerifyInterruptedError)], ids=repr
)
def test_an_interrupted_verify_says_which_secret_and_what_became_of_the_try(
    error: errors.VerifyInterruptedError,
) -> None:
    message = message_of(error)
    assert SECRETS[error.secret].english in message.english
    said = {"not_spent": "No try was spent", "spent": "One try was spent", "unknown": "not known"}
    assert said[error.outcome] in message.english


def test_number_b_errors_name_the_usual_confusions() -> None:
    message = message_of(errors.PinWrongError("number_b", 7))
    assert "not a PIN" in message.english
    assert "era year" in message.english
    assert "Western year" in message_of(errors.SecretFormatError("number_b", "western_year")).english


def test_the_names_of_secrets_are_those_of_their_references() -> None:
    from mynacard import JpkiPin, NumberB, TextPin

    assert set(SECRETS) == {reference_of(secret).name for secret in (JpkiPin, TextPin, NumberB)}


def test_codes_are_stable() -> None:
    assert {error.code for error in EXAMPLES} == {
        "card_error",
        "card_removed",
        "certificate_needs_pin",
        "chain",
        "damaged_data",
        "last_try_refused",
        "no_card",
        "no_reader",
        "no_service",
        "not_my_number_card",
        "pin_blocked",
        "pin_wrong",
        "profile_unavailable",
        "reader_busy",
        "refused_by_policy",
        "secret_format",
        "signature_mismatch",
        "transport",
        "unexpected_status",
        "verify_refused",
    }
