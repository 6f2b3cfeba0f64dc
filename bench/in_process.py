"""The engine alone: the two lanes of one schema in one process, without HTTP and without a database.

`python -m bench.in_process` prints milliseconds of processor time per operation, from a parsed document to bytes. The
reference lane is Strawberry on plain objects with its parser and validation cached; the compiled lane reads columns.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

import graphql
import orjson
import strawberry
from graphql import DocumentNode, ExecutionResult

import engine
from engine.facts import BATCH, BatchCall, BatchField, Children, Lists, Parents

ROWS_MAX = 1_000
ROUNDS = 7
SLICE_S = 0.05
"""How long one lane runs before it is the other's turn, at least."""


# --- The same records, as objects and as columns ----------------------------------------------------------------------


@dataclass(slots=True)
class AreaObject:
    code: str
    name: str
    level: str


@dataclass(slots=True)
class PersonObject:
    number: str
    full_name: str


@dataclass(slots=True)
class ComplaintObject:
    ticket_number: str
    status: str
    status_detail: str
    publication: str
    channel: str
    requested_at: str
    department_code: str
    address: str
    description: str
    votes: int
    reporter: PersonObject
    area: AreaObject


AREAS = [AreaObject(f"36.71.{at // 8 + 1:02}.{1001 + at % 8}", f"Kelurahan {at}", "VILLAGE") for at in range(104)]
PEOPLE = [PersonObject(f"36710101018{at:05}", f"Warga Nomor {at}") for at in range(300)]


def complaints_of(count: int) -> list[ComplaintObject]:
    """So many complaints as objects, with people and areas that they share."""
    return [
        ComplaintObject(
            f"LAKSA-2026-{at:06}",
            ("OPEN", "CLOSED")[at % 2],
            ("WAITING", "IN_PROGRESS", "DONE")[at % 3],
            "PUBLIC",
            ("APP", "WEB", "PHONE")[at % 3],
            f"2026-{at % 12 + 1:02}-{at % 28 + 1:02}T08:{at % 60:02}:00+07:00",
            "dpupr",
            f"Jalan Merdeka No. {at} RT 001/002",
            f"Lampu jalan nomor {at} padam sejak tiga hari yang lalu dan belum ada yang memperbaikinya.",
            at,
            PEOPLE[at * 7 % len(PEOPLE)],
            AREAS[at * 5 % len(AREAS)],
        )
        for at in range(count)
    ]


class Columns:
    """The objects of one kind as columns, each made once; `view` is the object itself."""

    def __init__(self, objects: Sequence[Any], **rows: Sequence[int]) -> None:
        self._objects = objects
        self._columns: dict[str, Sequence[Any]] = {
            field.name: [getattr(one, field.name) for one in objects] for field in fields(objects[0])
        }
        self._columns.update(rows)

    def column(self, name: str) -> Sequence[Any]:
        return self._columns[name]

    def view(self, row: int) -> object:
        return self._objects[row]


AREA_COLUMNS = Columns(AREAS)
PERSON_COLUMNS = Columns(PEOPLE)
COMPLAINTS = complaints_of(ROWS_MAX)


def complaint_columns(complaints: Sequence[ComplaintObject]) -> Columns:
    """Complaints of `complaints_of` as columns, with the rows of their people and areas."""
    numbers = range(len(complaints))
    return Columns(
        complaints,
        reporter_row=[at * 7 % len(PEOPLE) for at in numbers],
        area_row=[at * 5 % len(AREAS) for at in numbers],
    )


COMPLAINT_COLUMNS = complaint_columns(COMPLAINTS)


# --- One schema, two lanes --------------------------------------------------------------------------------------------


def _batch(resolve: Callable[..., Any]) -> dict[object, Any]:
    return {BATCH: BatchField(resolve)}


def _reporters(parents: Parents, _: BatchCall) -> Children:
    return Children(PERSON_COLUMNS, parents.column("reporter_row"))


def _areas(parents: Parents, _: BatchCall) -> Children:
    return Children(AREA_COLUMNS, parents.column("area_row"))


# `but` makes each request of a load another one; nothing is left out.
def _complaint_rows(_: Parents, __: BatchCall, first: int, but: str = "") -> Lists:  # noqa: ARG001  # as above
    return Lists(COMPLAINT_COLUMNS, [range(first)])


def _complaints(first: int, but: str = "") -> Any:  # noqa: ARG001  # as above
    return COMPLAINTS[:first]


class FailedValue(Exception):
    """Stands for a value that cannot be had, in every fifth row."""


def _fragile_column(parents: Parents, _: BatchCall) -> Sequence[Any]:
    return [FailedValue(f"{votes}") if votes % 5 == 0 else votes for votes in parents.column("votes")]


def _fragile(root: Any) -> Any:
    if root.votes % 5 == 0:
        raise FailedValue(f"{root.votes}")
    return root.votes


@strawberry.type
class Area:
    code: str
    name: str
    level: str


@strawberry.type
class Person:
    number: str
    full_name: str


@strawberry.type
class Complaint:
    ticket_number: str
    status: str
    status_detail: str
    publication: str
    channel: str
    requested_at: str
    department_code: str
    address: str
    description: str
    votes: int
    fragile: int | None = strawberry.field(resolver=_fragile, metadata=_batch(_fragile_column))
    reporter: Person | None = strawberry.field(metadata=_batch(_reporters))
    area: Area | None = strawberry.field(metadata=_batch(_areas))


@strawberry.type
class Query:
    complaints: list[Complaint] = strawberry.field(resolver=_complaints, metadata=_batch(_complaint_rows))


SCHEMA = strawberry.Schema(query=Query)._schema  # noqa: SLF001  # strawberry has no other name for it

NESTED = "ticketNumber status statusDetail requestedAt reporter { number fullName } area { code name }"
SCALARS = "ticketNumber status statusDetail publication channel requestedAt departmentCode address description votes"
QUERIES = {
    "W0": "{ complaints(first: 1) { status } }",
    "Q1": f"{{ complaints(first: 100) {{ {NESTED} }} }}",
    "Q2": f"{{ complaints(first: 1000) {{ {SCALARS} }} }}",
    "Q3": f"{{ complaints(first: 1000) {{ {NESTED} }} }}",
    "W11": "{ complaints(first: 1000) { ticketNumber fragile } }",
}


# --- Measuring --------------------------------------------------------------------------------------------------------

Execute = Callable[..., Any]
LANES: dict[str, Execute] = {"compiled": engine.execute, "reference": graphql.execute}


class LanesDiffer(Exception):
    """The lanes do not answer the same: their times say nothing."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Milliseconds of processor time of one query in both lanes, round by round, and the size of its answer."""

    query: str
    answer_bytes: int
    compiled_ms: tuple[float, ...]
    reference_ms: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """How many times the reference lane takes: the median of the rounds, each with both lanes side by side."""
        return statistics.median(r / c for r, c in zip(self.reference_ms, self.compiled_ms, strict=True))


@contextmanager
def garbage_as_served() -> Iterator[None]:
    """What was made until now is left out of collections, as the server does when it starts."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def measured(name: str, rounds: int = ROUNDS, slice_s: float = SLICE_S) -> Figures:
    """Both lanes by turns. Raises LanesDiffer where the answers are not the same bytes."""
    document = graphql.parse(QUERIES[name])
    errors = graphql.validate(SCHEMA, document)
    if errors:
        raise AssertionError(errors)
    answers = {lane: _answer(execute, document) for lane, execute in LANES.items()}
    if len(set(answers.values())) != 1 or engine.lane_of(SCHEMA, document) != "compiled":
        raise LanesDiffer(f"{name}: {engine.lane_of(SCHEMA, document)}")
    times: dict[str, list[float]] = {lane: [] for lane in LANES}
    with garbage_as_served():
        for turn in range(rounds):
            for lane, execute in LANES.items() if turn % 2 else reversed(LANES.items()):
                times[lane].append(_time_ms(execute, document, slice_s))
    return Figures(name, len(answers["compiled"]), tuple(times["compiled"]), tuple(times["reference"]))


def _answer(execute: Execute, document: DocumentNode) -> bytes:
    result = execute(SCHEMA, document)
    if not isinstance(result, ExecutionResult):
        raise LanesDiffer("nothing here has to be awaited")
    errors = sorted(str(error.path) for error in result.errors or ())
    return orjson.dumps({"data": result.data, "errors": errors}) if errors else orjson.dumps({"data": result.data})


def _time_ms(execute: Execute, document: DocumentNode, slice_s: float) -> float:
    times, started = 0, time.process_time()
    while True:
        _answer(execute, document)
        times += 1
        took_s = time.process_time() - started
        if took_s >= slice_s:
            return took_s * 1_000 / times


def main() -> None:
    print("milliseconds of processor time per operation: median (least to most) of the rounds\n")
    for name in QUERIES:
        figures = measured(name)
        print(
            f"{name:4} {figures.answer_bytes / 1_000:7.1f} kB  compiled {_spread(figures.compiled_ms)}  "
            f"reference {_spread(figures.reference_ms)}  {figures.ratio:6.1f}x"
        )


def _spread(times_ms: Sequence[float]) -> str:
    return f"{statistics.median(times_ms):8.3f} ({min(times_ms):.3f} to {max(times_ms):.3f})"


if __name__ == "__main__":
    main()
