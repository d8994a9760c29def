"""Plugins for the whole suite; fixtures live in `harness/`."""

import signal

pytest_plugins = ["harness.nothing_left_out", "harness.postgres", "harness.database", "harness.office", "harness.pcscd"]

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell that starts the tests in the background has it ignored, and so would the processes that they interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)
