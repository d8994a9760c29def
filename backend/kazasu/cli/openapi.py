"""`kazasu openapi`."""

import json

import click

from kazasu.app import schema


@click.command()
def openapi() -> None:
    """Print the API's OpenAPI schema as JSON; needs no facility."""
    click.echo(json.dumps(schema(), ensure_ascii=False, indent=2))
