"""A pytest plugin: what is marked slow runs with --all, and a fixture says how much is asked for.

The ordinary set holds every behaviour once. With --all come the same at greater length: further seeds, engines and
sizes, a longer soak, all examples. One switch for all of it, so that nobody has to know them one by one.
"""

from __future__ import annotations

import os

import hypothesis
import pytest

REASON = "slow: it runs with --all"

EXAMPLES = 25
"""On how many a property is tried, unless it says so itself."""
TIMES_OF_ALL = 4
"""With --all, on so many times as many."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="also what is slow: further seeds, engines and sizes")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: runs with --all only, and something like it without")
    # Before any test is imported: what has settings of its own derives them from these.
    times = TIMES_OF_ALL if config.getoption("--all") else 1
    usual = hypothesis.settings(deadline=None, max_examples=EXAMPLES * times)
    # In CI the same examples each time: a failure there is the change's, and exploring is for the desk.
    if os.environ.get("CI") == "true":
        usual = hypothesis.settings(usual, derandomize=True, database=None, print_blob=True)
    hypothesis.settings.register_profile("ours", usual)
    hypothesis.settings.load_profile("ours")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--all"):
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason=REASON))


def examples(few: int) -> int:
    """How many examples a property takes that is tried on few, each of which is dear."""
    return few * hypothesis.settings().max_examples // EXAMPLES


@pytest.fixture(scope="session")
def everything(request: pytest.FixtureRequest) -> bool:
    """Whether all is asked for: a test of which there is a short and a long form takes the long one."""
    return bool(request.config.getoption("--all"))
