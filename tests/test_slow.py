"""What is slow is skipped, with a reason that CI allows, and runs with --all."""

from __future__ import annotations

from collections.abc import Iterator

import hypothesis
import pytest

TESTS = """
    import hypothesis
    import pytest
    from tests import slow

    @pytest.mark.slow
    def test_long(everything): assert everything
    @pytest.mark.parametrize("number", [1, pytest.param(2, marks=pytest.mark.slow)])
    def test_some(number, everything): assert everything or number == 1
    def test_examples(everything):
        assert hypothesis.settings().max_examples == (100 if everything else 25)
        assert slow.examples(8) == (32 if everything else 8)
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.Pytester]:
    outside = hypothesis.settings()
    monkeypatch.setenv("CI", "true")
    pytester.makeconftest("pytest_plugins = ['tests.slow', 'tests.skips']")
    pytester.makepyfile(TESTS)
    yield pytester
    hypothesis.settings.register_profile("ours", outside)
    hypothesis.settings.load_profile("ours")


def test_what_is_slow_is_skipped_and_says_how_it_runs(run: pytest.Pytester) -> None:
    result = run.runpytest("-ra")
    result.assert_outcomes(passed=2, skipped=2)
    result.stdout.fnmatch_lines(["SKIPPED*slow: it runs with --all", "SKIPPED*slow: it runs with --all"])


def test_all_is_all(run: pytest.Pytester) -> None:
    run.runpytest("--all").assert_outcomes(passed=4)
