"""Which reader a name means, and what is said where there is none."""

import builtins
import subprocess
import sys
from typing import Any

import pytest

from mynacard import NoReaderError, NoServiceError, ReaderInfo, ReaderKind, ReaderState, open_reader
from mynacard.guard import GuardedConnection
from mynacard.readers import GuardedReader, finding, service, service_states


class Pcsc:
    """Stands for the driver's module."""

    def __init__(self, readers: list[tuple[str, ReaderState]]) -> None:
        self._readers = readers

    def list_readers(self) -> list[ReaderInfo]:
        return [ReaderInfo(name, ReaderKind.PCSC, state) for name, state in self._readers]

    class PcscReader:
        kind = ReaderKind.PCSC

        def __init__(self, name: str) -> None:
            self.name = name


def with_readers(
    monkeypatch: pytest.MonkeyPatch, *readers: tuple[str, ReaderState], problem: str | None = None
) -> None:
    import mynacard.readers

    monkeypatch.setattr(mynacard.readers, "pcsc", Pcsc(list(readers)), raising=False)
    monkeypatch.setitem(sys.modules, "mynacard.readers.pcsc", Pcsc(list(readers)))  # type: ignore[misc]
    for module in (finding, service):
        monkeypatch.setattr(module, "pcsc_problem", lambda: problem)
        monkeypatch.setattr(module, "contactless_problem", lambda: "package_absent")


SONY = ("SONY FeliCa RC-S300/P (0000000) 00 00", ReaderState.NO_CARD)
ACS = ("ACS ACR122U PICC Interface 00 00", ReaderState.CARD)
ACS_TWO = ("ACS ACR122U PICC Interface 01 00", ReaderState.NO_CARD)


def test_without_a_name_the_one_with_a_card_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with_readers(monkeypatch, SONY, ACS)
    assert open_reader().name == ACS[0]


def test_without_a_name_and_a_card_the_first_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with_readers(monkeypatch, SONY, ACS_TWO)
    assert open_reader().name == SONY[0]


@pytest.mark.parametrize(
    ("name", "expected"), [(SONY[0], SONY), ("rc-s300", SONY), ("ACR122U PICC Interface 01", ACS_TWO)]
)
def test_a_name_is_whole_or_a_part_that_fits_one(
    monkeypatch: pytest.MonkeyPatch, name: str, expected: tuple[str, ReaderState]
) -> None:
    with_readers(monkeypatch, SONY, ACS, ACS_TWO)
    assert open_reader(name).name == expected[0]


@pytest.mark.parametrize(("name", "candidates"), [("ACR122U", (ACS[0], ACS_TWO[0])), ("Gemalto", ())])
def test_a_name_that_fits_none_or_two_is_refused_with_those_it_fits(
    monkeypatch: pytest.MonkeyPatch, name: str, candidates: tuple[str, ...]
) -> None:
    with_readers(monkeypatch, SONY, ACS, ACS_TWO)
    with pytest.raises(NoReaderError) as raised:
        open_reader(name)
    assert (raised.value.reader, raised.value.candidates) == (name, candidates)


def test_no_reader_at_all_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with_readers(monkeypatch)
    with pytest.raises(NoReaderError) as raised:
        open_reader()
    assert raised.value.reader is None


@pytest.mark.parametrize("problem", ["package_absent", "library_absent", "not_running"])
@pytest.mark.parametrize("name", [None, "RC-S300"])
def test_a_missing_service_is_told_apart_from_a_missing_reader(
    monkeypatch: pytest.MonkeyPatch, problem: str, name: str | None
) -> None:
    with_readers(monkeypatch, problem=problem)
    with pytest.raises(NoServiceError) as raised:
        open_reader(name)
    assert raised.value.data() == {"service": "pcsc", "problem": problem}


@pytest.mark.parametrize("name", ["usb", "usb:054c:06c3", "udp:127.0.0.1:1", "tty:USB0:arygon"])
def test_nfcpys_paths_need_nfcpy(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with_readers(monkeypatch)
    with pytest.raises(NoServiceError) as raised:
        open_reader(name)
    assert raised.value.service == "contactless"


@pytest.mark.parametrize("name", ["virtual", "emulator:sato", "emulator:takahashi:iphone", "emulator:"])
def test_a_virtual_reader_needs_nothing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with_readers(monkeypatch, problem="package_absent")
    reader = open_reader(name)
    assert (reader.name, reader.kind, reader.state()) == (name, ReaderKind.VIRTUAL, ReaderState.CARD)
    assert isinstance(reader, GuardedReader)
    assert isinstance(reader.connect(), GuardedConnection)
    reader.close()


@pytest.mark.parametrize("name", ["emulator:nobody", "emulator:sato:paper"])
def test_a_person_or_kind_that_does_not_exist_is_no_reader(name: str) -> None:
    with pytest.raises(NoReaderError):
        open_reader(name)


def test_the_package_works_without_either_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    code = """
import importlib.abc, sys
class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("smartcard", "nfc", "usb1"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name == "smartcard" else found(name, package)
import mynacard
from mynacard.readers import list_readers, service_states
from mynacard.readers.service import missing_service
assert list_readers() == []
assert [info.problem for info in service_states()] == ["package_absent", "package_absent"]
assert missing_service().problem == "package_absent"
with mynacard.CardSession(mynacard.open_reader("virtual").connect()) as session:
    assert session.identify() == "plastic"
assert not any(name.partition(".")[0] in ("smartcard", "nfc") for name in sys.modules)
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""


def test_importing_the_package_loads_no_driver_and_no_emulator() -> None:
    code = (
        "import mynacard, mynacard.cli, sys; "
        "print([name for name in sys.modules if name.startswith(('smartcard', 'nfc', 'usb1', 'mynacard.emulator'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_missing_library_is_told_apart_from_a_stopped_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "find_spec", lambda name: object())
    monkeypatch.setattr(service, "PCSC_LIBRARY", "libno-such-library.so.9")
    monkeypatch.setattr(sys, "platform", "linux")
    real_import: Any = builtins.__import__

    def no_pyscard(name: str, *rest: Any, **options: Any) -> Any:
        assert not name.startswith("smartcard"), "pyscard prints to standard output where its library is absent"
        return real_import(name, *rest, **options)

    monkeypatch.setattr(builtins, "__import__", no_pyscard)
    assert service.pcsc_problem() == "library_absent"


def test_every_road_has_a_state() -> None:
    assert [info.kind for info in service_states()] == [ReaderKind.PCSC, ReaderKind.CONTACTLESS]
