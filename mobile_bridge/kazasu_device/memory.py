"""This process's memory stays off the disk: no core dump, and where the system lets it no swap. Linux alone has both;
elsewhere the disk has to be encrypted. Imports nothing of ours.
"""

import ctypes
import sys
from dataclasses import dataclass
from typing import Final

_PR_SET_DUMPABLE: Final = 4
_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4


@dataclass(frozen=True)
class MemoryKept:
    """What was reached. `is_off_swap` needs a limit of locked memory (RLIMIT_MEMLOCK) that holds the whole process."""

    has_no_dump: bool
    is_off_swap: bool


def keep_memory_off_disk() -> MemoryKept:
    """For the whole process, once; what it cannot have it does without."""
    if sys.platform != "linux":
        return MemoryKept(has_no_dump=False, is_off_swap=False)
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        # A limit of 0 on core files would not bind a handler to which the kernel pipes them; this does.
        has_no_dump = libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) == 0
        return MemoryKept(has_no_dump, _may_lock_all() and _lock(libc))
    except (OSError, AttributeError):
        return MemoryKept(has_no_dump=False, is_off_swap=False)


def _may_lock_all() -> bool:
    """With a limit, memory asked for later would be refused beyond it: then nothing is locked."""
    import os
    import resource

    return os.geteuid() == 0 or resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY


def _lock(libc: ctypes.CDLL) -> bool:
    # As it is touched: locking what is only mapped would read every library whole.
    return bool(libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) == 0)
