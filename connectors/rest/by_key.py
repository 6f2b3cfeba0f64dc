"""By key: a live service that looks up single rows, such as a population register under an agreement.

It answers equality on the fields that have a lookup, directly or through a relation, and nothing else. Its rows are
filtered again, so a service that ignores its parameter returns nothing extra.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, ClassVar, Literal

import httpx2
import sqlalchemy as sa

from connectors.criteria import CountCriteria, Criteria, GroupCriteria, Keyset, KeysetMismatch
from connectors.guard.connections import Connections
from connectors.http.access import GarbledAnswer
from connectors.http.client import HttpClient, HttpLimits, SourceLogin
from connectors.indexes import Indexes
from connectors.kinds import Opening
from connectors.mapping import Mapping, MappingError
from connectors.protocol import Call, Capabilities, RawGroups, Rows, SourceBroken, SourceUnreachable
from connectors.rest.collections import filled
from connectors.rest.documents import CONTENT_TYPES, Fields, at, items_at, parsed
from models.predicates import And, Compare, Not, Operator, Or, Predicate
from models.records import KEY
from models.sources.data_terms import SourceForm

MINUTE_S, DAY_S = 60.0, 86_400.0
CALLS_MAX = 1_000_000
"""The largest daily quota that can be counted."""


@dataclass(frozen=True, slots=True)
class Quota:
    """How many calls an agreement allows in any minute and in any 24 hours, counted in this process."""

    calls_per_minute_max: int
    calls_per_day_max: int

    def __post_init__(self) -> None:
        if not 0 < self.calls_per_minute_max <= self.calls_per_day_max <= CALLS_MAX:
            raise ValueError(f"a quota allows a call a minute, and at most {CALLS_MAX} a day")


@dataclass(slots=True)
class Calls:
    """The calls that were made under a quota."""

    quota: Quota
    clock: Callable[[], float] = time.monotonic
    _made: deque[float] = field(default_factory=deque)

    def take(self, calls: int = 1) -> None:
        """Count so many calls. Raises SourceUnreachable, and counts none, if they exceed the quota."""
        now = self.clock()
        while self._made and self._made[0] <= now - DAY_S:
            self._made.popleft()
        recent = 0
        for made in reversed(self._made):
            if made <= now - MINUTE_S:
                break
            recent += 1
        if recent + calls > self.quota.calls_per_minute_max:
            raise SourceUnreachable(f"the quota of {self.quota.calls_per_minute_max} calls a minute is used up")
        if len(self._made) + calls > self.quota.calls_per_day_max:
            raise SourceUnreachable(f"the quota of {self.quota.calls_per_day_max} calls a day is used up")
        self._made.extend([now] * calls)


KEYS_MAX = 100
ROWS_MAX = 2_000


@dataclass(frozen=True, slots=True)
class Lookup:
    """How to ask a service for the rows whose `field` has a value.

    The value replaces `{key}` in `path`, else it is sent as `parameter`. One call takes up to `keys_max` values, joined
    by `separator`. `items` is the path to the row or the list of rows in the document. The service is asked for the
    decoder's first spelling of a value.
    """

    field: str
    path: str
    items: str = ""
    parameter: str = "key"
    separator: str = ","
    keys_max: int = 1

    def __post_init__(self) -> None:
        if self.keys_max < 1:
            raise ValueError("a lookup takes at least one key")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """How a service takes new rows and changes, as JSON objects with the fields of the resource.

    `new` is the path that takes a POST, `change` the one of a row, with `{key}` in it, and `change_by` its method.
    `items` is the path to the row in the answer. `key_header` is the header that takes an idempotency key, such as
    `Idempotency-Key`, of a service that acts once for each key; empty if it keeps none.
    """

    new: str = ""
    change: str = ""
    change_by: Literal["PUT", "PATCH"] = "PATCH"
    items: str = ""
    key_header: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Resource:
    """One resource of a service, as the table that a mapping reads. `fields` are paths, as in Collection.

    `endpoint` takes what is written, if anything is.
    """

    table: str
    lookups: tuple[Lookup, ...]
    fields: Dictionary[str, str] = field(default_factory=dict)
    endpoint: Endpoint | None = None


@dataclass(frozen=True, eq=False, slots=True)
class RestByKey:
    """The kind of source that is asked live, by key.

    `health` is a path that answers 200 while the service is up; without one, a failed read tells. `keeps_nothing`
    forbids caching and stale answers. A read looks up at most `keys_max` keys.
    """

    form: ClassVar[SourceForm] = SourceForm.REST

    resources: tuple[Resource, ...]
    sign_in: SourceLogin | None = None
    limits: HttpLimits = field(default_factory=lambda: HttpLimits(total_s=5.0))
    quota: Quota | None = None
    health: str = ""
    keeps_nothing: bool = False
    keys_max: int = KEYS_MAX

    def connector(self, opening: Opening) -> RestConnector:
        """Raises SourceUrlError for the URL or the credential, and MappingError."""
        for mapping in opening.mappings:
            self.check(mapping)
        client = HttpClient.of(opening.url, opening.http, opening.load, self.limits, self.sign_in, opening.credential)
        only_by = frozenset(
            f"{mapping.record.name}.{lookup.field}" for mapping in opening.mappings for lookup in self.lookups(mapping)
        )
        capabilities = Capabilities(
            operators=frozenset({Operator.IN}), sorts=False, counts=False, keys_max=self.keys_max, only_by=only_by
        )
        return RestConnector(self, client, capabilities)

    def check(self, mapping: Mapping) -> None:
        """Raises MappingError for a mapping that this kind cannot serve."""
        where = f"The mapping of {mapping.record.name}"
        if not isinstance(mapping.selectable, sa.TableClause):
            raise MappingError(f"{where} reads a select; a source that is asked by key has tables only.")
        fields = {lookup.field for lookup in self.lookups(mapping)}
        if not fields or not fields <= mapping.columns.keys():
            raise MappingError(f"{where} has no lookup, or lacks the field of one: {', '.join(sorted(fields)) or '-'}.")
        if self.keeps_nothing and mapping.stale_for is not None:
            raise MappingError(f"{where} promises stale answers, and nothing of {mapping.source} may be kept.")

    def resource(self, mapping: Mapping) -> Resource | None:
        """The resource of a mapping's table; None if there is none."""
        name = getattr(mapping.selectable, "name", "")
        return next((resource for resource in self.resources if resource.table == name), None)

    def lookups(self, mapping: Mapping) -> tuple[Lookup, ...]:
        resource = self.resource(mapping)
        return resource.lookups if resource is not None else ()


@dataclass(slots=True)
class RestConnector:
    """The connector of a source that is asked by key."""

    kind: RestByKey
    client: HttpClient
    capabilities: Capabilities
    is_local: bool = False
    _calls: Calls | None = field(init=False)

    @property
    def connections(self) -> Connections:
        return self.client.connections

    def __post_init__(self) -> None:
        self._calls = Calls(self.kind.quota) if self.kind.quota is not None else None

    async def probe(self) -> Capabilities:
        await self._healthy()
        return self.capabilities

    async def columns_of(self, mapping: Mapping) -> Dictionary[str, str] | None:
        """The columns of the mapping: the service has no catalog."""
        await self._healthy()
        if self.kind.resource(mapping) is None:
            return None
        return {column.key: str(column.type) for column in mapping.selectable.c}

    async def indexes_of(self, mapping: Mapping) -> Indexes:
        return {}

    async def count(self, mapping: Mapping, criteria: CountCriteria, call: Call) -> list[int]:
        raise SourceBroken("this kind of source does not count")

    async def groups(self, mapping: Mapping, criteria: GroupCriteria, call: Call) -> RawGroups:
        raise SourceBroken("this kind of source does not count by groups")

    async def close(self) -> None:
        await self.client.close()

    async def read(self, mapping: Mapping, criteria: Criteria, call: Call) -> Rows:
        """One call per chunk of keys; at most as many at once as the load contract allows."""
        if any(order.field != KEY for order in criteria.order) or criteria.joins:
            raise SourceBroken("this kind of source neither sorts nor joins")
        resource = self.kind.resource(mapping)
        if resource is None:
            raise SourceBroken("there is no such table")
        lookup, groups = _asked(resource, criteria)
        keys = list(dict.fromkeys(chain.from_iterable(groups)))
        if len(keys) > self.kind.keys_max:
            raise SourceUnreachable(f"more than {self.kind.keys_max} keys for one read")
        found = await self._looked_up(mapping, resource, lookup, keys)
        return _rows(mapping, criteria, lookup, groups, found)

    def spend(self) -> None:
        """Count a call that is made beside the reads. Raises SourceUnreachable if it exceeds the agreement."""
        if self._calls is not None:
            self._calls.take()

    async def _looked_up(
        self, mapping: Mapping, resource: Resource, lookup: Lookup, keys: Sequence[object]
    ) -> list[dict[str, object]]:
        """The rows of the service for these keys, each once."""
        decoder = mapping.columns[lookup.field].decoder
        spellings = [decoder.encode(key) for key in keys]
        spelled = [str(one.values[0]) for one in spellings if one.values and not one.complement]
        chunks = [spelled[at : at + lookup.keys_max] for at in range(0, len(spelled), lookup.keys_max)]
        if self._calls is not None:
            self._calls.take(len(chunks))
        names = [column.key for column in mapping.selectable.c]
        fields = Fields(
            [(column.key, isinstance(column.type, sa.Integer | sa.Boolean)) for column in mapping.selectable.c],
            resource.fields,
        )
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._items(_url(self.client, lookup, chunk), lookup)) for chunk in chunks]
        except ExceptionGroup as failures:
            # The other calls were cancelled; one reason is enough.
            raise failures.exceptions[0] from None
        rows = dict.fromkeys(fields.row(item) for task in tasks for item in task.result())
        return [dict(zip(names, row, strict=True)) for row in rows]

    async def _items(self, url: httpx2.URL, lookup: Lookup) -> list[dict[str, Any]]:
        try:
            answer = await self.client.get(url, CONTENT_TYPES)
            if answer.status == 404:
                return []
            document = parsed(answer.body)
        except GarbledAnswer as garbage:
            # Let the guard retry, as after a lost connection.
            raise SourceUnreachable(str(garbage)) from garbage
        found = at(document, lookup.items)
        if found is None:
            return []
        items = [found] if isinstance(found, dict) else items_at(document, lookup.items)
        if len(items) > ROWS_MAX:
            raise SourceBroken(f"more than {ROWS_MAX} rows for one call")
        return items

    async def _healthy(self) -> None:
        if self.kind.health:
            answer = await self.client.get(self.client.url(self.kind.health), ("*/*",))
            if answer.status != 200:
                raise SourceUnreachable(f"status {answer.status}")


def _url(client: HttpClient, lookup: Lookup, chunk: Sequence[str]) -> httpx2.URL:
    value = lookup.separator.join(chunk)
    path, rest = filled(lookup.path, {"key" if "{key}" in lookup.path else lookup.parameter: value})
    return client.url(path, rest)


def _asked(resource: Resource, criteria: Criteria) -> tuple[Lookup, list[tuple[object, ...]]]:
    """The lookup that a read can use, and the values of its field, per parent or in one group."""
    lookups = {lookup.field: lookup for lookup in resource.lookups}
    if criteria.parents is not None and criteria.parents.field in lookups:
        return lookups[criteria.parents.field], [*criteria.parents.keys]
    if criteria.parents is None:
        for name, lookup in lookups.items():
            for term in _terms(criteria.where):
                if isinstance(term, Compare) and term.field == name and term.operator is Operator.IN:
                    return lookup, [term.values]
    raise SourceBroken("this source is asked by key only")


def _terms(where: Predicate) -> Iterable[Predicate]:
    return where.terms if isinstance(where, And) else (where,)


def _rows(
    mapping: Mapping,
    criteria: Criteria,
    lookup: Lookup,
    groups: Sequence[tuple[object, ...]],
    found: list[dict[str, object]],
) -> Rows:
    """The matching rows, by parent and in the order of their keys."""
    down = bool(criteria.order) and criteria.order[-1].descending
    key = mapping.legacy_key
    good = [row for row in matching(mapping, criteria.where, found) if _beyond(criteria.keyset, row[key], down=down)]
    good.sort(key=lambda row: _sort_key(row[key]), reverse=down is not criteria.reverse)
    chosen: list[dict[str, object]] = []
    parents: list[int] = []
    for ordinal, values in enumerate(groups):
        mine = list(islice((row for row in good if row_matches(mapping, lookup.field, values, row)), criteria.rows_max))
        if criteria.reverse:
            mine.reverse()
        chosen += mine
        parents += [ordinal] * len(mine)
    columns = {name: [row[name] for row in chosen] for name in mapping.legacy_columns(criteria.columns)}
    keyset = [(row[key],) for row in chosen]
    return Rows(len(chosen), columns, keyset, parents if criteria.parents is not None else ())


def _beyond(keyset: Keyset | None, key: object, *, down: bool) -> bool:
    """Whether a key lies beyond the keyset."""
    if keyset is None:
        return True
    if len(keyset.values) != 1:
        raise KeysetMismatch("a list by key is sorted by its key alone")
    here, there = _sort_key(key), _sort_key(keyset.values[0])
    return here < there if keyset.before is not down else here > there


def _sort_key(key: object) -> tuple[bool, int, str]:
    """A sort key: numbers by value, then texts by code point."""
    return (False, key, "") if isinstance(key, int) else (True, 0, str(key))


Row = Dictionary[str, object]


def matching(mapping: Mapping, where: Predicate, rows: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """The rows that are alive and satisfy `where`: for a source that cannot filter."""
    return [row for row in rows if _alive(mapping, row) and _holds(mapping, where, row)]


def row_matches(mapping: Mapping, name: str, values: Sequence[object], row: Row) -> bool:
    """Whether a field of a row is one of these clean values."""
    value = _clean(mapping, name, row)
    return value is not None and value in values


def _alive(mapping: Mapping, row: Row) -> bool:
    return all(
        row[alive.legacy] is None if alive.values is None else row[alive.legacy] in alive.values
        for alive in mapping.conditions_alive
    ) and all(_clean(mapping, name, row) is not None for name in mapping.required)


def _holds(mapping: Mapping, where: Predicate, row: Row) -> bool:
    if isinstance(where, And):
        return all(_holds(mapping, term, row) for term in where.terms)
    if isinstance(where, Or):
        return any(_holds(mapping, term, row) for term in where.terms)
    if isinstance(where, Not):
        return not _holds(mapping, where.term, row)
    if not isinstance(where, Compare):
        raise SourceBroken("this kind of source knows no other record and no place")
    return _compares(mapping, where, row)


def _compares(mapping: Mapping, compare: Compare, row: Row) -> bool:
    if compare.operator is Operator.IN:
        return row_matches(mapping, compare.field, compare.values, row)
    if compare.operator is Operator.IS_NULL:
        return _clean(mapping, compare.field, row) is None
    raise SourceBroken("this kind of source compares for equality only")


def _clean(mapping: Mapping, name: str, row: Row) -> object:
    mapped = mapping.columns[name]
    return mapped.decoder.decode(*([row[legacy]] for legacy in mapped.legacy)).values[0]
