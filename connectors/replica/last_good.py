"""Last good copies: public records of databases, kept on disk for when their department is down.

A copy holds the stored values of the columns that the mapping reads, so the same decoders read it. Only public records
are copied, without personal columns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from connectors.catalog import Binding, Catalog
from connectors.criteria import Criteria, Keyset, Order
from connectors.guard.guard import Guard
from connectors.mapping import Mapping
from connectors.mocking import behind
from connectors.protocol import Call, Rows, SourceUnreachable
from connectors.replica.file import ReplicaTable
from connectors.replica.replica import Bounds, Load, Replica, content_version
from models.errors import HubError
from models.policy.decisions import PolicyQuestion, decide
from models.policy.viewer import ANONYMOUS
from models.predicates import EVERYTHING, NOTHING
from models.records import KEY, PersonalClass
from models.request import Deadline, Request
from models.sources.findings import Finding
from models.values.localized import Language

PAGE_ROWS = 2_000
ROWS_MAX = 100_000
"""The largest record that is copied; half of a record would be a wrong answer."""
READ_MS_MAX = 5_000
OPERATION_NAME = "LastGoodCopy"


def keep_copies(catalog: Catalog, guard: Guard, folder: Path, note: Callable[[Finding], None]) -> tuple[Replica, ...]:
    """Add a copy of every public record with `kept_every` to the catalog; the copies are not loaded yet."""
    replicas: list[Replica] = []
    for source in catalog.sources:
        bindings = [
            binding
            for binding in catalog
            if binding.source is source and not binding.connector.is_local and public_part(binding.mapping) is not None
        ]
        if source.kept_every is None or not bindings:
            continue
        copies = {binding.mapping.record.name: public_part(binding.mapping) for binding in bindings}
        mappings = tuple(mapping for mapping in copies.values() if mapping is not None)
        loader = _CopyLoader(guard, tuple(bindings), mappings)
        bounds = Bounds(rows_max=ROWS_MAX * len(mappings), refresh_every=source.kept_every)
        replica = Replica(source.name, mappings, loader, bounds, folder, note)
        for binding, mapping in zip(bindings, mappings, strict=True):
            catalog.keep(replace(binding, mapping=mapping, connector=replica, is_copy=True))
        replicas.append(replica)
    return tuple(replicas)


def public_part(mapping: Mapping) -> Mapping | None:
    """The mapping of the copy: the columns that everybody may see; None if there are none."""
    record = mapping.record
    everybody = decide(ANONYMOUS, None, PolicyQuestion(record, frozenset(), frozenset(), "", None))
    if everybody.rows == NOTHING:
        return None
    fields = tuple(name for name in mapping.columns if record.fields[name].personal is PersonalClass.NON_PERSONAL)
    legacy = mapping.legacy_columns(fields)
    table = sa.table(f"copy_of_{record.name}", *(sa.column(name, mapping.selectable.c[name].type) for name in legacy))
    columns = {name: mapping.columns[name] for name in fields}
    return replace(
        mapping,
        selectable=table,
        # Dead rows are not copied, and a small table needs no `sorts_as`.
        alive=(),
        columns={name: replace(column, sorts_as=None) for name, column in columns.items()},
    )


def _storable(column: Sequence[object]) -> Sequence[object]:
    """The column, with invalid texts as their original bytes."""
    return [
        value.encode("utf-8", "surrogateescape") if isinstance(value, str) and not value.isascii() else value
        for value in column
    ]


@dataclass(slots=True)
class _CopyLoader:
    """Reads the live records page by page, through the guard and its load contract."""

    guard: Guard
    live: tuple[Binding, ...]
    copies: tuple[Mapping, ...]

    async def load(self, tables: Sequence[ReplicaTable], known: str | None) -> Load | None:
        columns = {table.name: table.names for table in tables}
        rows: dict[str, Sequence[Sequence[object]]] = {}
        for binding, copy in zip(self.live, self.copies, strict=True):
            name = str(copy.selectable.description)
            rows[name] = await self._rows(binding, copy, columns[name])
        version = await content_version(rows)
        return None if version == known else Load(version, rows)

    async def close(self) -> None:
        """Nothing to close: the connections are the live source's."""

    async def _rows(self, binding: Binding, copy: Mapping, names: tuple[str, ...]) -> list[tuple[object, ...]]:
        fields = tuple(name for name in copy.columns if name not in binding.missing)
        found: list[tuple[object, ...]] = []
        place: Keyset | None = None
        while True:
            criteria = Criteria(copy.record.name, fields, EVERYTHING, (Order(KEY),), PAGE_ROWS, place)
            page = await self._page(binding, criteria)
            none = [None] * page.length
            found += zip(*(_storable(page.columns.get(name, none)) for name in names), strict=True)
            if page.length < PAGE_ROWS or len(found) > ROWS_MAX:
                return found
            place = Keyset(page.keyset[-1])

    async def _page(self, binding: Binding, criteria: Criteria) -> Rows:
        request = Request("copy", ANONYMOUS, Deadline.in_ms(READ_MS_MAX), Language.EN, operation_name=OPERATION_NAME)
        call = Call(OPERATION_NAME, binding.source.load.statement_ms_max)
        try:
            return await self.guard.call(
                binding.source,
                binding.department.abbreviation,
                request,
                lambda: behind(binding.connector).read(binding.mapping, criteria, call),
            )
        except HubError as error:
            raise SourceUnreachable(error.code) from error
