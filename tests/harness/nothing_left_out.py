"""With KAZASU_NOTHING_LEFT_OUT set, a skipped test is a failed run: CI may leave nothing out."""

import os

import pytest


class NothingLeftOut:
    def __init__(self) -> None:
        self.skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            self.skipped.append(f"{report.nodeid}: {reason}")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.skipped.append(f"{report.nodeid}: skipped while collecting")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.skipped:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.skipped:
            terminalreporter.section("left out, and nothing may be")
            for line in self.skipped:
                terminalreporter.line(line)


def pytest_configure(config: pytest.Config) -> None:
    # xdist's workers hand their reports to the controller; only that one judges.
    if os.environ.get("KAZASU_NOTHING_LEFT_OUT") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(NothingLeftOut(), "kazasu-nothing-left-out")
