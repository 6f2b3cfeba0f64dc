"""Collections: which lists of the graph can be taken away whole, and which columns their rows have.

Everything is read off the schema: what it does not show is in no export, and what it shows needs no second declaration.
"""

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

from engine.facts import BATCH, FACTS, BatchField, FieldFacts
from models.errors import BadInput, NotFound
from models.records import PersonalClass, Record
from models.vocabulary import Vocabulary
from schema.build import SCHEMA
from schema.entity import ENTITIES

COLUMNS_MAX = 100
PATH_PARTS_MAX = 5
POSITION = "Position"
"""The type of the graph that says where something is."""

_TEXT_TYPES = frozenset({"String", "ID"})
"""What may hold anything that people write; all other leaves have a form that is checked."""


class Kind(Enum):
    """What a column holds, for formats that tell texts from numbers."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """One leaf of the graph below a row: its path, its type, and the field of the record that it shows, if it does."""

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
    def kind(self) -> Kind:
        if self.type.name in _TEXT_TYPES:
            return Kind.TEXT
        return _KINDS.get(self.type.name, Kind.CODE)

    @property
    def vocabulary(self) -> GraphQLEnumType | None:
        return self.type if isinstance(self.type, GraphQLEnumType) else None


_KINDS = {"Int": Kind.NUMBER, "Float": Kind.NUMBER, "Decimal": Kind.NUMBER, "Boolean": Kind.FLAG}


@dataclass(frozen=True)
class Collection:
    """A list of the graph: its name, the record and type of its rows, and the types of its arguments as SDL."""

    name: str
    record: type[Record]
    row: GraphQLObjectType
    arguments: Mapping[str, str]

    @cached_property
    def columns(self) -> tuple[ExportColumn, ...]:
        """What an export has unless told: what its records show to everybody, with labels. It reads no other record."""
        return tuple(column for column in _own_columns(self.row) if _is_usual(column, self.record))

    @cached_property
    def located_by(self) -> str | None:
        """The field that says where a row is."""
        fields = self.row.fields.items()
        return next((name for name, field in fields if get_named_type(field.type).name == POSITION), None)

    def column(self, name: str) -> ExportColumn:
        """The column at a dotted path. Raises BadInput for what is no value, or stands in a list of other things."""
        parts = tuple(name.split("."))
        known = ", ".join(column.name for column in self.columns)
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
        named,  # type: ignore[arg-type]  # a leaf, as whoever asks has seen
        _is_list(field),
        field.description or "",
        record.name if record is not None else None,
        shown,
        personal,
    )


def _own_columns(parent: GraphQLObjectType) -> Iterator[ExportColumn]:
    """The leaves of a row, and of the objects that come with it: positions, amounts, departments."""
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


def _below(own: ExportColumn, parent: object) -> Iterator[ExportColumn]:
    """The leaves of an object that a field shows, which is as personal as that field is."""
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
    """Whether everybody may see it, and it is not what a source wrote that nobody understood."""
    if column.personal is not PersonalClass.NON_PERSONAL:
        return False
    is_raw = column.path[-1].endswith("Raw") and len(column.path) == 1
    return not (is_raw and all(issubclass(record.fields[name].clean_type, Vocabulary) for name in column.shown))


def collections_of(schema: GraphQLSchema) -> Mapping[str, Collection]:
    """The lists at the root of a schema that can be filtered, by name."""
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


def collection_named(name: str) -> Collection:
    """Raises NotFound."""
    found = COLLECTIONS.get(name)
    if found is None:
        raise NotFound("export_unknown", known=", ".join(COLLECTIONS))
    return found
