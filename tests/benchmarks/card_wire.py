"""What a card touch puts on the air: ours and OpenSC's on the same virtual card in one run, beside the floor.

    python tests/benchmarks/card_wire.py [--json]

Counts command APDUs, ISO-DEP blocks and bytes, and models the wire time at 106 and 424 kbit/s (`mynacard.air`: bytes
and the standard's least gaps; no card, reader or computer). The card has a certificate of 1,600 bytes. Jobs:

    certificate   the user-authentication certificate alone
    sign          counter, PIN and signature, certificate known and not looked at
    known card    label, head of the certificate, counter, PIN, signature; verified with the certificate at hand
    whole touch   label, counter, PIN, signature, certificate

The floor is the plain script of public clients (SELECT by id, length first, reads of 256 bytes, no counter asked), as
it was modelled before this library was written; `script` runs it on the same card and through the same model, so that
the two models can be compared. OpenSC goes through pcscd and vpcd and is left out, with a line that says so, where
they are not installed or may not be started. It probes for other cards first unless its driver is named; its sign job
asks counters, too, and pkcs11-tool's whole touch reads all certificates that it can.

Nothing here is timed: the same run gives the same figures on any machine.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from harness.pcscd import PrivatePcscd, missing_parts

from mynacard import CardSession, JpkiPin, ReaderMemory
from mynacard.air import air_time
from mynacard.emulator import PEOPLE, VirtualCard, VirtualReader, virtual_card
from mynacard.emulator.credential import authentication
from mynacard.transcript import Exchange

PERSON = PEOPLE["kimura"]
MESSAGE = b"kazasu-intent-v1 benchmark"
DIGEST_INFO = bytes.fromhex("3031300D060960864801650304020105000420") + hashlib.sha256(MESSAGE).digest()
JPKI = bytes.fromhex("D392F000260100000001")

# Modelled wire time of the plain script at 106 and 424 kbit/s; a known card's is that of signing alone.
FLOOR_MS = {"certificate": (180, 49), "sign": (46, 13), "known card": (46, 13), "whole touch": (223, 61)}


@dataclass(frozen=True)
class Row:
    """One job done by one client."""

    job: str
    client: str
    commands: int
    closing: int
    blocks: int
    octets: int
    ms_106: float
    ms_424: float
    ratio_106: float
    ratio_424: float


def row(job: str, client: str, exchanges: Iterable[Exchange]) -> Row:
    exchanges = list(exchanges)
    air = air_time(exchanges)
    slow, fast = air.milliseconds(106), air.milliseconds(424)
    return Row(
        job=job,
        client=client,
        commands=air.commands,
        closing=sum(exchange.is_closing for exchange in exchanges),
        blocks=air.blocks,
        octets=air.octets,
        ms_106=round(slow, 1),
        ms_424=round(fast, 1),
        ratio_106=round(slow / FLOOR_MS[job][0], 2),
        ratio_424=round(fast / FLOOR_MS[job][1], 2),
    )


def ours(card: VirtualCard, *, extended_length: bool) -> Iterator[Row]:
    client = "mynacard, extended" if extended_length else "mynacard, short"
    held = authentication(PERSON.short_name).der

    def read(session: CardSession) -> None:
        session.certificate()

    def sign(session: CardSession) -> None:
        with JpkiPin(PERSON.jpki_pin) as pin:
            session.verify(pin)
        session.sign_sha256(hashlib.sha256(MESSAGE).digest())

    def prove_known(session: CardSession) -> None:
        with JpkiPin(PERSON.jpki_pin) as pin:
            assert not session.prove(MESSAGE, pin, known=lambda _serial: held).certificate_read

    def prove(session: CardSession) -> None:
        with JpkiPin(PERSON.jpki_pin) as pin:
            assert session.prove(MESSAGE, pin).certificate_read

    jobs: dict[str, Callable[[CardSession], None]] = {
        "certificate": read,
        "sign": sign,
        "known card": prove_known,
        "whole touch": prove,
    }
    # A reader that is known to refuse extended length: the one wasted command of its first card is not counted.
    memory = ReaderMemory()
    for job, work in jobs.items():
        reader = VirtualReader(card, extended_length=extended_length)
        before = len(card.transcript)
        with CardSession(reader.connect(), memory=memory) as session:
            work(session)
        # The card's own count keeps ours honest.
        assert len(card.transcript) - before == len(session.transcript)
        yield row(job, client, session.transcript)


def script(card: VirtualCard, *, extended_length: bool) -> Iterator[Row]:
    """The floor's own script, run on this card."""
    size = len(authentication(PERSON.short_name).der)
    select = [b"\x00\xa4\x04\x0c\x0a" + JPKI]
    read = [bytes.fromhex("00A4020C02000A"), bytes.fromhex("00B0000004")]
    if extended_length:
        read.append(bytes.fromhex("00B0000000") + size.to_bytes(2, "big"))
    else:
        read += [
            b"\x00\xb0" + offset.to_bytes(2, "big") + bytes([min(256, size - offset) % 256])
            for offset in range(0, size, 256)
        ]
    sign = [
        bytes.fromhex("00A4020C020018"),
        bytes.fromhex("0020008004") + PERSON.jpki_pin.encode(),
        bytes.fromhex("00A4020C020017"),
        bytes.fromhex("802A008033") + DIGEST_INFO + b"\x00",
    ]
    client = "script, extended" if extended_length else "script, short"
    jobs = {"certificate": select + read, "sign": select + sign, "whole touch": select + read + sign}
    for job, commands in jobs.items():
        card.power_on()
        before = len(card.transcript)
        for command in commands:
            assert card.process(command)[-2:] == b"\x90\x00"
        yield row(job, client, card.transcript.exchanges[before:])


def opensc(card: VirtualCard) -> Iterator[Row]:
    """OpenSC's tools, which public JPKI clients on Linux use, with its driver named and found by itself."""
    with tempfile.TemporaryDirectory() as folder, PrivatePcscd() as pcscd, pcscd.inserted(card):
        message, digest, signed = (str(Path(folder, name)) for name in ("message", "digest", "signature"))
        Path(message).write_bytes(MESSAGE)
        Path(digest).write_bytes(hashlib.sha256(MESSAGE).digest())
        pin = PERSON.jpki_pin
        jobs = {
            "certificate": ["pkcs15-tool", "--read-certificate", "01"],
            "sign": [
                *("pkcs15-crypt", "--sign", "--key", "01", "--pin", pin, "--pkcs1", "--sha-256"),
                *("--input", digest, "--output", signed),
            ],
            "whole touch": [
                *("pkcs11-tool", "--login", "--pin", pin, "--sign", "--id", "01", "-m", "SHA256-RSA-PKCS"),
                *("--input-file", message, "--output-file", signed),
            ],
        }
        for client, driver in (("OpenSC, driver named", {"OPENSC_DRIVER": "jpki"}), ("OpenSC", {})):
            for job, command in jobs.items():
                before = len(card.transcript)
                subprocess.run(
                    command,
                    env={**pcscd.environment, **driver, "OPENSC_CONF": os.devnull},
                    check=True,
                    capture_output=True,
                )
                yield row(job, client, card.transcript.exchanges[before:])


def why_without_opensc() -> str | None:
    """Why OpenSC cannot be measured here, or None."""
    missing = missing_parts() + [
        tool for tool in ("pkcs15-tool", "pkcs15-crypt", "pkcs11-tool") if not shutil.which(tool)
    ]
    return "left out: OpenSC, for want of " + ", ".join(missing) if missing else None


def measure() -> tuple[list[Row], str | None]:
    """All rows, and what was left out."""
    card = virtual_card(PERSON.short_name)
    rows = [*ours(card, extended_length=True), *ours(card, extended_length=False)]
    rows += [*script(card, extended_length=True), *script(card, extended_length=False)]
    left_out = why_without_opensc()
    if left_out is None:
        rows += opensc(card)
    return sorted(rows, key=lambda found: list(FLOOR_MS).index(found.job)), left_out


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--json", action="store_true", help="one JSON object")
    as_json = arguments.parse_args().json
    rows, left_out = measure()
    if as_json:
        print(
            json.dumps(
                {"rows": [asdict(found) for found in rows], "floor_ms": FLOOR_MS, "left_out": left_out}, indent=2
            )
        )
        return
    form = "{:12} {:22} {:>8} {:>7} {:>6} {:>6} {:>9} {:>8} {:>9} {:>8}"
    print(
        form.format(
            "job", "client", "commands", "closing", "blocks", "bytes", "ms at 106", "of floor", "ms at 424", "of floor"
        )
    )
    job = ""
    for found in rows:
        if found.job != job:
            job = found.job
            slow, fast = FLOOR_MS[job]
            print(form.format(job, "floor", "", "", "", "", f"{slow}", "1.00", f"{fast}", "1.00"))
        print(
            form.format(
                "",
                found.client,
                found.commands,
                found.closing,
                found.blocks,
                found.octets,
                f"{found.ms_106:.1f}",
                f"{found.ratio_106:.2f}",
                f"{found.ms_424:.1f}",
                f"{found.ratio_424:.2f}",
            )
        )
    if left_out is not None:
        print(left_out)


if __name__ == "__main__":
    main()
