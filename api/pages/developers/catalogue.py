"""The data catalogue: every type and field of the graph with its owner, freshness, privacy class and filters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from graphql import GraphQLObjectType, GraphQLOutputType, get_named_type
from strawberry.types.base import get_object_definition
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from api.pages.wording import span_in
from connectors.catalog import Binding, Catalog
from connectors.decoders.protocol import RANGE
from models.predicates import Operator
from models.records import KEY, Field, PersonalClass, Record
from models.values.localized import Language
from models.words.catalogue import DESCRIPTION, described, translated
from schema.build import SCHEMA
from schema.core.entity import ENTITIES, Entity

WORDS_MAX: Final = 8
"""Only this many words of a search count."""

_SIBLINGS: Final = ("_label", "_labels", "_raw")


@dataclass(frozen=True, slots=True)
class FieldShown:
    """A field of a type. `siblings` are the fields with its label and its raw code.

    Without a `kind` it is no field of the type, but only a filter. `equals` to `groups` are the operations that this
    city's source supports; `is_missing` says that the source lacks the field now.
    """

    name: str
    kind: str
    about: str
    siblings: tuple[str, ...]
    personal: str | None = None
    equals: bool = False
    ranges: bool = False
    contains: bool = False
    sorts: bool = False
    groups: bool = False
    is_missing: bool = False


@dataclass(frozen=True, slots=True)
class TypeShown:
    """A type of the graph with its source; without a source it is not connected in this city."""

    name: str
    about: str
    roots: tuple[str, ...]
    department: str | None
    source: str | None
    form: str | None
    license: str | None
    contact: str | None
    rhythm: str | None
    fresh_for: str | None
    fields: tuple[FieldShown, ...]

    def matching(self, words: Sequence[str]) -> tuple[FieldShown, ...]:
        """The fields that contain every word that the type itself does not contain."""
        own = " ".join((self.name, self.about, self.department or "", self.source or "")).lower()
        left = [word for word in words if word not in own]
        return tuple(
            field
            for field in self.fields
            if all(
                word in f"{field.name} {field.kind} {field.about} {' '.join(field.siblings)}".lower() for word in left
            )
        )


@dataclass(frozen=True, slots=True)
class DataCatalogue:
    """The types of the graph in one city."""

    catalog: Catalog

    def types(self, language: Language) -> list[TypeShown]:
        """Every type that shows records, by name."""
        return [self._type(name, ENTITIES[name], language) for name in sorted(ENTITIES)]

    def named(self, name: str, language: Language) -> TypeShown | None:
        entity = ENTITIES.get(name)
        return self._type(name, entity, language) if entity is not None else None

    def found(self, text: str, language: Language) -> list[tuple[TypeShown, tuple[FieldShown, ...]]]:
        """The types that match all words of a search, each with the matching fields."""
        words = text.lower().split()[:WORDS_MAX]
        matched = [(one, one.matching(words)) for one in self.types(language)]
        return [(one, fields) for one, fields in matched if fields]

    def _type(self, name: str, entity: type[Entity], language: Language) -> TypeShown:
        record = entity.record
        binding = self.catalog.binding(record)
        terms = binding.source.terms if binding is not None else None
        fresh_for = binding.mapping.fresh_for if binding is not None else None
        return TypeShown(
            name,
            described(record, language),
            _roots_of(name),
            binding.department.name if binding is not None else None,
            binding.source.title if binding is not None else None,
            binding.source.form.label_in(language) if binding is not None else None,
            terms.license if terms is not None else None,
            terms.contact if terms is not None else None,
            terms.rhythm.label_in(language) if terms is not None else None,
            span_in(language, fresh_for) if fresh_for is not None else None,
            tuple(_fields_of(name, entity, binding, language)),
        )


def _roots_of(name: str) -> tuple[str, ...]:
    """The root fields that return records of a type, lists first."""
    query = SCHEMA._schema.query_type  # noqa: SLF001  # strawberry has no other name for it
    assert query is not None
    lists, singles = [], []
    for root, field in query.fields.items():
        kind = get_named_type(field.type).name
        if kind == f"{name}Connection":
            lists.append(root)
        elif kind == name:
            singles.append(root)
    return (*lists, *singles)


def _fields_of(name: str, entity: type[Entity], binding: Binding | None, language: Language) -> Iterator[FieldShown]:
    graph = SCHEMA._schema.type_map[name]  # noqa: SLF001  # as above
    assert isinstance(graph, GraphQLObjectType)
    declared = get_object_definition(entity, strict=True).fields
    names = {field.python_name for field in declared}
    for field in declared:
        if not _stem(field.python_name, names):
            yield _field(field, graph.fields[_shown(field)].type, entity.record, binding, language, names)
    for contract in entity.record.fields.values():
        if contract.name not in names and contract.filter:
            about = described(contract, language)
            yield _asked_by(to_camel_case(contract.name), "", about, (), contract, binding)


def _stem(name: str, names: set[str]) -> str | None:
    """The field of which this one is the label or the raw code."""
    for ending in _SIBLINGS:
        stem = name.removesuffix(ending)
        if stem != name:
            # A list of codes is plural, and its labels are not: `categories`, `category_labels`.
            several = (f"{stem}s", f"{stem.removesuffix('y')}ies")
            return next((one for one in (stem, *several) if one in names), None)
    return None


def _shown(field: StrawberryField) -> str:
    return SCHEMA.config.name_converter.get_graphql_name(field)


def _field(
    field: StrawberryField,
    kind: GraphQLOutputType,
    record: type[Record],
    binding: Binding | None,
    language: Language,
    names: set[str],
) -> FieldShown:
    name = field.python_name
    # The global id is not the key that the record has in its source.
    contract = record.fields.get(name) if name != KEY else None
    about = (
        described(contract, language)
        if contract is not None
        else translated(field.description or "", language, DESCRIPTION)
    )
    siblings = tuple(to_camel_case(one) for one in sorted(names) if _stem(one, names) == name)
    return _asked_by(_shown(field), str(kind), about, siblings, contract, binding)


def _asked_by(
    shown: str, kind: str, about: str, siblings: tuple[str, ...], contract: Field | None, binding: Binding | None
) -> FieldShown:
    """A field with the operations that its source supports; none for a derived field without a contract."""
    if contract is None:
        return FieldShown(shown, kind, about, siblings)
    mapping = binding.mapping if binding is not None else None
    operators = mapping.operators(contract.name) if mapping is not None and contract.filter else frozenset()
    return FieldShown(
        shown,
        kind,
        about,
        siblings,
        personal=contract.personal.value if contract.personal is not PersonalClass.NON_PERSONAL else None,
        equals=Operator.IN in operators,
        ranges=bool(RANGE & operators),
        contains=Operator.CONTAINS in operators,
        sorts=contract.sort and mapping is not None and mapping.sortable(contract.name),
        groups=contract.group and mapping is not None,
        is_missing=binding is not None and contract.name in binding.missing,
    )
