"""Derives from the schema which aggregates can be exported: groups as rows, keys and figures as columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Final

from graphql import GraphQLEnumType, GraphQLObjectType, GraphQLSchema, get_named_type
from strawberry.utils.str_converters import to_camel_case

from api.exports.collections import COLLECTIONS, Collection, ExportColumn, read_record
from connectors.catalog import Catalog
from models.errors import NotFound
from schema.build import SCHEMA
from schema.core.made_types import snake_case

GROUPS_MAX: Final = 1_000
"""The most groups that the graph shows, and so the most that a file holds."""
KEY_FIELD: Final = "key"
PERIOD: Final = "PERIOD"
_FIGURES: Final = {"NumberMeasure": ("sum", "average"), "MoneyMeasure": ("average.amount", "average.currency")}
"""What a file has of each measured field unless it names other figures, by the type of the measure."""
_NAMED: Final = ("label", "code", "name")
"""What is shown of a record that a key leads to, of a department and of a period."""


@dataclass(frozen=True)
class Grouping(Collection):
    """The groups of one record. Which keys its rows have follows from `by` and `bucket`."""

    rows = "groups"

    @cached_property
    def columns(self) -> tuple[ExportColumn, ...]:
        """All columns that a file may have without naming them: the keys of every dimension, and the figures."""
        keys = [path for paths in self.dimensions.values() for path in paths]
        figures = [figure for figures in self._measured.values() for figure in figures]
        return tuple(map(self.column, (*keys, "count", "share", *figures)))

    def columns_in(self, catalog: Catalog) -> tuple[ExportColumn, ...]:
        return tuple(column for column in self.columns if self.holds(column, catalog))

    def holds(self, column: ExportColumn, catalog: Catalog) -> bool:
        binding = catalog.binding(self.record)
        return (
            binding is None
            or column.path[0] not in self._measured
            or snake_case(column.path[0]) in binding.mapping.columns
        )

    def usual(self, connected: tuple[ExportColumn, ...], given: Mapping[str, object]) -> tuple[ExportColumn, ...]:
        by = given.get("by")
        asked = {str(one) for one in by} if isinstance(by, list) else set()
        if given.get("bucket") is not None:
            asked.add(PERIOD)
        named = {path for name in asked for path in self.dimensions.get(name, ())}
        compared = ("previous.count",) if given.get("compareTo") is not None else ()
        shown = tuple(column for column in connected if column.path[0] != KEY_FIELD or column.name in named)
        return (*shown, *map(self.column, compared))

    @cached_property
    def dimensions(self) -> Mapping[str, tuple[str, ...]]:
        """The columns of each dimension, by its name in `by`; those of the periods of `bucket` are PERIOD."""
        by = self.dimension
        names = {name: to_camel_case(name.lower()) for name in (by.values if by is not None else ())}
        fields = {name: (f"{one}Code", f"{one}BpsCode", one, f"{one}Label") for name, one in names.items()} | {
            PERIOD: ("period",)
        }
        return {name: tuple(self._leaves(asked)) for name, asked in fields.items()}

    @cached_property
    def dimension(self) -> GraphQLEnumType | None:
        """The values of `by`."""
        query = SCHEMA._schema.query_type  # noqa: SLF001  # strawberry has no other name for it
        assert query is not None
        argument = query.fields[self.name].args.get("by")
        named = get_named_type(argument.type) if argument is not None else None
        return named if isinstance(named, GraphQLEnumType) else None

    def _leaves(self, fields: tuple[str, ...]) -> Iterator[str]:
        """The paths of the columns of some fields of a key, as far as the key has them."""
        key = get_named_type(self.row.fields[KEY_FIELD].type)
        assert isinstance(key, GraphQLObjectType)
        for field in fields:
            named = get_named_type(key.fields[field].type) if field in key.fields else None
            if isinstance(named, GraphQLObjectType):
                # The code of what a key leads to is beside it.
                known = "code" if f"{field}Code" in key.fields else None
                yield from (f"{KEY_FIELD}.{field}.{one}" for one in _NAMED if one in named.fields and one != known)
            elif named is not None:
                yield f"{KEY_FIELD}.{field}"

    @cached_property
    def _measured(self) -> Mapping[str, tuple[str, ...]]:
        """The figures of each measured field."""
        kinds = {name: get_named_type(field.type).name for name, field in self.row.fields.items()}
        return {
            name: tuple(f"{name}.{figure}" for figure in _FIGURES[kind])
            for name, kind in kinds.items()
            if kind in _FIGURES
        }


def groupings_of(schema: GraphQLSchema) -> Mapping[str, Grouping]:
    """The aggregates at the root of a schema, by name."""
    found: dict[str, Grouping] = {}
    fields = schema.query_type.fields if schema.query_type is not None else {}
    for name, field in sorted(fields.items()):
        whole, record = get_named_type(field.type), read_record(field)
        if record is None or not isinstance(whole, GraphQLObjectType) or Grouping.rows not in whole.fields:
            continue
        row = get_named_type(whole.fields[Grouping.rows].type)
        assert isinstance(row, GraphQLObjectType)
        arguments = {one: str(argument.type) for one, argument in field.args.items()}
        found[name] = Grouping(name, record, row, MappingProxyType(arguments))
    return MappingProxyType(found)


GROUPINGS = groupings_of(SCHEMA._schema)  # noqa: SLF001  # strawberry has no other name for it


def collection_named(name: str) -> Collection:
    """The list or the aggregate of this name. Raises NotFound."""
    found = COLLECTIONS.get(name) or GROUPINGS.get(name)
    if found is None:
        raise NotFound("export_unknown", known=", ".join((*COLLECTIONS, *GROUPINGS)))
    return found
