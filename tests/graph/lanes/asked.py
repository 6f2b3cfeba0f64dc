"""Asks many random questions of one city, and tells how many were worth it."""

from __future__ import annotations

import asyncio
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import httpx2
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import seed as seeded

from sample import places
from sample import web as sample_web
from sample.city import SIZES
from sample.write import write_drops
from schema.build import SCHEMA
from tests.graph.harness import City, opened, written
from tests.graph.lanes.asking import ASKERS, COMPILED, ask, has_rows
from tests.graph.lanes.questions import Question, questions
from tests.graph.lanes.samples import Samples, samples_of


class Inquiry:
    """A city on SQLite with its own event loop: what asks it is not asynchronous, as hypothesis wants it."""

    def __init__(self, runner: asyncio.Runner, city: City, samples: Samples) -> None:
        self._runner = runner
        self._city = city
        self._samples = samples
        self.counts: Counter[str] = Counter()
        self._agreed: set[str] = set()

    def ask(self, examples_max: int, *, seed: int | None = None) -> None:
        """Ask so many questions, always the same unless there is a seed. Raises AssertionError where lanes differ."""

        @settings(
            max_examples=examples_max,
            derandomize=seed is None,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(questions(SCHEMA._schema, self._samples))
        def examples(question: Question) -> None:
            # hypothesis makes some questions twice, and would have most of them asked by the first of a choice.
            asker = ASKERS[zlib.crc32(question.text.encode()) % len(ASKERS)]
            if str(question) in self._agreed:
                return
            asked = self._runner.run(ask(self._city, question, asker))
            self.counts["asked"] += 1
            self.counts["compiled"] += asked.lane == COMPILED
            self.counts["with rows"] += has_rows(asked.data)
            self.counts[asker.name] += 1
            if asked.differences:
                note(f"The lanes differ for the viewer {asker.name}. {question}")
            assert not asked.differences, "\n".join(asked.differences)
            self._agreed.add(str(question))

        (examples if seed is None else seeded(seed)(examples))()


@contextmanager
def inquiry(folder: Path) -> Iterator[Inquiry]:
    """The small sample city on SQLite. Its tree of areas has been read."""
    with written("sqlite", "", folder, SIZES["small"]) as urls, asyncio.Runner() as runner:
        write_drops(folder, SIZES["small"])
        web = {places.HOST: httpx2.ASGITransport(sample_web.app(folder))}
        stack = AsyncExitStack()
        city = runner.run(stack.enter_async_context(opened({**places.urls(folder), **urls}, transports=web)))
        try:
            runner.run(city.give_search(folder))
            samples = runner.run(samples_of(city, SCHEMA._schema))
            runner.run(city('{ area(code: "36.71") { complaints { totalCount } } }'))
            yield Inquiry(runner, city, samples)
        finally:
            if city.search is not None:
                runner.run(city.search.index.close())
            runner.run(stack.aclose())
