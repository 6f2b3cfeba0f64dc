"""With CI=true a skip fails the run; elsewhere it is printed with its reason."""

from __future__ import annotations

import pytest

from tests import skips

TESTS = """
    import pytest

    @pytest.fixture
    def server():
        pytest.skip("no server")

    def test_needs_server(server): ...
    @pytest.mark.skip(reason="by hand")
    def test_marked(): ...
    @pytest.mark.xfail(strict=True)
    def test_known_to_fail(): assert False
    def test_passes(): ...
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.delenv("CI", raising=False)
    pytester.makeconftest("pytest_plugins = ['tests.skips']")
    return pytester


def test_visitor_sees_the_reasons(run: pytest.Pytester) -> None:
    run.makepyfile(TESTS)
    result = run.runpytest("-ra")
    result.assert_outcomes(passed=1, skipped=2, xfailed=1)
    result.stdout.fnmatch_lines(["SKIPPED*no server", "SKIPPED*by hand"])
    assert result.ret == pytest.ExitCode.OK


def test_ci_fails_each_skip(run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    run.makepyfile(TESTS)
    result = run.runpytest()
    result.assert_outcomes(passed=1, errors=2, xfailed=1)
    result.stdout.fnmatch_lines(["With CI=true nothing may be skipped, and this was: no server"])
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_ci_fails_a_module_that_skips_itself(run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    run.makepyfile("import pytest; pytest.skip('not here', allow_module_level=True)")
    result = run.runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["With CI=true nothing may be skipped, and this was: not here"])


def test_ci_allows_a_listed_reason(run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(skips, "ALLOWED", ("no server", "by hand"))
    run.makepyfile(TESTS)
    result = run.runpytest()
    result.assert_outcomes(passed=1, skipped=2, xfailed=1)
