"""A pytest plugin: a run fails in which the hub has told of somebody of the sample city in what it says of its work.

It says in which place and for which test, and never whose; and how much it has looked at.
"""

from __future__ import annotations

from typing import Final

import pytest

from tests.canaries import WATCH, watch_places

# While this is imported, no other file with fixtures is, and so none of the hub.
_PATCH: Final = pytest.MonkeyPatch()
watch_places(_PATCH)


def pytest_configure(config: pytest.Config) -> None:
    config.add_cleanup(_PATCH.undo)


def pytest_runtest_logstart(nodeid: str) -> None:
    WATCH.where = nodeid


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    for name, text in report.sections:
        # "Captured stderr setup": those of the phases before stand in each report again.
        if name.endswith(report.when):
            WATCH.look(name.split()[1], text)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if WATCH.found and session.exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if WATCH.found:
        terminalreporter.section("people of the sample city in what the hub says of its work", red=True)
    for (where, place), text in sorted(WATCH.found.items()):
        terminalreporter.write_line(f"CANARY in {place}, {where}: {text!r}", red=True)
    looked = ", ".join(f"{count} of {place}" for place, count in sorted(WATCH.looked.items()))
    terminalreporter.write_line(f"{len(WATCH.found)} canaries in what was looked at: {looked or 'nothing'}")
