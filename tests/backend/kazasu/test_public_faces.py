"""A package's public face is its `__all__`: every name there is there, once, in order."""

import importlib
import pkgutil

import pytest

import kazasu

PACKAGES = [
    module.name
    for module in pkgutil.walk_packages(kazasu.__path__, "kazasu.")
    if module.ispkg and "migrations" not in module.name and "demo" not in module.name
]


@pytest.mark.parametrize("name", PACKAGES)
def test_what_a_package_promises_is_there(name: str) -> None:
    package = importlib.import_module(name)
    promised = getattr(package, "__all__", [])
    assert len(promised) == len(set(promised))
    for member in promised:
        assert getattr(package, member) is not None


@pytest.mark.parametrize("name", PACKAGES)
def test_whatever_a_package_hands_on_is_promised(name: str) -> None:
    package = importlib.import_module(name)
    handed_on = {
        member
        for member, value in vars(package).items()
        if not member.startswith("_") and isinstance(value, type) and value.__module__.startswith("kazasu.")
    }
    assert handed_on <= set(getattr(package, "__all__", []))
