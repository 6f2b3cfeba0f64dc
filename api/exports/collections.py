"""Derives from the schema which lists can be exported, and which columns their rows have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from types import MappingProxyType

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)
from strawberry.utils.str_converters import to_camel_case

from connectors.catalog import Catalog
from engine.facts import BATCH, FACTS, BatchField, FieldFacts
from models.errors import BadInput
from models.records import KEY, PersonalClass, Record
from models.values.vocabulary import Vocabulary
from schema.build import RECORDS, SCHEMA
from schema.core.entity import ENTITIES
from schema.core.made_types import snake_case

COLUMNS_MAX = 100
PATH_PARTS_MAX = 5
POSITION = "Position"
"""The type of the graph for coordinates."""

_TEXT_TYPES = frozenset({"String", "ID"})
"""The types of free text; all other leaves have a checked form."""


class ColumnKind(Enum):
    """The kind of a column, for formats that tell texts from numbers."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """One leaf below a row: its path, its type, and the fields of a record that it shows, if any."""

    path: tuple[str, ...]
    type: GraphQLLeafType
    is_list: bool
    description: str
    record: str | None = None
    shown: tuple[str, ...] = ()
    personal: PersonalClass = PersonalClass.NON_PERSONAL

    @property
    def name(self) -> str:
        return ".".join(self.path)

    @property
    def kind(self) -> ColumnKind:
        if self.type.name in _TEXT_TYPES:
            return ColumnKind.TEXT
        return _KINDS.get(self.type.name, ColumnKind.CODE)

    @property
    def vocabulary(self) -> GraphQLEnumType | None:
        return self.type if isinstance(self.type, GraphQLEnumType) else None


_KINDS = {
    "Int": ColumnKind.NUMBER,
    "Float": ColumnKind.NUMBER,
    "Decimal": ColumnKind.NUMBER,
    "Boolean": ColumnKind.FLAG,
}


@dataclass(frozen=True)
class Collection:
    """A list that can be exported: its name, the record and type of its rows, and its argument types as SDL."""

    name: str
    record: type[Record]
    row: GraphQLObjectType
    arguments: Mapping[str, str]

    rows = "nodes"
    """The field of the list that holds its rows."""

    @cached_property
    def columns(self) -> tuple[ExportColumn, ...]:
        """The default columns: what the record shows to everybody, and the code and name of what it leads to."""
        return tuple(column for column in _readable_columns(self.row) if _is_usual(column, self.record))

    def columns_in(self, catalog: Catalog) -> tuple[ExportColumn, ...]:
        """The default columns that the city's sources hold."""
        return tuple(column for column in self.columns if self.holds(column, catalog))

    def holds(self, column: ExportColumn, catalog: Catalog) -> bool:
        """Whether the city's sources hold what a column shows. What is not connected at all says so when it is read."""
        own = catalog.binding(self.record)
        if own is None:
            return True
        relation = self.record.relations.get(snake_case(column.path[0]))
        if relation is None:
            return own.mapping.columns.keys() >= set(column.shown)
        ((here, there),) = relation.on
        other = catalog.named(relation.target)
        return (
            here in own.mapping.columns and other is not None and other.mapping.columns.keys() >= {there, *column.shown}
        )

    def usual(self, connected: tuple[ExportColumn, ...], given: Mapping[str, object]) -> tuple[ExportColumn, ...]:
        """The columns of a file that names none, of those that are connected, by the arguments of the list."""
        return connected

    @cached_property
    def located_by(self) -> str | None:
        """The field that holds the position of a row."""
        fields = self.row.fields.items()
        return next((name for name, field in fields if get_named_type(field.type).name == POSITION), None)

    @property
    def located_for_all(self) -> str | None:
        """The same, where everybody may see the position."""
        located_by = self.located_by
        contract = self.record.fields.get(snake_case(located_by)) if located_by is not None else None
        return located_by if contract is not None and contract.personal is PersonalClass.NON_PERSONAL else None

    def column(self, name: str) -> ExportColumn:
        """The column at a dotted path. Raises BadInput unless it is a leaf outside of lists of objects."""
        parts = tuple(name.split("."))
        here = self.row
        for depth, part in enumerate(parts[:PATH_PARTS_MAX]):
            field = here.fields.get(part)
            if field is None or _needs_arguments(field):
                break
            is_last, named = depth == len(parts) - 1, get_named_type(field.type)
            if is_last and is_leaf_type(named):
                return _column(parts, here, field)
            if is_last or not isinstance(named, GraphQLObjectType) or _is_list(field):
                break
            here = named
        known = ", ".join(column.name for column in self.columns)
        raise BadInput("export_field", field=name[:100], known=known)


def _needs_arguments(field: GraphQLField) -> bool:
    return any(isinstance(argument.type, GraphQLNonNull) for argument in field.args.values())


def _is_list(field: GraphQLField) -> bool:
    kind = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
    return isinstance(kind, GraphQLList)


def _metadata(field: GraphQLField) -> Mapping[str, object]:
    declared = field.extensions.get("strawberry-definition")
    return declared.metadata if declared is not None else field.extensions


def _column(path: tuple[str, ...], parent: GraphQLObjectType, field: GraphQLField) -> ExportColumn:
    facts = _metadata(field).get(FACTS)
    shown = facts.shown if isinstance(facts, FieldFacts) else ()
    entity = ENTITIES.get(parent.name)
    record = entity.record if entity is not None else None
    classes = [record.fields[name].personal for name in shown if name in record.fields] if record is not None else []
    personal = next((one for one in classes if one is not PersonalClass.NON_PERSONAL), PersonalClass.NON_PERSONAL)
    named = get_named_type(field.type)
    return ExportColumn(
        path,
        named,  # type: ignore[arg-type]  # a leaf; the callers have checked it
        _is_list(field),
        field.description or "",
        record.name if record is not None else None,
        shown,
        personal,
    )


def _own_columns(parent: GraphQLObjectType) -> Iterator[ExportColumn]:
    """The leaves of a row, and of the objects in it: positions, amounts, departments."""
    for name, field in parent.fields.items():
        facts, batch = _metadata(field).get(FACTS), _metadata(field).get(BATCH)
        reads = isinstance(batch, BatchField) and batch.reads is not None
        if reads or _needs_arguments(field) or not isinstance(facts, FieldFacts) or not facts.shown:
            continue
        own = _column((name,), parent, field)
        if is_leaf_type(get_named_type(field.type)):
            yield own
        elif not _is_list(field):
            yield from _below(own, get_named_type(field.type))


def _readable_columns(parent: GraphQLObjectType) -> Iterator[ExportColumn]:
    """The own columns and, where a field leads to one other record, its code and name, in the order of the type."""
    own: dict[str, list[ExportColumn]] = {}
    for column in _own_columns(parent):
        own.setdefault(column.path[0], []).append(column)
    record = ENTITIES[parent.name].record
    for name, field in parent.fields.items():
        yield from own.get(name, ())
        relation = record.relations.get(snake_case(name))
        other = get_named_type(field.type)
        if relation is None or relation.many or not isinstance(other, GraphQLObjectType) or f"{name}Name" in own:
            continue
        ((here, there),) = relation.on
        if record.fields[here].personal is PersonalClass.NON_PERSONAL:
            code = "code" if "code" in other.fields else to_camel_case(there)
            for shown in dict.fromkeys((code, "name")):
                if shown in other.fields and shown != KEY:
                    yield _column((name, shown), other, other.fields[shown])


def _below(own: ExportColumn, parent: object) -> Iterator[ExportColumn]:
    """The leaves of an object, each as personal as the field that shows the object."""
    if not isinstance(parent, GraphQLObjectType) or len(own.path) >= PATH_PARTS_MAX:
        return
    for name, field in parent.fields.items():
        named = get_named_type(field.type)
        below = ExportColumn(
            (*own.path, name),
            named,
            _is_list(field),
            field.description or "",
            own.record,
            own.shown,
            own.personal,
        )
        if is_leaf_type(named):
            yield below
        elif not _is_list(field):
            yield from _below(below, named)


def _is_usual(column: ExportColumn, record: type[Record]) -> bool:
    """Whether everybody may see the column, and it is not the raw text of a vocabulary."""
    if column.personal is not PersonalClass.NON_PERSONAL:
        return False
    is_raw = column.path[-1].endswith("Raw") and len(column.path) == 1
    return not (is_raw and all(issubclass(record.fields[name].clean_type, Vocabulary) for name in column.shown))


def read_record(field: GraphQLField) -> type[Record] | None:
    """The record that a field reads."""
    batch = _metadata(field).get(BATCH)
    reads = batch.reads if isinstance(batch, BatchField) else None
    return next((record for record in RECORDS if record.name == reads), None)


def collections_of(schema: GraphQLSchema) -> Mapping[str, Collection]:
    """The filterable lists at the root of a schema, by name."""
    found: dict[str, Collection] = {}
    fields = schema.query_type.fields if schema.query_type is not None else {}
    for name, field in sorted(fields.items()):
        batch = _metadata(field).get(BATCH)
        named = get_named_type(field.type)
        if not isinstance(batch, BatchField) or "filter" not in field.args or not isinstance(named, GraphQLObjectType):
            continue
        nodes = named.fields.get("nodes")
        row = get_named_type(nodes.type) if nodes is not None else None
        if isinstance(row, GraphQLObjectType) and row.name in ENTITIES:
            arguments = {one: str(field.args[one].type) for one in ("filter", "orderBy") if one in field.args}
            found[name] = Collection(name, ENTITIES[row.name].record, row, MappingProxyType(arguments))
    return MappingProxyType(found)


COLLECTIONS = collections_of(SCHEMA._schema)  # noqa: SLF001  # strawberry has no other name for it
