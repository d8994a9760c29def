"""The package's inner arrows: formats and judgement know neither the road nor the disk."""

import ast
import sys
from pathlib import Path

import checksync

FOLDER = Path(checksync.__file__).parent

ROADS_AND_DISKS = {"sqlite3", "httpx", "socket", "ssl", "http", "asyncio", "threading", "time", "random", "tempfile"}
FOREIGN = {"msgspec", "cryptography", "joserfc"}
STORES = {"outbox", "received", "memory_log_storage"}
"""Modules that keep something."""
ROADS = {"client", "http_transport", "direct_transport", "trust", "deadline", "feed_stream", "feed_reader"}
"""Modules that send something."""


def _imports(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            found.add(node.module or "")
    return found


def _room(file: Path) -> str:
    return file.relative_to(FOLDER).parts[0].removesuffix(".py")


FILES = [file for file in FOLDER.rglob("*.py") if file != FOLDER / "__init__.py"]


def test_protocol_modules_import_no_transport_and_no_storage() -> None:
    protocol = [file for file in FILES if _room(file) not in {*STORES, *ROADS, "sync_report"}]
    assert len(protocol) > 20
    for file in protocol:
        imports = _imports(file)
        roots = {name.split(".")[0] for name in imports}
        assert roots.isdisjoint(ROADS_AND_DISKS), file.name
        assert roots <= {*sys.stdlib_module_names, *FOREIGN, "checksync"}, file.name
        own = {name.split(".")[1] for name in imports if name.startswith("checksync.")}
        assert own.isdisjoint(STORES | ROADS), file.name


def test_one_module_speaks_http() -> None:
    assert [file.name for file in FILES if "httpx" in _imports(file)] == ["http_transport.py"]


def test_no_module_reads_a_clock_or_imports_what_is_ours_elsewhere() -> None:
    for file in FILES:
        text = file.read_text(encoding="utf-8")
        for clock in ("datetime.now", "utcnow", "time.time(", "date.today"):
            assert clock not in text, file.name
        roots = {name.split(".")[0] for name in _imports(file)}
        assert roots.isdisjoint({"kazasu", "kazasu_device", "mynacard", "litestar", "sqlalchemy"}), file.name


def test_outbox_names_are_all_there_and_sorted() -> None:
    from checksync import outbox

    assert all(hasattr(outbox, name) for name in outbox.__all__)
    assert len(set(outbox.__all__)) == len(outbox.__all__)


def test_the_face_and_its_stub_name_the_same_from_the_same_rooms() -> None:
    tree = ast.parse((FOLDER / "__init__.pyi").read_text(encoding="utf-8"))
    stub = {
        alias.name: node.module
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname is None
    }
    [listed] = [ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign)]
    assert {name: f"checksync.{room}" for name, room in checksync._WHERE.items()} == stub
    assert sorted(stub) == sorted(listed) == sorted(checksync.__all__)


def test_every_name_of_the_face_is_there_and_no_other_is_given() -> None:
    for name in checksync.__all__:
        assert getattr(checksync, name) is not None
    assert set(checksync.__all__) <= set(dir(checksync))
    assert not hasattr(checksync, "nothing_of_the_kind")
