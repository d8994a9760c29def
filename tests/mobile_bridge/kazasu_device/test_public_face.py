"""What the package gives to others."""

import kazasu_device


def test_everything_exported_is_there() -> None:
    for name in kazasu_device.__all__:
        assert getattr(kazasu_device, name) is not None
    assert dir(kazasu_device) == sorted(kazasu_device.__all__)


def test_nothing_else_is_given() -> None:
    assert not hasattr(kazasu_device, "nothing_of_the_kind")
