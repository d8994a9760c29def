"""What stands between a program and its readers, and what of it is missing: package, system library, or service.

pyscard tells an absent libpcsclite and a stopped pcscd by one and the same error, and prints to standard output on the
way; so the library is looked for first, without pyscard.
"""

from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Final

from mynacard.connection import ReaderKind
from mynacard.errors import NoServiceError

PCSC_LIBRARY: Final = "libpcsclite.so.1"


@dataclass(frozen=True)
class ServiceInfo:
    """One road to readers. `problem` is None, or `package_absent`, `library_absent`, `not_running`."""

    kind: ReaderKind
    problem: str | None

    @property
    def is_running(self) -> bool:
        return self.problem is None


def pcsc_problem() -> str | None:
    """Why PC/SC cannot be used, or None."""
    if find_spec("smartcard") is None:
        return "package_absent"
    if sys.platform.startswith("linux") and not _is_loadable(PCSC_LIBRARY):
        return "library_absent"
    from mynacard.readers import pcsc

    return None if pcsc.is_service_running() else "not_running"


def contactless_problem() -> str | None:
    """Why nfcpy cannot be used, or None. A bare `import nfc` says nothing: any folder of that name would do."""
    try:
        import_module("nfc.clf")
    except ImportError:
        return "package_absent"
    except OSError:
        return "library_absent"
    return None


def service_states() -> list[ServiceInfo]:
    """Every road, usable or not."""
    return [
        ServiceInfo(ReaderKind.PCSC, pcsc_problem()),
        ServiceInfo(ReaderKind.CONTACTLESS, contactless_problem()),
    ]


def missing_service() -> NoServiceError | None:
    """The error to raise where no reader was found: that what should drive one is not there, if so.

    nfcpy needs no service, so it counts only where pyscard is not installed at all.
    """
    problem = pcsc_problem()
    if problem is None or (problem == "package_absent" and contactless_problem() is None):
        return None
    return NoServiceError(ReaderKind.PCSC.value, problem)


def _is_loadable(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
