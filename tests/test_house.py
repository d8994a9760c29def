"""The house's own rules that import-linter's contracts cannot say: who may import what, by the name of the module."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE_ROOTS = ("backend", "mobile_bridge", "nfc", "sync")
PACKAGES = ("kazasu", "kazasu_device", "mynacard", "checksync")


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)


def _importers(graph: grimp.ImportGraph, package: str) -> set[str]:
    if package not in graph.modules:
        return set()
    return graph.find_modules_that_directly_import(package)


def _modules() -> Iterator[tuple[str, Path]]:
    for source_root in SOURCE_ROOTS:
        for path in sorted((ROOT / source_root).rglob("*.py")):
            yield ".".join(path.relative_to(ROOT / source_root).with_suffix("").parts), path


def test_source_roots_are_no_packages() -> None:
    assert [root for root in SOURCE_ROOTS if (ROOT / root / "__init__.py").exists()] == []


@pytest.mark.parametrize("driver", ["smartcard", "nfc"])
def test_only_the_readers_load_a_reader_driver(graph: grimp.ImportGraph, driver: str) -> None:
    importers = _importers(graph, driver)
    # Drivers are imported inside functions or modules that are loaded only when asked for.
    assert {module for module in importers if not module.startswith("mynacard.readers")} == set()


def test_only_db_models_and_services_know_sqlalchemy(graph: grimp.ImportGraph) -> None:
    importers = _importers(graph, "sqlalchemy")
    assert importers, "nobody imports SQLAlchemy: this test looks at the wrong thing"
    strangers = {
        module
        for module in importers
        if not module.startswith("kazasu.db") and module.rpartition(".")[2] not in ("models", "service")
    }
    assert strangers == set()


@pytest.mark.parametrize(
    "forbidden",
    ["sqlalchemy", "litestar", "httpx", "sqlite3", "asyncio", "socket", "subprocess", "kazasu.db", "kazasu.clock"],
)
def test_rules_do_nothing_but_think(graph: grimp.ImportGraph, forbidden: str) -> None:
    importers = _importers(graph, forbidden)
    assert {module for module in importers if module.startswith("kazasu.rules")} == set()


_CARRIERS = (
    "checksync.client",
    "checksync.http_transport",
    "checksync.trust",
    "checksync.deadline",
    "checksync.feed_stream",
    "checksync.feed_reader",
    "checksync.direct_transport",
    "checksync.memory_log_storage",
    "checksync.outbox",
    "checksync.received",
)


@pytest.mark.parametrize("forbidden", ["httpx", "sqlite3", "socket", "asyncio", "ssl"])
def test_protocol_modules_know_neither_transport_nor_storage(graph: grimp.ImportGraph, forbidden: str) -> None:
    importers = {module for module in _importers(graph, forbidden) if module.startswith("checksync")}
    assert {module for module in importers if not module.startswith(_CARRIERS)} == set()


_CLOCKS = re.compile(r"\b(datetime\.now|datetime\.utcnow|date\.today|time\.time)\(")
_WITH_A_CLOCK = {"kazasu.clock", "kazasu.demo.day", "kazasu_device.clock"}


def test_the_clock_is_read_in_one_place_of_each_program() -> None:
    found = {name for name, path in _modules() if _CLOCKS.search(path.read_text("utf-8"))}
    strangers = {name for name in found - _WITH_A_CLOCK if not name.startswith(("mynacard.cli", "mynacard.emulator"))}
    assert strangers == set()


def test_nothing_commits_by_itself_or_imports_nfc_bare() -> None:
    for name, path in _modules():
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and node.value == "autocommit":
                pytest.fail(f"{name}: an automatic commit swallows the error of the commit")
            # The driver itself is loaded only after `nfc.clf` was found.
            is_bare = isinstance(node, ast.Import) and any(alias.name == "nfc" for alias in node.names)
            if is_bare and name != "mynacard.readers.contactless":
                pytest.fail(f"{name}: a bare import of nfc finds the folder where nfcpy is absent")


def test_no_module_is_called_utils() -> None:
    assert [name for name, _ in _modules() if name.rpartition(".")[2] in ("util", "utils", "helpers", "misc")] == []
