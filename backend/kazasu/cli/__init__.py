"""The `kazasu` command line. Each command's module is imported only when that command runs, so that `kazasu device …`
and `--help` need nothing of the server.
"""

from kazasu.cli.group import main

__all__ = ["main"]
