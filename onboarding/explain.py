"""Explaining: ask sources for the plans of each filter, order and relation, and switch off those that would scan.

Plans are requested through the guard, within the load contract, and never run. A use that would scan a large table is
switched off in the catalog until its mapping allows it. The report is lines for people and one object for machines.
"""

from __future__ import annotations

import asyncio
import itertools
import textwrap
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol, TypeVar, runtime_checkable

import sqlalchemy as sa

from connectors.catalog import Binding, Catalog, Scan, Way
from connectors.criteria import CountCriteria, Criteria
from connectors.guard.guard import Guard
from connectors.indexes import Indexes, advice_for, is_indexed
from connectors.mapping import Mapping
from connectors.protocol import Call
from connectors.sql.plans import Plan, PlanNode, tables_of
from connectors.sql.statements import Statement
from models.errors import DataQuality, DepartmentUnavailable, HubError
from models.predicates import Operator
from models.records import Relation
from onboarding.questions import Question, Sample, questions_of, sample_criteria, sampled_fields
from onboarding.survey import SourceQuestions, reason

T = TypeVar("T")

QUESTIONS_MAX = 200
"""How many plans are requested per record."""
ASK_S_MAX = 5.0
"""How long one question to a source may take."""
AGAIN_AFTER_S = 6 * 3600.0
"""How often a running hub explains again: tables grow and lose indexes."""
RETRY_AFTER_S = 300.0
"""How soon it explains again after a source gave no plans."""
OPERATION_NAME = "explain"

Tell = Callable[[str, str, list[str]], None]
"""Called with a source, a record, and its switched-off uses of fields."""


@runtime_checkable
class Explains(Protocol):
    """A connector whose source gives plans."""

    def statement(self, mapping: Mapping, criteria: Criteria | CountCriteria) -> Statement | None: ...

    async def explain(self, statement: Statement, call: Call) -> Plan: ...

    async def rows_up_to(self, rows_max: int, table: sa.FromClause, call: Call) -> int: ...


@dataclass(frozen=True, slots=True)
class Explained:
    """One question and its plan; `scans` names a table that it scans beyond the load contract, if any.

    `allowed` is the reason why the mapping allows that, `help` what the owner could do.
    """

    question: Question
    plan: Plan
    scans: str = ""
    allowed: str | None = None
    help: str = ""


@dataclass(slots=True)
class RecordPlans:
    """The plans of one record. `failure` says why there are none; then nothing new is switched off."""

    source: str
    record: str
    scan_rows_max: int
    explained: list[Explained] = field(default_factory=list)
    unasked: list[str] = field(default_factory=list)
    failure: str = ""

    @property
    def off(self) -> list[Explained]:
        return [each for each in self.explained if each.scans and each.allowed is None and each.question.asked]


def tell_nobody(_source: str, _record: str, _off: list[str]) -> None:
    """Ignore what is switched off."""


class Explainer:
    """Explains the records of a catalog in turn; a source that is down is not asked again in the same round.

    `tell` is called whenever the switched-off uses of a record change.
    """

    def __init__(self, catalog: Catalog, guard: Guard, tell: Tell = tell_nobody) -> None:
        self._catalog = catalog
        self._tell = tell
        self._asking = SourceQuestions(guard, ASK_S_MAX)
        self.told = asyncio.Event()
        """Set once all sources have been asked for the first time."""
        self._relations: list[Relation] = [
            relation for binding in catalog for relation in binding.mapping.record.relations.values()
        ]

    async def run(self) -> None:
        """Explain all records again and again, until cancelled."""
        while True:
            failed = False
            async for found in self.explain(self._catalog.connectors):
                failed = failed or bool(found.failure)
            self.told.set()
            await asyncio.sleep(RETRY_AFTER_S if failed else AGAIN_AFTER_S)

    async def explain(self, sources: Iterable[str]) -> AsyncIterator[RecordPlans]:
        """Explain each record of these sources that gives plans, and switch off uses in its binding."""
        names, away = frozenset(sources), dict[str, str]()
        for binding in self._catalog:
            if binding.source.name not in names or not isinstance(binding.connector, Explains):
                continue
            found = RecordPlans(
                binding.source.name, binding.mapping.record.name, binding.source.load.scan_rows_max,
                failure=away.get(binding.source.name, ""),
            )  # fmt: skip
            if not found.failure and not binding.unreadable:
                try:
                    await self._explain(binding, binding.connector, found)
                except DepartmentUnavailable as error:
                    found.failure = away[binding.source.name] = reason(error)
                except HubError as error:
                    found.failure = reason(error)
            if not found.failure:
                self._switch_off(binding, scans_of(found))
            yield found

    def _switch_off(self, binding: Binding, scans: frozenset[Scan]) -> None:
        if scans != binding.scans:
            off = sorted(f"{name} {asked.value}" for name, asked in scans)
            self._tell(binding.source.name, binding.mapping.record.name, off)
        binding.scans = scans

    async def _explain(self, binding: Binding, connector: Explains, found: RecordPlans) -> None:
        indexes = await self._indexes(binding)
        sizes = _Sizes(binding, connector, self._ask)
        sample = await self._sample(binding)
        questions = questions_of(binding.mapping, self._relations, sample, binding.missing)
        plans: dict[str, Plan] = {}
        for question in itertools.islice(questions, QUESTIONS_MAX):
            statement = connector.statement(binding.mapping, question.criteria) if question.criteria else None
            if statement is None:
                found.unasked.append(question.words)
                continue
            if statement.text not in plans:
                explaining = partial(connector.explain, statement, call_of(binding))
                plans[statement.text] = await self._ask(binding, explaining)
            plan = plans[statement.text]
            chosen = question.by_column and is_indexed(binding.mapping, question.field, indexes)
            scans = await self._scanned(plan, sizes, only_held=question.soon_full or chosen)
            allowed = binding.mapping.columns[question.field].scan_allowed if scans else None
            found.explained.append(Explained(question, plan, scans, allowed))
        found.unasked += [question.words for question in questions]
        self._advise(binding, found, indexes)

    async def _sample(self, binding: Binding) -> Sample:
        mapping = binding.mapping
        fields = sampled_fields(mapping, self._relations, binding.missing)
        sample = Sample({name: [] for name in fields})
        for last in (False, True):
            criteria = sample_criteria(mapping, fields, last=last)
            reading = partial(binding.connector.read, mapping, criteria, call_of(binding))
            sample.add(mapping, await self._ask(binding, reading))
        return sample

    async def _indexes(self, binding: Binding) -> Indexes:
        """The indexes of a source; none if it does not tell."""
        try:
            return await self._ask(binding, lambda: binding.connector.indexes_of(binding.mapping))
        except DataQuality:
            return {}

    async def _scanned(self, plan: Plan, sizes: _Sizes, *, only_held: bool) -> str:
        for step in plan.steps:
            if step.walks and (step.held or not only_held) and await sizes.is_large(step):
                return sizes.name_of(step)
        return ""

    def _advise(self, binding: Binding, found: RecordPlans, indexes: Indexes) -> None:
        """Add the index that would help, in the words of `sources check`."""
        advice = advice_for(binding.mapping, self._relations, indexes)
        helps = {use: index.statement for index in advice.missing for use in index.uses}
        helps |= {
            f"{use} {none.field}": f"no index on columns serves it: it compares {none.compared}"
            for none in advice.unserved
            for use in none.uses
        }
        found.explained = [
            replace(each, help=helps.get(each.question.words, "")) if each.scans else each for each in found.explained
        ]

    async def _ask(self, binding: Binding, work: Callable[[], Awaitable[T]]) -> T:
        return await self._asking.ask(binding, work)


class _Sizes:
    """Tells which tables of a mapping are too large to scan; each is counted once, up to the limit."""

    def __init__(self, binding: Binding, connector: Explains, ask: Callable[..., Awaitable[int]]) -> None:
        self._binding, self._connector, self._ask = binding, connector, ask
        self._tables = tables_of(binding.mapping.selectable)
        self._is_large: dict[str, bool] = {}

    def name_of(self, step: PlanNode) -> str:
        table = self._tables.get(step.table)
        return table.name if table is not None else step.table

    async def is_large(self, step: PlanNode) -> bool:
        """A table that the mapping does not name, as behind a view, counts as large as the whole mapping."""
        table = self._tables.get(step.table, self._binding.mapping.selectable)
        name = table.name if isinstance(table, sa.TableClause) else ""
        if name not in self._is_large:
            rows_max, call = self._binding.source.load.scan_rows_max, call_of(self._binding)
            rows = await self._ask(self._binding, partial(self._connector.rows_up_to, rows_max + 1, table, call))
            self._is_large[name] = rows > rows_max
        return self._is_large[name]


def call_of(binding: Binding) -> Call:
    return Call(OPERATION_NAME, binding.source.load.statement_ms_max)


def scans_of(found: RecordPlans) -> frozenset[Scan]:
    """The switched-off uses of a record."""
    return frozenset((each.question.field, asked) for each in found.off for asked in each.question.asked)


async def explained(catalog: Catalog, guard: Guard, sources: Iterable[str]) -> list[RecordPlans]:
    """The plans of each record of these sources."""
    return [found async for found in Explainer(catalog, guard).explain(sources)]


@asynccontextmanager
async def explaining(explainer: Explainer) -> AsyncIterator[None]:
    """Explain in the background within this context."""
    running = asyncio.create_task(explainer.run(), name="explain")
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


COLUMNS_MAX = 80

_WAYS = {
    Way.ORDER: "as an order",
    Way.ORDER_IN_RANGE: "as an order within a range of it",
    Way.PARENTS: "as the key of parents",
}


def lines_of(found: RecordPlans) -> list[str]:
    """The report of one record, at most 80 columns wide where words allow it."""
    lines = [f"{found.source}: {found.record} - {_state(found)}"]
    for sentence in _sentences(found):
        lines += textwrap.wrap(
            sentence, COLUMNS_MAX, initial_indent="  ", subsequent_indent="    ",
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip
    return lines


def _state(found: RecordPlans) -> str:
    if found.failure:
        return f"no plans, nothing is switched off: {found.failure}"
    off = sum(len(each.question.asked) for each in found.off)
    return f"{off or 'nothing'} switched off, {len(found.explained)} questions explained"


def _sentences(found: RecordPlans) -> Iterator[str]:
    alike: dict[tuple[str, str, str | None, str], list[Explained]] = {}
    for each in found.explained:
        if each.scans:
            alike.setdefault((each.question.field, each.scans, each.allowed, each.help), []).append(each)
    for (name, scans, allowed, help_), explained in alike.items():
        asked = sorted(_word(asked) for each in explained for asked in each.question.asked)
        what = f"{name} {', '.join(asked) or 'as the order of every list'}"
        reads = f"{what}: reads more than {found.scan_rows_max:,} rows of {scans}"
        if allowed is not None:
            yield f"allowed: {reads}; because: {allowed}"
        else:
            yield f"{'OFF' if asked else 'slow'}: {reads}" + (f"; {help_}" if help_ else "")
    if found.unasked:
        yield f"not explained, for want of a value or a plan: {', '.join(found.unasked)}"


def _word(asked: Operator | Way) -> str:
    """The use of a field, in the words of the graph's filters."""
    if isinstance(asked, Way):
        return _WAYS[asked]
    return "eq, in" if asked is Operator.IN else asked.value


def text_of(records: Sequence[RecordPlans]) -> str:
    """The whole report, with a summary as its last line."""
    return "\n".join([*(line for found in records for line in lines_of(found)), summary_of(records)]) + "\n"


def summary_of(records: Sequence[RecordPlans]) -> str:
    """The summary: how much is switched off."""
    off = sum(len(each.question.asked) for found in records for each in found.off)
    untold = sum(bool(found.failure) for found in records)
    things = "1 record" if len(records) == 1 else f"{len(records)} records"
    return f"{things}: {off} switched off; {untold} without plans"


def object_of(records: Sequence[RecordPlans]) -> dict[str, Any]:
    """The whole report as one object of plain values."""
    return {"summary": summary_of(records), "records": [_record_object(found) for found in records]}


def _record_object(found: RecordPlans) -> dict[str, Any]:
    return {
        "source": found.source,
        "record": found.record,
        "failure": found.failure or None,
        "scanRowsMax": found.scan_rows_max,
        "explained": len(found.explained),
        "notExplained": found.unasked,
        "scans": [
            {
                "field": each.question.field,
                "asked": sorted(asked.value for asked in each.question.asked),
                "table": each.scans,
                "off": each.allowed is None,
                "allowed": each.allowed,
                "help": each.help or None,
            }
            for each in found.explained
            if each.scans
        ],
    }
