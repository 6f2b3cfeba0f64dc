"""Last good answers: copies of public records of databases, for when their department is down, even after a restart.

What is copied is what the mapping reads, as the source stores it, so the copy is read by the same decoders. Only public
records, and of them only columns that are nobody's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from connectors.catalog import Binding, Catalog
from connectors.content_version import content_version
from connectors.criteria import Criteria, Keyset, Order
from connectors.guard import Guard
from connectors.mapping import Mapping
from connectors.mocking import behind
from connectors.protocol import Call, Rows, SourceUnreachable
from connectors.replica import Bounds, Load, Replica
from connectors.replica_file import ReplicaTable
from models.errors import HubError
from models.findings import Finding
from models.localized import Language
from models.policy import PolicyQuestion, decide
from models.predicates import EVERYTHING, NOTHING
from models.records import KEY, PersonalClass
from models.request import Deadline, Request
from models.viewer import ANONYMOUS

PAGE_ROWS = 2_000
ROWS_MAX = 100_000
"""How many rows of one record are kept; a record that has more is not kept at all, as half of it is not an answer."""
READ_MS_MAX = 5_000
OPERATION_NAME = "LastGoodCopy"


def keep_copies(catalog: Catalog, guard: Guard, folder: Path, note: Callable[[Finding], None]) -> tuple[Replica, ...]:
    """Gives the catalog a copy of every public record whose source is to be kept; the copies are yet to be loaded."""
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
    """The mapping of a table that holds what everybody may see of a record; None where that is nothing."""
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
        # Rows that are not alive are not copied. A cheaper column to sort by is worth nothing in so small a table.
        alive=(),
        columns={name: replace(column, sorts_as=None) for name, column in columns.items()},
    )


def _storable(column: Sequence[object]) -> Sequence[object]:
    """The column with texts that are no text as the bytes that they came as."""
    return [
        value.encode("utf-8", "surrogateescape") if isinstance(value, str) and not value.isascii() else value
        for value in column
    ]


@dataclass(slots=True)
class _CopyLoader:
    """Reads the live records page by page, through the guard: under the contract of their source."""

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
        """Its connections are those of the live source."""

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
