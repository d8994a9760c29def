"""Plugins for the whole suite; fixtures live in `harness/`."""

pytest_plugins = ["harness.nothing_left_out", "harness.postgres", "harness.database", "harness.office", "harness.pcscd"]
