"""The public face: everything promised is there, and everything there is promised."""

import types

import mynacard
import mynacard.readers


def test_everything_promised_is_there() -> None:
    for package in (mynacard, mynacard.readers):
        for name in package.__all__:
            assert getattr(package, name) is not None
        assert len(set(package.__all__)) == len(package.__all__)


def test_everything_there_is_promised() -> None:
    for package in (mynacard, mynacard.readers):
        public = {
            name
            for name, value in vars(package).items()
            if not name.startswith("_") and not isinstance(value, types.ModuleType)
        }
        assert public == set(package.__all__)


def test_every_error_that_a_caller_can_meet_is_promised() -> None:
    from mynacard import errors

    raised = {
        name for name, value in vars(errors).items() if isinstance(value, type) and value.__module__ == errors.__name__
    }
    assert raised <= set(mynacard.__all__)
