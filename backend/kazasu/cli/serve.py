"""`kazasu serve`."""

import asyncio
from pathlib import Path

import click

from kazasu import serving
from kazasu.cli.failure import reporting
from kazasu.cli.option import home_option, settings_of
from kazasu.web.log import set_up_log


@click.command()
@home_option
@click.option("--host", help="Address to listen on. / 待ち受けるアドレス")
@click.option("--port", type=click.IntRange(0, 65535), help="0 takes any free one. / 0 は空きポート")
@click.option("--behind-proxy", is_flag=True, default=None, help="A proxy in front speaks TLS. / TLS はプロキシ")
@reporting
def serve(home: Path | None, host: str | None, port: int | None, behind_proxy: bool | None) -> None:
    """Run the server and the worker that asks the national system, until interrupted."""
    settings = settings_of(home, host=host, port=port, behind_proxy=behind_proxy)
    set_up_log(settings.log_level)
    asyncio.run(serving.serve(settings))
