"""Nothing that stores or carries escapes the contract of its kind."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SOURCES = ("backend", "mobile_bridge", "nfc", "sync")
_GIVEN_BY = {"_Transaction": "MemoryLogStorage"}
"""What is reached through another class alone."""


def _implementing(methods: set[str]) -> set[str]:
    """Names of the product's classes with all of these methods, the protocol itself apart."""
    found = set()
    for source in SOURCES:
        for file in (ROOT / source).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef) and "Protocol" not in {ast.unparse(base) for base in node.bases}:
                    named = {one.name for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
                    if methods <= named:
                        found.add(_GIVEN_BY.get(node.name, node.name))
    return found


def _in_contract(contract: str) -> set[str]:
    """Names that occur in modules of tests with a subclass of this contract."""
    names: set[str] = set()
    for file in (ROOT / "tests").rglob("test_*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        bases = [ast.unparse(base) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for base in node.bases]
        if contract in bases:
            names |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return names


@pytest.mark.parametrize(
    ("contract", "methods", "known"),
    [
        ("LogStorageContract", {"read_state", "read_digests", "read_hash"}, {"MemoryLogStorage", "SqlLogStorage"}),
        ("TransportContract", {"post_entries", "post_gap"}, {"DirectTransport", "HttpTransport", "_FromSeen"}),
    ],
)
def test_every_implementation_runs_in_its_contract(contract: str, methods: set[str], known: set[str]) -> None:
    found = _implementing(methods)
    assert found >= known
    assert found <= _in_contract(contract)
