"""Readers: PC/SC, contactless USB readers, and the virtual one; found by name, watched while they come and go.

Drivers are imported only when asked for, so that this package works with neither pyscard nor nfcpy installed.
"""

from mynacard.readers.finding import list_readers, open_reader
from mynacard.readers.guarded import GuardedReader
from mynacard.readers.reader import Reader, ReaderInfo
from mynacard.readers.service import ServiceInfo, service_states
from mynacard.readers.watch import ReaderWatch

__all__ = [
    "GuardedReader",
    "Reader",
    "ReaderInfo",
    "ReaderWatch",
    "ServiceInfo",
    "list_readers",
    "open_reader",
    "service_states",
]
