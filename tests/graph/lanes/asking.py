"""Asks one question of the sample city in both lanes, as one viewer, and says where the answers differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from graphql import GraphQLError, execute

import engine
from api.graphql.outgoing import field_errors
from models.policy.viewer import ANONYMOUS, Purpose, Role, Viewer
from models.request import Request
from models.values.types import Nik
from sample.citizens.people import resident_number
from schema.build import SCHEMA
from schema.core.context import Context, Services
from schema.core.cursors import CursorCodec
from tests.engine.differential.comparing import Outcome, Reported, differences, outcome_of
from tests.graph.harness import DPUPR, City, document, request_of
from tests.graph.lanes.questions import Question

COMPILED = "compiled"
NOW = datetime(2025, 11, 3, 4, 5, 6, tzinfo=UTC)


@dataclass(frozen=True)
class Asker:
    """Who asks, and what for."""

    name: str
    viewer: Viewer
    purpose: Purpose | None = None

    def __repr__(self) -> str:
        return self.name


ASKERS = (
    Asker("anonymous", ANONYMOUS),
    Asker("citizen", Viewer(Role.CITIZEN, subject="citizen-1", nik=Nik(resident_number(0)))),
    Asker("officer", DPUPR, Purpose.COMPLAINT_HANDLING),
)


@dataclass(frozen=True)
class Asked:
    """How both lanes answered. `differences` is empty where they agree."""

    lane: str
    data: Any
    differences: list[str]


async def ask(city: City, question: Question, asker: Asker) -> Asked:
    # The time at which something was read is a part of answers.
    object.__setattr__(city.records.reader, "clock", lambda: NOW)
    expected, sent = await _run(execute, city, question, asker)
    got, got_sent = await _run(engine.execute, city, question, asker)
    found = differences(expected, got)
    if set(sent) != set(got_sent):
        found += [f"only graphql-core sends: {one}" for one in set(sent) - set(got_sent)]
        found += [f"only the engine sends: {one}" for one in set(got_sent) - set(sent)]
    elif len(got_sent) > len(sent):
        found.append(f"the engine sends more often: {Counter(got_sent) - Counter(sent)}")
    lane = engine.lane_of(SCHEMA._schema, document(question.text), variable_values=dict(question.variables))
    return Asked(lane, expected.data, found)


async def _run(
    run: Callable[..., Any], city: City, question: Question, asker: Asker
) -> tuple[Outcome, list[tuple[str, str]]]:
    request = request_of(asker.viewer, purpose=asker.purpose, now=NOW)
    services = Services(
        city.catalog.city,
        city.records,
        city.relations,
        city.populations,
        CursorCodec(city.secret),
        city.polygons,
        city.search,
    )
    before = len(city.statements)

    def start() -> Any:
        return run(
            SCHEMA._schema,
            document(question.text),
            context_value=Context(request, services),
            variable_values=dict(question.variables),
        )

    outcome = await outcome_of(start, reported=lambda error: _reported(error, request))
    return outcome, city.statements[before:]


def _reported(error: GraphQLError, request: Request) -> Reported:
    """An error as a client sees it."""
    unforeseen: list[BaseException] = []
    (entry,) = field_errors([error], request, lambda _id, _text, cause: unforeseen.append(cause))
    cause = f"{entry['extensions']['code']} {unforeseen!r}"
    places = tuple((place["line"], place["column"]) for place in entry.get("locations", ()))
    return Reported(tuple(entry.get("path", ())), entry["message"], places, cause, "")


def has_rows(data: Any) -> bool:
    """Whether there is a record of some source in the answer: not merely the hub's own constants."""
    return isinstance(data, dict) and any(
        _is_row(value) for key, value in data.items() if not key.startswith(("departments", "vocabulary"))
    )


def _is_row(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_is_row(below) for key, below in value.items() if not key.startswith("pageInfo"))
    if isinstance(value, list):
        return any(map(_is_row, value))
    return value is not None and value != 0
