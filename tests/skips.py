"""A pytest plugin: with CI=true a skipped test fails the run, unless its reason is listed here.

On a visitor's machine a test that lacks its server is skipped and says why. Where everything is promised to be there, a
skip would be a hole that nobody sees.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import TypeVar

import pytest

from tests import slow

# Exact reasons that may skip a test even with CI=true, each with a comment that says why nothing else is possible.
ALLOWED: tuple[str, ...] = (
    # Their servers cannot be had everywhere, and their drivers are extras.
    "no SQL Server: set TEST_MSSQL_URL",
    "no Oracle: set TEST_ORACLE_URL",
    "the driver mssql_python is not installed",
    "the driver oracledb is not installed",
    # Whoever wants them says --all: they run each night.
    slow.REASON,
)

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


def judged(report: Report) -> Report:
    """The report, turned into a failure when it is a skip that is not allowed."""
    # An expected failure is reported as skipped too, and is none of our business: xfail is strict.
    if os.environ.get("CI") != "true" or not report.skipped or hasattr(report, "wasxfail"):
        return report
    reason = reason_of(report)
    if reason not in ALLOWED:
        report.outcome = "failed"
        report.longrepr = f"With CI=true nothing may be skipped, and this was: {reason}"
    return report


def reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    # pytest gives a skip as (path, line, reason).
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return reason.removeprefix("Skipped: ")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return judged((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return judged((yield))
