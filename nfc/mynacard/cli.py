"""The command `mynacard`, for people and scripts. A secret is typed hidden or read from stdin, never an argument."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from mynacard.card import CardSession
from mynacard.card_kind import CardKind
from mynacard.certificate import JST, Certificate
from mynacard.connection import ReaderState
from mynacard.errors import CertificateNotReadError
from mynacard.guard import GuardedConnection
from mynacard.proof import Proof
from mynacard.readers import ReaderWatch, list_readers, open_reader, service_states
from mynacard.readers.service import missing_service
from mynacard.secret import JpkiPin, NumberB, TextPin
from mynacard.terminal import ask_secret, errors_shown, keep_stdout_for_results, show

Command = Callable[..., Any]


class LazyGroup(click.Group):
    """Loads the virtual card, its people and their keys only for the command that needs them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), "emulate"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "emulate":
            found = import_module("mynacard.emulator.cli").emulate
            return found if isinstance(found, click.Command) else None
        return super().get_command(ctx, cmd_name)


@click.group(cls=LazyGroup, name="mynacard")
@click.version_option(package_name="kazasu")
def cli() -> None:
    """マイナンバーカードを読む / Reads the My Number card.

    個人番号(12桁)は読みません / Never reads the Individual Number.
    """


def _reader_options(command: Command) -> Command:
    for option in (
        click.option("--json", "as_json", is_flag=True, help="JSONで出力 / Print one JSON object."),
        click.option(
            "--wait",
            "wait_s",
            type=click.FloatRange(min=0),
            default=0.0,
            metavar="SECONDS",
            help="カードを待つ秒数 / How long to wait for a card.",
        ),
        click.option(
            "--reader",
            "reader_name",
            metavar="NAME",
            help="リーダー名 / Reader: a PC/SC name or a part of it, usb, udp:HOST:PORT, emulator:PERSON.",
        ),
    ):
        command = option(command)
    return command


_last_try_option = click.option(
    "--allow-last-try",
    is_flag=True,
    help="残り1回でも送る(間違えるとロック) / Present the secret even if one try is left; a wrong one locks it.",
)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="JSONで出力 / Print one JSON object.")
def readers(as_json: bool) -> None:
    """リーダーと状態の一覧 / List readers and their state."""
    with errors_shown(as_json=as_json):
        found = list_readers()
        services = service_states()
        present = {info.state for info in found}
        none = ReaderState.NO_READER if missing_service() is None else ReaderState.NO_SERVICE
        order = (ReaderState.CARD, ReaderState.NO_CARD)
        state = next((state for state in order if state in present), none)
        result = {
            "state": state.value,
            "readers": [{"name": info.name, "kind": info.kind.value, "state": info.state.value} for info in found],
            "services": [{"kind": info.kind.value, "problem": info.problem} for info in services],
        }
        lines = [f"{info.state.value:10} {info.kind.value:12} {info.name}" for info in found]
        lines += [f"{info.kind.value}: {info.problem}" for info in services if not info.is_running]
        show(result, lines or [state.value], as_json=as_json)


@cli.command()
@_reader_options
def info(reader_name: str | None, wait_s: float, as_json: bool) -> None:
    """カードの種類、残り回数、証明書(暗証番号なし) / Kind, tries left and certificate, without PIN.

    スマートフォンの証明書は暗証番号が要るため出ません / A phone's certificate needs the PIN and is not shown.
    """
    with errors_shown(as_json=as_json):
        with _session(reader_name, wait_s) as session:
            kind = session.identify()
            tries_left = session.tries_left(JpkiPin)
            certificate = None if kind.is_phone else session.certificate()
        described = None if certificate is None else _described(certificate, kind)
        lines = [f"card: {kind.value}", f"tries_left (jpki_pin): {tries_left}"]
        lines += _lines(described) if described is not None else []
        show({"card": kind.value, "tries_left": tries_left, "certificate": described}, lines, as_json=as_json)


@cli.command()
@_reader_options
def certificate(reader_name: str | None, wait_s: float, as_json: bool) -> None:
    """利用者証明用電子証明書をPEMで / The user-authentication certificate as PEM, without PIN."""
    with errors_shown(as_json=as_json):
        with _session(reader_name, wait_s) as session:
            kind = session.identify()
            found = session.certificate()
        show(_described(found, kind), [found.pem.rstrip()], as_json=as_json)


@cli.command()
@_reader_options
@_last_try_option
@click.option(
    "--message",
    "message_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    metavar="FILE",
    help="署名するファイル / The file whose bytes the card signs.",
)
@click.option(
    "--pin-stdin",
    is_flag=True,
    help="利用者証明用電子証明書の暗証番号(4桁)を標準入力から / Read the user-authentication PIN (JPKI) from stdin.",
)
def prove(
    reader_name: str | None, wait_s: float, as_json: bool, message_file: Path, pin_stdin: bool, allow_last_try: bool
) -> None:
    """利用者証明用の暗証番号でファイルに署名し、検証する / Sign a file with the user-authentication PIN, and verify."""
    with errors_shown(as_json=as_json):
        message = message_file.read_bytes()
        with ask_secret(JpkiPin, JpkiPin, from_stdin=pin_stdin, option="--pin-stdin") as pin:
            proof, session = _prove(reader_name, wait_s, message, pin, allow_last_try=allow_last_try)
        described = _described(proof.certificate, proof.kind)
        result = {
            "card": proof.kind.value,
            "certificate": described,
            "tries_left": proof.tries_left,
            "signature": base64.b64encode(proof.signature).decode("ascii"),
            "apdus": proof.apdus,
            "apdus_closing": session.apdus_closing,
        }
        lines = [f"card: {proof.kind.value}", *_lines(described), f"signature: {result['signature']}"]
        show(result, lines, as_json=as_json)


def _prove(
    reader_name: str | None, wait_s: float, message: bytes, pin: JpkiPin, *, allow_last_try: bool
) -> tuple[Proof, CardSession]:
    """The proof; where the caller waits for cards, a touch that broke after the signature is finished by the next."""
    signature = None
    try:
        with _session(reader_name, wait_s) as session:
            return session.prove(message, pin, allow_last_try=allow_last_try), session
    except CertificateNotReadError as error:
        if not wait_s:
            raise
        signature = error.signature
    with _session(reader_name, wait_s) as session:
        return session.finish(message, signature), session


@cli.command()
@_reader_options
@_last_try_option
@click.option(
    "--pin-stdin",
    is_flag=True,
    help="券面事項入力補助用の暗証番号(4桁)を標準入力から / Read the card-face input support PIN (Text AP) from stdin.",
)
@click.option(
    "--number-b-stdin",
    is_flag=True,
    help="照合番号B(14桁)を標準入力から / Read 照合番号B (14 digits) from stdin.",
)
@click.option(
    "--by",
    type=click.Choice(["number-b", "text-pin"]),
    default="number-b",
    show_default=True,
    help="入力する方 / Which of the two to ask for at the prompt.",
)
@click.option(
    "--western-year",
    is_flag=True,
    help="券面の生年月日が西暦 / The card prints the birth date by Western year (its last two digits are used).",
)
def attributes(
    reader_name: str | None,
    wait_s: float,
    as_json: bool,
    pin_stdin: bool,
    number_b_stdin: bool,
    by: str,
    western_year: bool,
    allow_last_try: bool,
) -> None:
    """氏名、住所、生年月日、性別 / Name, address, birth date and sex.

    照合番号B(14桁)または券面事項入力補助用の暗証番号(4桁)が要ります / Needs 照合番号B or the Text-AP PIN.
    """
    if pin_stdin and number_b_stdin:
        raise click.UsageError("--pin-stdin と --number-b-stdin は同時に使えません / use one of the two")
    secret_type = TextPin if pin_stdin or (by == "text-pin" and not number_b_stdin) else NumberB
    with errors_shown(as_json=as_json):
        secret: TextPin | NumberB
        if secret_type is TextPin:
            secret = ask_secret(TextPin, TextPin, from_stdin=pin_stdin, option="--pin-stdin")
        else:
            today = datetime.now(JST).date()
            make = partial(NumberB, as_of=today, is_western=western_year)
            secret = ask_secret(NumberB, make, from_stdin=number_b_stdin, option="--number-b-stdin")
        with secret, _session(reader_name, wait_s) as session:
            found = session.attributes(secret, allow_last_try=allow_last_try)
        result = {
            "name": found.name,
            "address": found.address,
            "birth_date": found.birth_date.isoformat(),
            "sex": found.sex.value,
        }
        show(result, [f"{key}: {value}" for key, value in result.items()], as_json=as_json)


def _session(reader_name: str | None, wait_s: float) -> CardSession:
    return CardSession(_connection(reader_name, wait_s))


def _connection(reader_name: str | None, wait_s: float) -> GuardedConnection:
    if not wait_s:
        return open_reader(reader_name).connect()
    with ReaderWatch(lambda: open_reader(reader_name)) as watch:
        if not watch.wait_for(ReaderState.CARD, wait_s):
            # Says what was missing, service, reader or card, at the end of the wait.
            return open_reader(reader_name).connect()
        name = watch.reader.name if watch.reader is not None else reader_name
    return open_reader(name).connect()


def _described(certificate: Certificate, kind: CardKind) -> dict[str, Any]:
    return {
        "serial": certificate.serial.to_bytes((certificate.serial.bit_length() + 7) // 8).hex(),
        "not_before": certificate.not_before.isoformat(),
        "not_after": certificate.not_after.isoformat(),
        "sha256": certificate.sha256.hex(),
        "pem": certificate.pem,
        "state": certificate.state(datetime.now(JST).date(), kind).value,
    }


def _lines(described: dict[str, Any]) -> list[str]:
    return [f"{key}: {described[key]}" for key in ("serial", "not_before", "not_after", "sha256", "state")]


def main() -> None:
    """The entry point: standard output is for results only."""
    keep_stdout_for_results()
    cli()


if __name__ == "__main__":
    main()
