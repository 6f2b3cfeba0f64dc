"""What a viewer may not see changes no byte of any answer: no value, no error, no count, no cursor, no finding."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from graphql import execute
from hypothesis import HealthCheck, Phase, given, note, settings

import engine
from api.graphql.outgoing import answer, dumped
from engine.cost import Cost
from models.policy.viewer import ANONYMOUS, Purpose, Role, Viewer
from models.values.types import Nik
from sample.citizens.people import email_address, resident_number
from schema.build import SCHEMA
from schema.core.context import Context, Services
from schema.core.cursors import CursorCodec
from tests.attacks.hidden import IsOpen, changed_copy, nothing_open, open_to_citizen, open_to_complaint_desk
from tests.graph.cities import TINY
from tests.graph.harness import DPUPR, SOURCES, City, document, opened, request_of, written
from tests.graph.lanes.asking import NOW, has_rows
from tests.graph.lanes.questions import Question, questions
from tests.graph.lanes.samples import Samples, samples_of
from tests.slow import examples

NIK = Nik(resident_number(0))
LANES: Mapping[str, Callable[..., Any]] = {"compiled": engine.execute, "reference": execute}
EXAMPLES = examples(30)


@dataclass(frozen=True)
class Prying:
    """Somebody who looks for what is hidden, what for, and which rows are open to them."""

    name: str
    viewer: Viewer
    is_open: IsOpen = nothing_open
    purpose: Purpose | None = None
    free_text_masked: bool = False


PRYING = (
    Prying("anonymous", ANONYMOUS),
    Prying("analyst", Viewer(Role.ANALYST)),
    Prying("auditor", Viewer(Role.AUDITOR)),
    Prying("operator", Viewer(Role.OPERATOR)),
    Prying("citizen", Viewer(Role.CITIZEN, nik=NIK), open_to_citizen(NIK, email_address(0)), free_text_masked=True),
    Prying("idle officer", DPUPR, free_text_masked=True),
    Prying("officer", DPUPR, open_to_complaint_desk("dpupr"), Purpose.COMPLAINT_HANDLING, free_text_masked=True),
)


@dataclass
class Cities:
    """The city as it is, and as it is with everything hidden changed, by the viewer from whom it is hidden."""

    runner: asyncio.Runner
    stack: AsyncExitStack
    folder: Path
    true: City
    samples: Samples
    changed: dict[str, City] = field(default_factory=dict)

    def changed_for(self, one: Prying) -> City:
        if one.name not in self.changed:
            copy = self.folder.parent / one.name.replace(" ", "-")
            assert changed_copy(self.folder, copy, one.is_open, free_text_masked=one.free_text_masked) > TINY.citizens
            city = self.runner.run(self.stack.enter_async_context(opened(urls_in(copy))))
            self.runner.run(city(READS_ONCE))
            self.changed[one.name] = ready(city)
        return self.changed[one.name]


def urls_in(folder: Path) -> dict[str, str]:
    return {source: f"sqlite:///{(folder / f'{source}.db').as_posix()}" for source in SOURCES}


READS_ONCE = """{
  area(code: "36.71") { population complaints { totalCount } }
  areas(first: 100, filter: {level: {eq: VILLAGE}}) { nodes {
    complaints { totalCount } hospitals { totalCount } events { totalCount } schools { totalCount }
    markets { totalCount } incidents { totalCount } jobPostings { totalCount } licenses { totalCount }
  } }
}"""
"""What each city is asked first: areas, their people and what is placed in them are read once, and no answer tells
later that they were."""


def ready(city: City) -> City:
    """The time at which something was read is a part of answers, so it stands still."""
    object.__setattr__(city.records.reader, "clock", lambda: NOW)
    return city


@pytest.fixture(scope="module")
def cities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cities]:
    folder = tmp_path_factory.mktemp("sideways") / "true"
    folder.mkdir()
    with written("sqlite", "", folder, TINY) as urls, asyncio.Runner() as runner:
        stack = AsyncExitStack()
        city = ready(runner.run(stack.enter_async_context(opened(urls))))
        runner.run(city(READS_ONCE))
        try:
            yield Cities(runner, stack, folder, city, runner.run(samples_of(city, SCHEMA._schema)))
        finally:
            runner.run(stack.aclose())


async def body_of(city: City, lane: str, question: Question, one: Prying) -> dict[str, Any]:
    """The whole answer as the hub sends it, but for how long it took."""
    request = request_of(one.viewer, purpose=one.purpose, now=NOW)
    services = Services(
        city.catalog.city, city.records, city.relations, city.populations, CursorCodec(city.secret), None, None
    )
    running = LANES[lane](
        SCHEMA._schema,
        document(question.text),
        context_value=Context(request, services),
        variable_values=dict(question.variables),
    )
    result = await running if asyncio.iscoroutine(running) or hasattr(running, "__await__") else running
    records = {record for _, record in request.report.ages}
    body = answer(result, request, city.catalog.city, lambda *_: None, Cost(0, 0), records)
    for line in body.get("extensions", {}).get("sources", ()):
        line["ms"] = 0
    # graphql-core reports errors as its tasks end.
    body.get("errors", []).sort(key=lambda error: str(error.get("path")))
    return body


def compare(cities: Cities, one: Prying, question: Question) -> Mapping[str, Any]:
    """Asks both cities in both lanes. Raises AssertionError where an answer tells that something hidden changed."""
    bodies: list[dict[str, Any]] = []
    for lane in LANES:
        true, changed = (
            cities.runner.run(body_of(city, lane, question, one)) for city in (cities.true, cities.changed_for(one))
        )
        if dumped(changed) != dumped(true):
            pytest.fail(f"{lane}: {_first_difference(dumped(true), dumped(changed))}")
        bodies.append(true)
    return bodies[0]


def _first_difference(true: bytes, changed: bytes) -> str:
    place = next(place for place, (a, b) in enumerate(zip(true, changed, strict=False)) if a != b)
    return f"...{true[place - 80 : place + 40]!r} against {changed[place - 80 : place + 40]!r}"


def test_what_is_hidden_changes_no_byte_of_any_answer(cities: Cities) -> None:
    counts: Counter[str] = Counter()
    with_rows: list[bool] = []

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(questions(SCHEMA._schema, cities.samples))
    def ask(question: Question) -> None:
        # hypothesis would have most questions asked by the first of a choice.
        one = PRYING[counts.total() % len(PRYING)]
        note(f"{one.name}: {question}")
        body = compare(cities, one, question)
        counts[one.name] += 1
        with_rows.append(has_rows(body["data"]))

    ask()
    assert {one.name for one in PRYING} <= counts.keys(), counts
    assert sum(with_rows) >= EXAMPLES // 4


EVERYTHING = """
{ complaints(first: 100, orderBy: [{requestedAt: DESC}]) { totalCount pageInfo { endCursor } edges { cursor node {
    id address description reporterNik history(first: 5) { totalCount nodes { note } } } } }
  licenses(first: 100) { totalCount edges { cursor node { holderNik holderName } } }
  incidents(first: 100) { totalCount nodes { address description callerName callerPhone position { latitude } } } }
"""


@pytest.mark.parametrize("one", PRYING, ids=lambda one: one.name)
def test_lists_of_what_is_hidden_are_the_same_to_the_last_finding(cities: Cities, one: Prying) -> None:
    body = compare(cities, one, Question(EVERYTHING))
    assert len(body["data"]["complaints"]["edges"]) > 50
    assert len(body["data"]["licenses"]["edges"]) > 50
