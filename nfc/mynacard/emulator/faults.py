"""How a card or its reader can be told to misbehave; every one was seen on, or told of, a real one. Holds no state."""

from dataclasses import dataclass
from typing import Final, Literal

COMPUTE_DIGITAL_SIGNATURE: Final = 0x2A

EndOfFile = Literal["short", "6282", "6B00"]
CertificateDamage = Literal["none", "length", "truncated", "bit"]
ProfileDamage = Literal["none", "length", "missing", "text"]


@dataclass(frozen=True)
class Faults:
    """What goes wrong. Without arguments: nothing."""

    refuse_extended_length: bool = False
    refuse_short_efid: bool = False
    # A read that goes past the end of the file: what is there and 9000, what is there and 6282, or 6B00 and nothing.
    end_of_file: EndOfFile = "short"
    # Files end where their content ends, without filler.
    no_filler: bool = False
    # Gone before it answers the command after that many; back at the next power-up.
    disappear_after: int | None = None
    # Gone once, after a VERIFY with data was counted and before its answer.
    disappear_during_verify: bool = False
    # Seconds before the answer of these instructions.
    delay_s: float = 0.0
    delayed_instructions: frozenset[int] = frozenset({COMPUTE_DIGITAL_SIGNATURE})
    # DER length beyond the file, file ending early, or one bit of the signature wrong.
    damaged_certificate: CertificateDamage = "none"
    # A length beyond the record, the name missing, or a name that is not UTF-8.
    damaged_profile: ProfileDamage = "none"
    bytes_before_profile: int = 0
    long_address: bool = False
    first_select_6f00: bool = False
    # As over T=0: data waits for GET RESPONSE, and a wrong Le is answered with the right one. Never on VERIFY.
    answer_61xx: bool = False
    answer_6cxx: bool = False
    # VERIFY on a blocked secret: 6984, 6983 or 63C0 according to whom one asks.
    blocked_sw: int = 0x6984
    # The free query on a blocked secret.
    blocked_query_sw: int = 0x63C0
    # The free query when the secret is verified already: 63Cx, or 9000 which tells no counter.
    query_9000_when_verified: bool = False
    # A wrong secret answered without a counter.
    wrong_answer_6300: bool = False
