"""Commands end with words and a status, not with a traceback."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import click

P = ParamSpec("P")
R = TypeVar("R")


def reporting(command: Callable[P, R]) -> Callable[P, R]:
    """Tells a person what happened and ends with status 1; what nobody foresaw is raised as it is."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except click.ClickException:
            raise
        except Exception as error:
            from kazasu.cli.wording import told

            words = told(error)
            if words is None:
                raise
        raise click.ClickException(f"{words[0]}\n{words[1]}")

    return run
