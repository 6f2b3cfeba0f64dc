"""By key: a live service that is asked for single things, such as a population register under an agreement.

It can be asked for equality on the fields that a lookup is stated for, alone or through a relation, and for nothing
else. What comes back is looked at again: a service that ignores its parameter gives nothing that was not asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, ClassVar

import httpx2
import sqlalchemy as sa

from connectors.criteria import CountCriteria, Criteria, GroupCriteria, Keyset, KeysetMismatch
from connectors.http import GarbledAnswer
from connectors.http_client import HttpClient, HttpLimits, SignIn
from connectors.indexes import Indexes
from connectors.kinds import Opening
from connectors.mapping import Mapping, MappingError
from connectors.protocol import Call, Capabilities, RawGroups, Rows, SourceBroken, SourceUnreachable
from connectors.rest.collections import filled
from connectors.rest.documents import CONTENT_TYPES, Fields, at, items_at, parsed
from connectors.rest.matching import matching, row_matches
from connectors.rest.quota import Calls, Quota
from models.data_terms import SourceForm
from models.predicates import And, Compare, Operator, Predicate
from models.records import KEY

KEYS_MAX = 100
ROWS_MAX = 2_000


@dataclass(frozen=True, slots=True)
class Lookup:
    """How a service is asked for the rows whose `field` has a value.

    The value stands in `path` where that says `{key}`, else it is the parameter `parameter`. Up to `keys_max` values
    go into one call, with `separator` between them; with 1 each has a call of its own. `items` is the path to the row,
    or to the list of rows, in the document. A service is asked for the first spelling that the decoder knows.
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


@dataclass(frozen=True, eq=False, slots=True)
class Resource:
    """One kind of thing of a service, as the table that a mapping reads. `fields` are paths, as of a collection."""

    table: str
    lookups: tuple[Lookup, ...]
    fields: Dictionary[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, slots=True)
class RestByKey:
    """A source that is asked by key, live: a Kind.

    `health` is a path that answers 200 while the service is up; without one the hub learns that it is down when
    somebody asks. `keeps_nothing` states that nothing of the source may be kept: no mapping of it may promise a stale
    answer, and no cache may hold one. At most `keys_max` keys are looked up for one read.
    """

    form: ClassVar[SourceForm] = SourceForm.REST

    resources: tuple[Resource, ...]
    sign_in: SignIn | None = None
    limits: HttpLimits = field(default_factory=lambda: HttpLimits(total_s=5.0))
    quota: Quota | None = None
    health: str = ""
    keeps_nothing: bool = False
    keys_max: int = KEYS_MAX

    def connector(self, opening: Opening) -> RestConnector:
        """Raises SourceUrlError for the URL or the credential, MappingError for a mapping that cannot be served."""
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
        """Raises MappingError for a mapping that this kind cannot serve, or that breaks what the kind promises."""
        where = f"The mapping of {mapping.record.name}"
        if not isinstance(mapping.selectable, sa.TableClause):
            raise MappingError(f"{where} reads a select; a source that is asked by key has tables only.")
        fields = {lookup.field for lookup in self.lookups(mapping)}
        if not fields or not fields <= mapping.columns.keys():
            raise MappingError(f"{where} has no lookup, or lacks the field of one: {', '.join(sorted(fields)) or '-'}.")
        if self.keeps_nothing and mapping.stale_for is not None:
            raise MappingError(f"{where} promises stale answers, and nothing of {mapping.source} may be kept.")

    def resource(self, mapping: Mapping) -> Resource | None:
        """What brings the table of a mapping, None when nothing does."""
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

    def __post_init__(self) -> None:
        self._calls = Calls(self.kind.quota) if self.kind.quota is not None else None

    async def probe(self) -> Capabilities:
        await self._healthy()
        return self.capabilities

    async def columns_of(self, mapping: Mapping) -> Dictionary[str, str] | None:
        """Those that the mapping names: the service cannot be asked what it has."""
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
        """One call for each key, or for each chunk of keys; at most as many at once as the load contract allows."""
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

    async def _looked_up(
        self, mapping: Mapping, resource: Resource, lookup: Lookup, keys: Sequence[object]
    ) -> list[dict[str, object]]:
        """The rows that the service has for these keys, each once."""
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
            # The others were told to stop; one reason is enough.
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
            # To the guard it is as good as none.
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
    """The lookup that a read can use, and the values of its field: for each parent, or one group without parents."""
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
    """The rows that were asked for, by parent and in the order of their keys."""
    down = bool(criteria.order) and criteria.order[-1].descending
    key = mapping.legacy_key
    good = [row for row in matching(mapping, criteria.where, found) if _beyond(criteria.keyset, row[key], down=down)]
    good.sort(key=lambda row: _place(row[key]), reverse=down is not criteria.reverse)
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
    """Whether a key lies where a page is to begin."""
    if keyset is None:
        return True
    if len(keyset.values) != 1:
        raise KeysetMismatch("a list by key is sorted by its key alone")
    here, there = _place(key), _place(keyset.values[0])
    return here < there if keyset.before is not down else here > there


def _place(key: object) -> tuple[bool, int, str]:
    """Numbers in their order, then texts in that of their signs."""
    return (False, key, "") if isinstance(key, int) else (True, 0, str(key))
