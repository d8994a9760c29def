"""What a log begins with: whose it is. Imports no transport and no storage."""

import secrets
from typing import Literal

from checksync.chain import log_of
from checksync.encoding import Digest, Identifier, RandomIdentifier, Record, Thumbprint, decode, encode


class Predecessor(Record, frozen=True, kw_only=True):
    """The log that this one goes on from, and the last hash that the device held of it."""

    log: Digest
    hash: Digest


class Genesis(Record, frozen=True, kw_only=True):
    """The log's facility and device. An entry moved to another log, device or facility fits nowhere."""

    format: Literal["kazasu-log-v1"] = "kazasu-log-v1"
    facility: Identifier
    device: Thumbprint
    random: RandomIdentifier
    predecessor: Predecessor | None = None


def new_genesis(facility: str, device: str, predecessor: Predecessor | None = None) -> bytes:
    """The exact octets of a new log's genesis; kept and sent as they are."""
    genesis = Genesis(facility=facility, device=device, random=secrets.token_hex(16), predecessor=predecessor)
    octets = encode(genesis)
    # A bad facility id or thumbprint must be found here, not by the server after the first patient.
    parse_genesis(octets)
    return octets


def parse_genesis(octets: bytes) -> Genesis:
    """`MalformedError` when the octets are no genesis of this version."""
    return decode(octets, Genesis, "genesis")


def log_id(genesis: bytes) -> str:
    """The log that this genesis makes, in hexadecimal."""
    return log_of(genesis).hex()
