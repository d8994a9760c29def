"""`kazasu evidence`: one check's evidence in one file, and its judgement without the server."""

import asyncio
import json
from pathlib import Path

import click
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from checksync import PrivateKeyOpener
from kazasu import audit
from kazasu.cli.failure import reporting
from kazasu.cli.option import home_option, settings_of
from kazasu.evidence import Judgement, judge, read_bundle, sealed_bundle
from kazasu.evidence.bundle import NOTICE, Bundle
from kazasu.evidence.gathering import gather
from kazasu.keys.file import write_private
from kazasu.opening import open_facility
from kazasu.settings import Settings


@click.command()
@home_option
@click.argument("check", required=False)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Where to write it. / 書き出す先")
@click.option(
    "--verify",
    "to_verify",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Judge a file; needs no server and no home. / ファイルを判定する",
)
@click.option(
    "--roots",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="With --verify: PEM of the card CA's roots. / 発行元の証明書",
)
@click.option("--server-key", help="With --verify: the server key's thumbprint, by another road. / サーバー鍵の拇印")
@click.option(
    "--sealing-key",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="With --verify: the facility's sealing key, to open the sealed entry. / 施設の封印鍵",
)
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
@reporting
def evidence(
    ctx: click.Context,
    home: Path | None,
    check: str | None,
    output: Path | None,
    to_verify: Path | None,
    roots: Path | None,
    server_key: str | None,
    sealing_key: Path | None,
    as_json: bool,
) -> None:
    """Write the evidence of CHECK into one file, or judge such a file (--verify): what it shows and what it does not.

    Status 1 where something in the file contradicts the rest.
    """
    if to_verify is not None:
        judgement, bundle = _judge(to_verify, roots, server_key, sealing_key)
        _tell(judgement, bundle, as_json=as_json)
        ctx.exit(0 if judgement.holds else 1)
    if check is None or output is None:
        raise click.UsageError("give CHECK and --output, or --verify FILE.")
    octets = asyncio.run(_make(settings_of(home), check))
    write_private(output, octets)
    click.echo(NOTICE.ja, err=True)
    click.echo(NOTICE.en, err=True)
    click.echo(json.dumps({"file": str(output)}) if as_json else str(output))


async def _make(settings: Settings, check: str) -> bytes:
    async with open_facility(settings) as context, context.database.writing() as session:
        bundle = await gather(session, context, check, actor=audit.SHELL, at=context.clock.now())
        await session.commit()
        return sealed_bundle(bundle, context.keys.server)


def _judge(
    file: Path, roots: Path | None, server_key: str | None, sealing_key: Path | None
) -> tuple[Judgement, Bundle]:
    bundle, is_seal_valid = read_bundle(file.read_bytes())
    opener = None
    if sealing_key is not None:
        opener = PrivateKeyOpener([X25519PrivateKey.from_private_bytes(sealing_key.read_bytes())])
    judgement = judge(
        bundle,
        is_seal_valid=is_seal_valid,
        roots=_roots(roots, bundle),
        opener=opener,
        server_thumbprint=server_key,
    )
    return judgement, bundle


def _roots(file: Path | None, bundle: Bundle) -> list[x509.Certificate]:
    if file is not None:
        return x509.load_pem_x509_certificates(file.read_bytes())
    if bundle.facility.mode == "exercise":
        # The exercise's CA is public; that it is an exercise stands among the findings.
        from mynacard.emulator import test_ca

        return list(test_ca.roots())
    return []


def _tell(judgement: Judgement, bundle: Bundle, *, as_json: bool) -> None:
    if as_json:
        answer = {
            "holds": judgement.holds,
            "check": bundle.check,
            "facility": bundle.facility.id,
            "findings": [
                {
                    "name": finding.name,
                    "verdict": finding.verdict.value,
                    "say": {"ja": finding.say.ja, "en": finding.say.en},
                }
                for finding in judgement.findings
            ],
        }
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    for finding in judgement.findings:
        click.echo(f"[{finding.verdict.say.ja} / {finding.verdict.say.en}] {finding.say.ja}\n    {finding.say.en}")
    if not judgement.holds:
        click.echo("ファイルの中に矛盾があります。 / Something in the file contradicts the rest.")
