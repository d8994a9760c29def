"""Identifiers that a device draws: check, visit, consent. Imports no transport and no storage."""

import secrets


def new_identifier() -> str:
    """16 random octets, in hexadecimal."""
    return secrets.token_hex(16)
