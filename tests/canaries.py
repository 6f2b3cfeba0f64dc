"""Canaries: what the sample city's people are known by, and the places in which the hub's tests look for them.

A canary is a resident number, a family card, a telephone, an e-mail or a plate, in columns and in free text. They are
looked for in every record of a log, in what is written to stdout and stderr by hubs in the process and by those that
tests start, in labels of metrics, names in caches, messages of errors, and traces.
"""

from __future__ import annotations

import functools
import logging
import re
import subprocess
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import prometheus_client
import pytest
import redis
import structlog.testing
from opentelemetry import trace
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.metrics import MetricWrapperBase

from api.graphql import outgoing
from connectors.cache.store import CacheStore
from models.errors import HubError

_ALONE, _ENDS = r"(?<![0-9a-fA-F])", r"(?![0-9a-fA-F])"
"""Sixteen digits in the midst of a digest are no resident number."""
CANARY: Final = re.compile(
    rf"{_ALONE}3671[ .-]?\d{{2}}[ .-]?\d{{6}}[ .-]?9\d{{3}}{_ENDS}"
    rf"|{_ALONE}(?:0|\+?62[ -]?)8\d{{2}}[ .-]?0000[ .-]?\d{{6}}{_ENDS}"
    # Begun where a name begins and never given back: 64 kB of one letter took a minute.
    r"|(?:(?<![a-z.])|(?<=\.\.))[a-z]++(?:\.[a-z]++)++\d*@example\.com"
    r"|\bB \d{4} XYZ\b"
)
"""What the people of the sample city are known by, in each of the spellings that their departments have for it."""
AROUND_CHARS: Final = 80
FOUND_MAX: Final = 50


@dataclass(slots=True)
class Watch:
    """How many texts were looked at in each place, and what was found, once for each place and test.

    `where` is the test that runs.
    """

    where: str = "before the first test"
    looked: Counter[str] = field(default_factory=Counter)
    found: dict[tuple[str, str], str] = field(default_factory=dict)

    def look(self, place: str, said: object) -> None:
        """Look for a canary in what was said in a place."""
        text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        self.looked[place] += 1
        seen = CANARY.search(text)
        if seen is not None and len(self.found) < FOUND_MAX:
            around = text[max(0, seen.start() - AROUND_CHARS) : seen.end() + AROUND_CHARS]
            self.found.setdefault((self.where, place), CANARY.sub("[canary]", around))


WATCH: Final = Watch()


def look_at_redis(url: str) -> None:
    """The names of all that is kept in a database, by hubs in whatever process."""
    with redis.Redis.from_url(url) as client:
        for name in client.scan_iter():
            WATCH.look("cache key", name)


# --- Places -----------------------------------------------------------------------------------------------------------

Function = Callable[..., Any]


def _told(function: Function, place: str, said: Function) -> Function:
    """Looks at what `said` makes of the arguments."""

    @functools.wraps(function)
    def telling(*args: Any, **kwargs: Any) -> Any:
        WATCH.look(place, said(*args, **kwargs))
        return function(*args, **kwargs)

    return telling


def _giving(function: Function, place: str, said: Function = lambda given: given) -> Function:
    """Looks at what `said` makes of what is given back."""

    @functools.wraps(function)
    def looking(*args: Any, **kwargs: Any) -> Any:
        given = function(*args, **kwargs)
        WATCH.look(place, said(given))
        return given

    return looking


async def _communicated(self: Process, *args: Any) -> tuple[bytes, bytes]:
    out, err = await _COMMUNICATE(self, *args)
    WATCH.look("stderr", err)
    return out, err


_COMMUNICATE: Final = Process.communicate

_TOLD: Final[tuple[tuple[Any, str, str, Function], ...]] = (
    (structlog.testing.LogCapture, "__call__", "log", lambda *args: args[3]),
    (MetricWrapperBase, "labels", "metric", lambda _, *args, **named: (args, named)),
    (CacheStore, "get", "cache key", lambda _, name: name),
    (CacheStore, "put", "cache key", lambda _, name, *__: name),
    (trace.ProxyTracer, "start_span", "trace", lambda _, *args, **named: (args, named)),
    (trace.ProxyTracer, "start_as_current_span", "trace", lambda _, *args, **named: (args, named)),
    (trace.NonRecordingSpan, "set_attribute", "trace", lambda _, *args: args),
    (InMemorySpanExporter, "export", "trace", lambda _, spans: [span.to_json() for span in spans]),
)
_GIVING: Final[tuple[tuple[Any, str, str, Function], ...]] = (
    (logging, "_logRecordFactory", "log", lambda record: (record.getMessage(), record.exc_info)),
    # What a test takes out of the capture, or out of a process that it has started, is in no report.
    (pytest.CaptureFixture, "readouterr", "stderr", lambda given: given.err),
    (subprocess.Popen, "communicate", "stderr", lambda given: given[1]),
    (prometheus_client, "generate_latest", "metric", lambda given: given.decode()),
    (HubError, "text", "error", lambda given: given),
    (outgoing, "refused_errors", "error", lambda given: given),
)


def watch_places(patch: pytest.MonkeyPatch) -> None:
    """To be called before anybody has imported one of these by its name."""
    for owner, name, place, said in _TOLD:
        patch.setattr(owner, name, _told(getattr(owner, name), place, said))
    for owner, name, place, said in _GIVING:
        patch.setattr(owner, name, _giving(getattr(owner, name), place, said))
    patch.setattr(Process, "communicate", _communicated)
