"""Where the running server of a home says that it is: `run/server.json`."""

import json
from pathlib import Path

from kazasu.settings import Settings


def record_path(settings: Settings) -> Path:
    """The file; it is there while the server runs."""
    return settings.home / "run" / "server.json"


def running_url(settings: Settings) -> str | None:
    """The URL of this home's server, if it runs."""
    try:
        return str(json.loads(record_path(settings).read_text("utf-8"))["url"])
    except (OSError, ValueError, KeyError):
        return None
