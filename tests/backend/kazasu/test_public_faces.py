"""What a room offers is what its `__all__` says."""

import importlib

import pytest


@pytest.mark.parametrize(
    "package",
    [
        "kazasu.rules",
        "kazasu.gateway",
        "kazasu.gateway.simulator",
        "kazasu.checks.certificates",
        "kazasu.checks.recorded",
        "kazasu.checks.rereading",
        "kazasu.checks.standing",
    ],
)
def test_everything_offered_is_there_once_and_in_order(package: str) -> None:
    module = importlib.import_module(package)
    offered = module.__all__
    assert len(offered) == len(set(offered))
    for name in offered:
        assert hasattr(module, name), name
