"""Inspection: read every row of a source in small pages, and compare the data with the mappings.

It sends one statement at a time, through the guard and within each source's load contract.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import TypeVar

import sqlalchemy as sa

from connectors.catalog import Binding, Catalog, declared_kind, kind_of_type
from connectors.criteria import CountCriteria, Criteria, Keyset, Order, ParentKeys
from connectors.guard.guard import Guard
from connectors.indexes import ROWS_MIN, advice_for
from connectors.mapping import Mapping
from connectors.protocol import Call, Rows
from connectors.reading import written_in
from connectors.sql.connector import SqlConnector
from models.citizens import Citizen
from models.errors import DepartmentTimeout, DepartmentUnavailable, HubError
from models.predicates import EVERYTHING, Operator
from models.records import KEY, PersonalClass
from onboarding.inspection_report import ChangedColumn, RecordInspection, Reference
from onboarding.survey import SourceQuestions, reason
from onboarding.tallies import FieldTally, JoinTally, OrderTally, PeopleTally, UniqueTally, plain_name

T = TypeVar("T")
_Tally = UniqueTally | JoinTally | OrderTally | PeopleTally

PAGE_ROWS = 5_000
PAGE_ROWS_MIN = 100
"""After a timeout the page size is quartered, down to this."""
ROWS_MAX = 200_000
"""How many rows of a record are read by default."""
KEYS_PER_LOOKUP = 500
REGISTER_ROWS_MAX = 20_000
"""How many names of the register are compared with what everybody may read."""
ASK_S_MAX = 10.0
"""The time limit of a question, or twice the slowest source's statement limit: a lost connection may hang."""
OPERATION_NAME = "inspection"

Progress = Callable[[str, str, int, int], None]
"""Called with a source, a record, the number of rows read so far, and the total."""


def say_nothing(_source: str, _record: str, _done: int, _total: int) -> None:
    """Ignore the progress."""


class _AwayError(Exception):
    """The source failed before; the text says why."""


class Inspector:
    """Inspects the records of a catalog in turn; a source that is down is not asked again."""

    def __init__(
        self,
        catalog: Catalog,
        guard: Guard,
        *,
        rows_max: int = ROWS_MAX,
        page_rows: int = PAGE_ROWS,
        advised_rows_min: int = ROWS_MIN,
        progress: Progress = say_nothing,
    ) -> None:
        self._catalog = catalog
        slowest_ms = max((binding.source.load.statement_ms_max for binding in catalog), default=0)
        self._asking = SourceQuestions(guard, max(ASK_S_MAX, 2 * slowest_ms / 1000))
        self._rows_max = rows_max
        self._page_rows = page_rows
        self._advised_rows_min = advised_rows_min
        self._progress = progress
        self._away: dict[str, str] = {}
        self._register: frozenset[str] | None = None

    async def inspect(self, sources: Iterable[str]) -> AsyncIterator[RecordInspection]:
        """Inspect each record of these sources."""
        names = frozenset(sources)
        for binding in self._catalog:
            if binding.source.name in names:
                yield await self._inspected(binding)

    async def _inspected(self, binding: Binding) -> RecordInspection:
        found = RecordInspection(binding.source.name, binding.mapping.record.name)
        try:
            await self._compare(binding, found)
            if not binding.unreadable:
                await self._walk(binding, found)
                await self._advise(binding, found)
        except HubError as error:
            found.failure = reason(error)
        except _AwayError as away:
            found.failure = str(away)
        return found

    async def _ask(self, binding: Binding, work: Callable[[], Awaitable[T]]) -> T:
        name = binding.source.name
        if name in self._away:
            raise _AwayError(self._away[name])
        try:
            return await self._asking.ask(binding, work)
        except DepartmentUnavailable as error:
            self._away[name] = reason(error)
            raise

    async def _compare(self, binding: Binding, found: RecordInspection) -> None:
        """Compare the columns, and their types if the source declares them."""
        await self._ask(binding, binding.connector.probe)
        await self._ask(binding, binding.check)
        found.missing = sorted(binding.missing)
        # For a select a source only confirms the columns; their values tell the types.
        if isinstance(binding.mapping.selectable, sa.TableClause):
            present = await self._ask(binding, lambda: binding.connector.columns_of(binding.mapping))
            for name, kind in (present or {}).items():
                _compare_kind(binding, found, name, kind_of_type(kind))
        found.written_in = _zones_written(binding.mapping)
        connector = binding.connector
        if isinstance(connector, SqlConnector) and not binding.unreadable:
            found.zones = await self._ask(binding, lambda: connector.zones_of(binding.mapping))
            found.lacking = await self._ask(binding, lambda: connector.lacking(binding.mapping, _call(binding)))

    async def _walk(self, binding: Binding, found: RecordInspection) -> None:
        mapping = binding.mapping
        names = [name for name in mapping.columns if name not in binding.missing]
        found.fields = [FieldTally(mapping.record.fields[name], mapping.columns[name]) for name in names]
        found.uniques = [UniqueTally(name) for name in names if name in self._unique_fields(binding)]
        found.people = [PeopleTally(name) for name in names if _may_be_refused(binding, name)]
        joins = {name: JoinTally(name) for name in names if name in {here for here, *_ in _references(binding)}}
        sorted_by = [(name, legacy) for name in names if (legacy := mapping.columns[name].sorts_as) is not None]
        found.orders = [OrderTally(name, legacy) for name, legacy in sorted_by]
        by_key = [order for order in found.orders if _is_by_key(binding, order)]
        counted = CountCriteria(mapping.record.name)
        (found.rows,) = await self._ask(binding, lambda: binding.connector.count(mapping, counted, _call(binding)))
        async for rows in self._pages(binding, tuple(names), (Order(KEY),), found):
            keys = mapping.columns[KEY].decoder.decode(rows.columns[mapping.legacy_key]).values
            clean = {tally.name: tally.add(_legacy(binding, tally.name, rows), keys) for tally in found.fields}
            counting: tuple[_Tally, ...] = (*found.uniques, *joins.values(), *by_key, *found.people)
            for each in counting:
                each.add(clean[each.name], keys)
        for tally in found.fields:
            for legacy, kinds in tally.raw_kinds.items():
                if len(kinds) == 1:
                    _compare_kind(binding, found, legacy, next(iter(kinds)))
        for people in found.people:
            people.judge(await self._names_in_register() if people.may_be_names else frozenset())
        for order in found.orders:
            if order not in by_key:
                await self._walk_in_order(binding, order, found)
        for here, target, there in _references(binding):
            if here in joins:
                found.references.append(await self._looked_up(joins[here], target, there))

    async def _names_in_register(self) -> frozenset[str]:
        """Names that stand in the register of citizens, read once; none if there is no register to ask."""
        if self._register is None:
            self._register = frozenset()
            binding = next((bound for bound in self._catalog if bound.mapping.record is Citizen), None)
            if binding is not None and "full_name" in binding.mapping.columns:
                with contextlib.suppress(HubError, _AwayError):
                    self._register = await self._read_names(binding)
        return self._register

    async def _read_names(self, binding: Binding) -> frozenset[str]:
        found = RecordInspection(binding.source.name, Citizen.name, rows=REGISTER_ROWS_MAX)
        names: set[str] = set()
        async for rows in self._pages(binding, (KEY, "full_name"), (Order(KEY),), found):
            clean = binding.mapping.columns["full_name"].decoder.decode(*_legacy(binding, "full_name", rows)).values
            names |= {plain_name(str(name)) for name in clean if name is not None}
            if found.walked >= REGISTER_ROWS_MAX:
                break
        return frozenset(names)

    async def _walk_in_order(self, binding: Binding, order: OrderTally, found: RecordInspection) -> None:
        key = binding.mapping.columns[KEY].decoder
        async for rows in self._pages(binding, (KEY, order.name), (Order(order.name), Order(KEY)), found):
            values = binding.mapping.columns[order.name].decoder.decode(*_legacy(binding, order.name, rows)).values
            order.add(values, key.decode(rows.columns[binding.mapping.legacy_key]).values)

    async def _pages(
        self, binding: Binding, columns: tuple[str, ...], order: tuple[Order, ...], found: RecordInspection
    ) -> AsyncIterator[Rows]:
        """All rows up to `rows_max` in an order, by keyset pagination.

        A full page drops its last rows with equal sort values, and the next page begins with them, so that rows with
        the same key are not lost between pages.
        """
        record, page_rows, walked = binding.mapping.record.name, self._page_rows, 0
        total = min(found.rows or 0, self._rows_max)
        place: Keyset | None = None
        while walked < self._rows_max:
            limit = min(page_rows, self._rows_max - walked)
            criteria = Criteria(record, columns, EVERYTHING, order, limit, place)
            try:
                rows = await self._ask(binding, partial(_read, binding, criteria))
            except DepartmentTimeout:
                if page_rows <= PAGE_ROWS_MIN:
                    raise
                page_rows = max(PAGE_ROWS_MIN, page_rows // 4)
                continue
            is_last = rows.length < limit
            if not is_last and walked + rows.length < self._rows_max:
                rows = _without_last_place(rows)
            walked += rows.length
            found.walked = max(found.walked, walked)
            self._progress(binding.source.name, record, min(walked, total), total)
            if rows.length:
                yield rows
                place = Keyset(rows.keyset[-1])
            if is_last:
                return
        found.stopped = found.rows is None or found.rows > walked

    async def _advise(self, binding: Binding, found: RecordInspection) -> None:
        """Add the missing indexes of a large record. A source may not tell its indexes."""
        if found.rows is None or found.rows < self._advised_rows_min:
            return
        try:
            indexes = await self._ask(binding, lambda: binding.connector.indexes_of(binding.mapping))
        except HubError as error:
            found.indexes_untold = reason(error)
            return
        relations = [one for bound in self._catalog for one in bound.mapping.record.relations.values()]
        found.indexes = advice_for(binding.mapping, relations, indexes)

    def _unique_fields(self, binding: Binding) -> frozenset[str]:
        """The key of this record and the fields by which others refer to it."""
        record = binding.mapping.record.name
        referring = (reference for other in self._catalog for reference in _references(other))
        return frozenset({KEY, *(there for _, target, there in referring if target == record)})

    async def _looked_up(self, join: JoinTally, target: str, there: str) -> Reference:
        found = Reference(join.name, target, values=len(join.values), stopped=join.stopped)
        binding = next((bound for bound in self._catalog if bound.mapping.record.name == target), None)
        if binding is None or there in binding.missing or Operator.IN not in binding.mapping.operators(there):
            found.failure = "cannot be looked up there"
            return found
        values = list(join.values)
        lost: list[object] = []
        try:
            for start in range(0, len(values), KEYS_PER_LOOKUP):
                chunk = values[start : start + KEYS_PER_LOOKUP]
                counts = await self._ask(binding, partial(_count_of, binding, there, chunk))
                lost += [value for value, count in zip(chunk, counts, strict=True) if not count]
        except HubError as error:
            found.failure = reason(error)
        except _AwayError as away:
            found.failure = str(away)
        else:
            found.orphaned_values, found.orphans = len(lost), join.orphans(lost)
        return found


def _may_be_refused(binding: Binding, name: str) -> bool:
    """Whether everybody may read a field of text, and its mapping does not say why it publishes people's data."""
    contract = binding.mapping.record.fields[name]
    is_public = contract.personal is PersonalClass.NON_PERSONAL and issubclass(contract.clean_type, str)
    return is_public and binding.mapping.columns[name].publishes is None


def _references(binding: Binding) -> list[tuple[str, str, str]]:
    """(field, target, field of the target) of each to-one relation on a single field."""
    return [
        (relation.on[0][0], relation.target, relation.on[0][1])
        for relation in binding.mapping.record.relations.values()
        if not relation.many and len(relation.on) == 1
    ]


def _call(binding: Binding) -> Call:
    return Call(OPERATION_NAME, binding.source.load.statement_ms_max)


async def _read(binding: Binding, criteria: Criteria) -> Rows:
    return await binding.connector.read(binding.mapping, criteria, _call(binding))


async def _count_of(binding: Binding, field: str, keys: Sequence[object]) -> list[int]:
    """The number of rows with each of these keys."""
    criteria = CountCriteria(binding.mapping.record.name, parents=ParentKeys(field, tuple((key,) for key in keys)))
    return await binding.connector.count(binding.mapping, criteria, _call(binding))


def _legacy(binding: Binding, field: str, rows: Rows) -> list[Sequence[object]]:
    return [rows.columns[name] for name in binding.mapping.columns[field].legacy]


def _without_last_place(rows: Rows) -> Rows:
    """A page without the rows that tie with its last one; the whole page if all rows tie."""
    last = rows.keyset[-1]
    length = next((at for at in range(rows.length, 0, -1) if rows.keyset[at - 1] != last), 0)
    if not length:
        return rows
    columns = {name: column[:length] for name, column in rows.columns.items()}
    return Rows(length, columns, rows.keyset[:length], rows.parents)


def _is_by_key(binding: Binding, order: OrderTally) -> bool:
    """Whether the order is that of the key, which for texts may differ from the column's own order."""
    return order.sorts_as == binding.mapping.legacy_key and declared_kind(binding.mapping, order.sorts_as) == "number"


def _zones_written(mapping: Mapping) -> dict[str, str]:
    """The zone that the mapping says for each field of time without an offset."""
    zones = {name: written_in(mapping, name) for name in mapping.columns}
    return {name: str(zone) for name, zone in zones.items() if zone is not None}


def _compare_kind(binding: Binding, found: RecordInspection, legacy: str, kind: str | None) -> None:
    """Note, once, a column that holds another kind of value than declared."""
    declared = declared_kind(binding.mapping, legacy) if legacy in binding.mapping.selectable.c else None
    known = {change.column for change in found.changed}
    if declared is not None and kind not in (None, "other", declared) and legacy not in known:
        found.changed.append(ChangedColumn(legacy, declared, str(kind)))
