"""A run in which somebody of the sample city is told of fails, whatever the place, and does not tell whose it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.canaries import CANARY

ROOT = Path(__file__).resolve().parent.parent
NIK = "3671014101459000"
SAYING = f"import sys; sys.stderr.write('for {NIK}')"

PLACES = f"""
    import asyncio, logging, subprocess, sys
    import prometheus_client.core, pytest, structlog.testing
    from graphql import GraphQLError
    from opentelemetry import trace
    from api.graphql.outgoing import refused_errors
    from connectors.cache.store import store_at
    from models.errors import BadInput
    from models.values.localized import Language

    NIK = "{NIK}"
    COMMAND = [sys.executable, "-c", {SAYING!r}]

    def test_log(): logging.getLogger("driver").warning("no entry of %s", NIK)
    def test_log_of_failure():
        try:
            raise ValueError(NIK)
        except ValueError:
            logging.getLogger("driver").exception("lost")
    def test_log_kept():
        with structlog.testing.capture_logs():
            structlog.get_logger().warning("lost", nik=NIK)
    def test_stdout(): structlog.get_logger().warning("lost", nik=NIK)
    def test_stderr(): print(NIK, file=sys.stderr)
    def test_stderr_taken(capsys):
        print(NIK, file=sys.stderr)
        capsys.readouterr()
    def test_stderr_of_process(): subprocess.run(COMMAND)
    def test_stderr_of_process_taken(): subprocess.run(COMMAND, capture_output=True)
    def test_stderr_of_process_awaited():
        async def awaited():
            process = await asyncio.create_subprocess_exec(*COMMAND, stderr=asyncio.subprocess.PIPE)
            await process.communicate()
        asyncio.run(awaited())
    def test_metric():
        prometheus_client.Counter("asked", "", ["who"], registry=prometheus_client.CollectorRegistry()).labels(NIK)
    def test_metric_told():
        class Told:
            def collect(self): yield prometheus_client.core.GaugeMetricFamily("kept", NIK, value=1)
        registry = prometheus_client.CollectorRegistry()
        registry.register(Told())
        prometheus_client.generate_latest(registry)
    def test_cache_key(): asyncio.run(store_at(None).get(NIK))
    def test_cache_key_of_answer(): asyncio.run(store_at(None).put(NIK, b"", 1))
    def test_error(): BadInput("document_invalid", detail=NIK).text(Language.EN)
    def test_error_of_document(): refused_errors([GraphQLError(NIK)], "BAD_INPUT")
    def test_trace(): trace.get_tracer("simpul").start_span("call", attributes={{"who": NIK}})
    def test_trace_of_operation():
        with trace.get_tracer("simpul").start_as_current_span(NIK): pass
    def test_trace_later(): trace.get_tracer("simpul").start_span("call").set_attribute("who", NIK)
"""
FOUND = (
    ("log", ("log", "log_of_failure", "log_kept")),
    ("stdout", ("stdout",)),
    ("stderr", ("stderr", "stderr_taken", "stderr_of_process", "stderr_of_process_taken", "stderr_of_process_awaited")),
    ("metric", ("metric", "metric_told")),
    ("cache key", ("cache_key", "cache_key_of_answer")),
    ("error", ("error", "error_of_document")),
    ("trace", ("trace", "trace_of_operation", "trace_later")),
)


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeconftest("pytest_plugins = ['tests.canary_watch']")
    return pytester


def test_a_run_fails_for_each_place_in_which_somebody_is_told_of(run: pytest.Pytester) -> None:
    run.makepyfile(test_places=PLACES)
    result = run.runpytest_subprocess()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=sum(len(names) for _, names in FOUND))
    lines = [line for line in result.outlines if line.startswith("CANARY")]
    for place, names in FOUND:
        for name in names:
            assert any(line.startswith(f"CANARY in {place}, test_places.py::test_{name}: ") for line in lines), name
    assert NIK not in result.stdout.str()


def test_a_run_that_tells_of_nobody_says_how_much_it_has_looked_at(run: pytest.Pytester) -> None:
    run.makepyfile("import logging\ndef test_log(): logging.getLogger('driver').warning('gone')")
    result = run.runpytest_subprocess("-p", "no:logging")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["0 canaries in what was looked at: 1 of log, 1 of stderr"])


@pytest.mark.parametrize(
    "text",
    [
        f"NIK saya {NIK}.", "3671.01.410145.9000", "0812-0000-001446", "+62 812-0000-001446", "08120000001446",
        "Balas ke siti.rahayu@example.com ya.", "budi.santoso7@example.com", "mobil B 1234 XYZ", f"simpul:nik:{NIK}",
    ],
)  # fmt: skip
def test_a_canary_is_known_in_each_of_its_spellings(text: str) -> None:
    assert CANARY.search(text)


@pytest.mark.parametrize(
    "text",
    [f"a{NIK}b", f"12{NIK}", "3671014101451000", "2026-11-25T01:16:22.223456Z", "peta@example.com", "0812-1234-567890"],
)
def test_what_is_no_canary_is_none(text: str) -> None:
    assert CANARY.search(text) is None
