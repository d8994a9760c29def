"""`kazasu serve`."""

import asyncio
import logging
from pathlib import Path

import click

from kazasu import serving
from kazasu.cli.failure import reporting
from kazasu.cli.option import home_option, settings_of


@click.command()
@home_option
@click.option("--host", help="Address to listen on. / 待ち受けるアドレス")
@click.option("--port", type=click.IntRange(0, 65535), help="0 takes any free one. / 0 は空きポート")
@click.option("--behind-proxy", is_flag=True, default=None, help="A proxy in front speaks TLS. / TLS はプロキシ")
@reporting
def serve(home: Path | None, host: str | None, port: int | None, behind_proxy: bool | None) -> None:
    """Run the server and the worker that asks the national system, until interrupted."""
    settings = settings_of(home, host=host, port=port, behind_proxy=behind_proxy)
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # Statements and their values stay out of the log whatever level is set.
    for name in ("sqlalchemy", "aiosqlite", "httpx", "uvicorn.error", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
    asyncio.run(serving.serve(settings))
