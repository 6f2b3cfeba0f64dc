"""Explaining: how a source would answer each declared filter, order and relation, and which of them would scan it.

Sources are asked for plans only, through the guard and within their load contracts; no plan is run. What would read a
large table from end to end is switched off in the catalog until its mapping allows it.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol, TypeVar, runtime_checkable

import sqlalchemy as sa

from connectors.catalog import Binding, Catalog
from connectors.criteria import CountCriteria, Criteria
from connectors.guard import Guard
from connectors.indexes import Indexes, advice_for, is_indexed
from connectors.mapping import Mapping
from connectors.protocol import Call
from connectors.questions import Question, Sample, questions_of, sample_criteria, sampled_fields
from connectors.scans import Scan
from connectors.sql.plans import Plan, Step, tables_of
from connectors.sql.statements import Statement
from connectors.survey import Asking, reason
from models.errors import DataQuality, DepartmentUnavailable, HubError
from models.records import Relation

T = TypeVar("T")

QUESTIONS_MAX = 200
"""How many plans of one record are asked for."""
ASK_S_MAX = 5.0
"""How long one question to a source may take."""
AGAIN_AFTER_S = 6 * 3600.0
"""Tables grow and lose indexes: how long a running hub keeps to what was explained."""
RETRY_AFTER_S = 300.0
"""How soon it explains again when a source gave no plans."""
OPERATION_NAME = "explain"

Tell = Callable[[str, str, list[str]], None]
"""Called with a source, a record, and what of it is switched off: fields, each with what is asked of it."""


@runtime_checkable
class Explains(Protocol):
    """A connector whose source can say how it would answer."""

    def statement(self, mapping: Mapping, criteria: Criteria | CountCriteria) -> Statement | None: ...

    async def explain(self, statement: Statement, call: Call) -> Plan: ...

    async def rows_up_to(self, rows_max: int, table: sa.FromClause, call: Call) -> int: ...


@dataclass(frozen=True, slots=True)
class Explained:
    """One question, and the table that it scans with more rows than the load contract lets it; empty if none.

    `allowed` is why the mapping allows that, `help` what the owner could do about it.
    """

    question: Question
    plan: Plan
    scans: str = ""
    allowed: str | None = None
    help: str = ""


@dataclass(slots=True)
class RecordPlans:
    """What was found of one record. `failure` says why there are no plans, and then nothing is switched off anew."""

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
    """What is switched off, where nobody listens."""


class Explainer:
    """Explains the records of a catalog one after the other; a source that is away is not asked again in one round.

    `tell` is told what of a record is switched off, whenever that changes.
    """

    def __init__(self, catalog: Catalog, guard: Guard, tell: Tell = tell_nobody) -> None:
        self._catalog = catalog
        self._tell = tell
        self._asking = Asking(guard, ASK_S_MAX)
        self.told = asyncio.Event()
        """Set once all sources have been asked a first time."""
        self._relations: list[Relation] = [
            relation for binding in catalog for relation in binding.mapping.record.relations.values()
        ]

    async def run(self) -> None:
        """Keep what is switched off true for ever, however the sources change. Ends when cancelled."""
        while True:
            failed = False
            async for found in self.explain(self._catalog.connectors):
                failed = failed or bool(found.failure)
            self.told.set()
            await asyncio.sleep(RETRY_AFTER_S if failed else AGAIN_AFTER_S)

    async def explain(self, sources: Iterable[str]) -> AsyncIterator[RecordPlans]:
        """Each record of these sources that can say how it would answer. Its binding keeps what is switched off."""
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
        """Those of a source that does not tell them are taken for none."""
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
        """Which index would help, as `sources check` says it."""
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
    """Which tables of a mapping have more rows than a scan of them may read: each is counted once, up to that."""

    def __init__(self, binding: Binding, connector: Explains, ask: Callable[..., Awaitable[int]]) -> None:
        self._binding, self._connector, self._ask = binding, connector, ask
        self._tables = tables_of(binding.mapping.selectable)
        self._is_large: dict[str, bool] = {}

    def name_of(self, step: Step) -> str:
        table = self._tables.get(step.table)
        return table.name if table is not None else step.table

    async def is_large(self, step: Step) -> bool:
        """A table that the mapping does not name, such as one behind a view, is as large as what the mapping reads."""
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
    """What is switched off of a record."""
    return frozenset((each.question.field, asked) for each in found.off for asked in each.question.asked)


async def explained(catalog: Catalog, guard: Guard, sources: Iterable[str]) -> list[RecordPlans]:
    """What is found of each record of these sources."""
    return [found async for found in Explainer(catalog, guard).explain(sources)]


@asynccontextmanager
async def explaining(explainer: Explainer) -> AsyncIterator[None]:
    """Explain in the background until the end of the context, which does not wait for it."""
    running = asyncio.create_task(explainer.run(), name="explain")
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
