"""Survey: an overview of the sources of a city: whether they answer, their servers, rows and ages."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from connectors.catalog import Binding, Catalog
from connectors.criteria import CountCriteria, Criteria, Order
from connectors.guard.guard import Guard
from connectors.mapping import Mapping, RowFilter
from connectors.protocol import Call, Capabilities
from connectors.sources import CityPackage, Source
from models.errors import HubError
from models.policy.viewer import Role, Viewer
from models.predicates import EVERYTHING
from models.records import KEY
from models.request import Deadline, Request
from models.values.localized import Language

T = TypeVar("T")

SURVEY_S_MAX = 8.0
"""The time limit per source; a refused connection may take 3 seconds."""
AS_OF_ROWS_MAX = 5_000
"""How many rows are read for the oldest `as_of`."""

COLUMNS_MAX = 80
OPERATION_NAME = "sources"


@dataclass(slots=True)
class RecordSurvey:
    """One record. `rows` is None if they could not be counted; `failure` says why."""

    record: str
    alive: str
    fresh_for: timedelta | None
    rows: int | None = None
    ages: bool = False
    oldest: datetime | None = None
    ages_unknown: int = 0
    ages_stopped: bool = False
    failure: str = ""


@dataclass(slots=True)
class SourceSurvey:
    """One source: not `connected`, or with a `failure`, or with its capabilities."""

    source: Source
    department: str
    connected: bool
    capabilities: Capabilities | None = None
    failure: str = ""
    records: list[RecordSurvey] = field(default_factory=list)


class SourceQuestions:
    """Asks sources through the guard, with a time budget per question or for several."""

    def __init__(self, guard: Guard, budget_s: float) -> None:
        self._guard = guard
        self._budget_s = budget_s

    def request(self) -> Request:
        return Request("sources", Viewer(Role.OPERATOR), Deadline.in_ms(self._budget_s * 1000), Language.EN)

    async def ask(self, binding: Binding, work: Callable[[], Awaitable[T]], request: Request | None = None) -> T:
        """Raises HubError, see `reason`."""
        department = binding.department.abbreviation
        asked = request or self.request()
        return await self._guard.call(binding.source, department, asked, work, is_local=binding.connector.is_local)


def reason(error: HubError) -> str:
    """Why a source did not answer, in a few words, without address, statement or value."""
    said = {
        "DEPARTMENT_TIMEOUT": "no answer in time",
        "DEPARTMENT_UNAVAILABLE": "cannot be reached",
        "DATA_QUALITY": "refused",
    }.get(error.code, error.code)
    return f"{said} ({error.__cause__})" if error.__cause__ is not None else said


async def survey(
    package: CityPackage, catalog: Catalog, guard: Guard, budget_s: float = SURVEY_S_MAX
) -> list[SourceSurvey]:
    """Survey all sources of the city concurrently, each within its own budget."""
    asking = SourceQuestions(guard, budget_s)
    return list(await asyncio.gather(*(_source(package, catalog, source, asking) for source in package.sources)))


async def _source(package: CityPackage, catalog: Catalog, source: Source, asking: SourceQuestions) -> SourceSurvey:
    department = package.city.department(source.department)
    name = department.name if department is not None else source.department
    found = SourceSurvey(source, name, connected=source.name in catalog.connectors)
    mappings = package.mappings_of(source.name)
    found.records = [RecordSurvey(m.record.name, described(m), m.fresh_for) for m in mappings]
    bindings = [binding for binding in catalog if binding.source.name == source.name]
    if not found.connected or not bindings:
        return found
    request = asking.request()
    try:
        found.capabilities = await asking.ask(bindings[0], bindings[0].connector.probe, request)
    except HubError as error:
        found.failure = reason(error)
        return found
    for binding, record in zip(bindings, found.records, strict=True):
        try:
            await _record(binding, record, asking, request)
        except HubError as error:
            record.failure = reason(error)
    return found


async def _record(binding: Binding, found: RecordSurvey, asking: SourceQuestions, request: Request) -> None:
    mapping, connector = binding.mapping, binding.connector
    call = Call(OPERATION_NAME, binding.source.load.statement_ms_max)
    counted = CountCriteria(mapping.record.name)
    (found.rows,) = await asking.ask(binding, lambda: connector.count(mapping, counted, call), request)
    if mapping.as_of is None:
        return
    criteria = Criteria(mapping.record.name, (KEY,), EVERYTHING, (Order(KEY),), AS_OF_ROWS_MAX)
    rows = await asking.ask(binding, lambda: connector.read(mapping, criteria, call), request)
    ages = mapping.as_of.decoder.decode(*(rows.columns[name] for name in mapping.as_of.legacy)).values
    known = [age for age in ages if isinstance(age, datetime)]
    found.ages = True
    found.oldest = min(known, default=None)
    found.ages_unknown = len(ages) - len(known)
    found.ages_stopped = found.rows > rows.length


def described(mapping: Mapping) -> str:
    """Which rows exist, by column names and values of the source; empty if all do."""
    return " and ".join(map(_described, mapping.conditions_alive))


def _described(alive: RowFilter) -> str:
    if alive.values is None:
        return f"{alive.legacy} is null"
    if len(alive.values) == 1:
        return f"{alive.legacy} = {alive.values[0]}"
    return f"{alive.legacy} is one of {len(alive.values)} values"


def lines_of(found: SourceSurvey) -> list[str]:
    """A source and its records in lines of at most 80 columns."""
    source, load = found.source, found.source.load
    lines = [f"{source.name} - {_state(found)}", f"  {source.title}, {found.department}"]
    lines.append(f"  at most {_many(load.connections_max, 'connection')}, {load.statement_ms_max} ms a statement")
    if found.capabilities is not None:
        lines.append(f"  {found.capabilities.server}, {found.capabilities.keys_max:,} keys per statement")
    width = max((len(record.record) for record in found.records), default=0)
    sentences = [f"{record.record:<{width}}  {_record_words(record)}" for record in found.records]
    indent = " " * (width + 4)
    for sentence in sentences:
        lines += textwrap.wrap(sentence, COLUMNS_MAX, initial_indent="  ", subsequent_indent=indent)
    return lines


def _state(found: SourceSurvey) -> str:
    if not found.connected:
        return f"not connected: set HUB_SOURCE_{found.source.name.upper()}_URL"
    return found.failure or "reached"


def _record_words(record: RecordSurvey) -> str:
    words = []
    if record.rows is not None:
        words.append(_many(record.rows, "row") + (f" where {record.alive}" if record.alive else ""))
    if record.failure:
        words.append(record.failure)
    words.append(f"fresh for {_span(record.fresh_for)}" if record.fresh_for is not None else "freshness not stated")
    if record.ages:
        words.append(f"oldest {record.oldest:%Y-%m-%d %H:%M %z}" if record.oldest is not None else "age unknown")
        if record.ages_unknown:
            words.append(f"{record.ages_unknown:,} of unknown age")
        if record.ages_stopped:
            words.append(f"ages of the first {AS_OF_ROWS_MAX:,} rows")
    return ", ".join(words)


def _many(count: int, thing: str) -> str:
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def _span(span: timedelta) -> str:
    """The largest unit that measures a span exactly."""
    seconds = round(span.total_seconds())
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size and seconds % size == 0:
            return _many(seconds // size, unit)
    return _many(seconds, "second")
