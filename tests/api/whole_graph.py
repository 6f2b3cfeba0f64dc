"""Documents that ask the whole graph: every list, key, relation from both ends, group, and every way to filter it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)
from strawberry.utils.str_converters import to_camel_case

from engine.facts import BATCH, FACTS, FieldFacts
from models.records import Record
from schema.build import SCHEMA
from schema.core.entity import ENTITIES

ROWS = 3
_CONNECTION = "totalCount pageInfo { hasNextPage endCursor } edges { cursor }"


def entity_of(field: GraphQLField) -> str | None:
    """The entity that a field leads to, one or many."""
    name = get_named_type(field.type).name.removesuffix("Connection")
    return name if name in ENTITIES else None


def is_page(field: GraphQLField) -> bool:
    return get_named_type(field.type).name.endswith("Connection")


def fields_of(name: str) -> Mapping[str, GraphQLField]:
    kind = SCHEMA._schema.type_map[name]
    assert isinstance(kind, GraphQLObjectType)
    fields: Mapping[str, GraphQLField] = kind.fields
    return fields


def roots() -> Mapping[str, GraphQLField]:
    assert SCHEMA._schema.query_type is not None
    fields: Mapping[str, GraphQLField] = SCHEMA._schema.query_type.fields
    return fields


def _asks_nothing(field: GraphQLField) -> bool:
    return not any(map(is_required_argument, field.args.values()))


def leaves(type_name: str, depth: int = 3) -> str:
    """All that a type shows of itself, without what leads to other records."""
    told = []
    for name, field in fields_of(type_name).items():
        named = get_named_type(field.type)
        # When something was read differs each time.
        if not _asks_nothing(field) or entity_of(field) is not None or named.name == "Provenance":
            continue
        if is_leaf_type(named):
            told.append(name)
        elif depth and isinstance(named, GraphQLObjectType) and (inner := leaves(named.name, depth - 1)):
            told.append(f"{name} {{ {inner} }}")
    return " ".join(told)


def page(entity: str, field: str, inner: str, *, arguments: str = f"first: {ROWS}") -> str:
    return f"{field}({arguments}) {{ {_CONNECTION} nodes {{ {inner} }} }}"


def related(entity: str) -> Iterator[str]:
    """Each way from an entity to other records, with what they show."""
    for name, field in fields_of(entity).items():
        target = entity_of(field)
        if target is None or not _asks_nothing(field):
            continue
        yield page(target, name, leaves(target)) if is_page(field) else f"{name} {{ {leaves(target)} }}"


def columns(entity: str) -> Iterator[str]:
    """Each value that an entity shows of itself, and of the one record that each relation leads to."""
    for name, field in fields_of(entity).items():
        if not _asks_nothing(field) or is_page(field):
            continue
        target = entity_of(field)
        if target is not None:
            yield from (f"{name} {{ {one} }}" for one in leaves(target, 0).split())
        elif is_leaf_type(get_named_type(field.type)):
            yield name


def lists() -> dict[str, str]:
    """The entity of each list at the root."""
    return {
        name: entity
        for name, field in roots().items()
        if is_page(field) and _asks_nothing(field) and (entity := entity_of(field)) is not None
    }


def documents_of_lists() -> Iterator[str]:
    for name, entity in lists().items():
        yield f"{{ {page(entity, name, leaves(entity))} }}"
        for way in related(entity):
            yield f"{{ {page(entity, name, f'id {way}')} }}"


def documents_of_groups() -> Iterator[str]:
    for name, field in roots().items():
        if "by" not in field.args:
            continue
        dimensions = get_named_type(field.args["by"].type)
        assert isinstance(dimensions, GraphQLEnumType)
        shown = get_named_type(field.type).name
        yield f"{{ {name}(by: []) {{ {leaves(shown)} }} }}"
        for dimension in dimensions.values:
            inner = "count" if "cells" in fields_of(shown) else "groups { count }"
            if "groups" in fields_of(shown):
                group = get_named_type(fields_of(shown)["groups"].type)
                assert isinstance(group, GraphQLObjectType)
                key = get_named_type(group.fields["key"].type).name
                keys = " ".join(
                    f"{one} {{ {leaves(target)} }}" if (target := entity_of(of)) else one
                    for one, of in fields_of(key).items()
                    if is_leaf_type(get_named_type(of.type)) or entity_of(of)
                )
                inner = f"groups {{ count key {{ {keys} }} }}"
            else:
                inner = leaves(shown)
            yield (
                f"{{ {name}(by: [{dimension}], first: {ROWS}) {{ {inner} }} }}"
                if "first" in field.args
                else (f"{{ {name}(by: [{dimension}]) {{ {inner} }} }}")
            )


def documents_of_me() -> Iterator[str]:
    yield f"{{ me {{ {leaves('Citizen')} }} }}"
    for way in related("Citizen"):
        yield f"{{ me {{ id {way} }} }}"


def shows(record: type[Record], field: str) -> frozenset[str]:
    """The names in the graph that show a field of a record, or lead on by it, from either end."""
    found = {to_camel_case(field)}
    for entity in ENTITIES.values():
        for name, one in fields_of(entity.__name__).items():
            facts = _facts(one)
            if entity.record is record and field in (*facts.shown, *facts.joined):
                found.add(name)
        for relation in entity.record.relations.values():
            if relation.target == record.name and any(there == field for _, there in relation.on):
                found.add(to_camel_case(relation.name))
    return frozenset(found)


def _facts(field: GraphQLField) -> FieldFacts:
    declared = field.extensions.get("strawberry-definition")
    facts = declared.metadata.get(FACTS) if declared is not None else None
    return facts if isinstance(facts, FieldFacts) else FieldFacts()


def documents_of_everybody() -> Iterator[str]:
    yield from documents_of_lists()
    yield from documents_of_groups()


def dimension(record: type[Record], field: str) -> str:
    """What groups call a field."""
    relation = next((one for one in record.relations.values() if not one.many and one.on[0][0] == field), None)
    name = relation.name if relation is not None else field
    return {"department_code": "DEPARTMENT"}.get(name, name.upper())


def reading(record: type[Record]) -> frozenset[str]:
    """The names in the graph that read a record."""
    return frozenset(
        name
        for kind in ("Query", *(entity.__name__ for entity in ENTITIES.values()))
        for name, field in fields_of(kind).items()
        if (batch := _extension(field, BATCH)) is not None and getattr(batch, "reads", None) == record.name
    )


def _extension(field: GraphQLField, name: str) -> Any:
    declared = field.extensions.get("strawberry-definition")
    return (declared.metadata if declared is not None else field.extensions).get(name)


def document_of_search(text: str) -> str:
    """A search, with all that each kind of what it finds shows of itself."""
    results = SCHEMA._schema.type_map["SearchResult"]
    assert isinstance(results, GraphQLUnionType)
    kinds = " ".join(f"... on {kind.name} {{ id }}" for kind in results.types)
    return f'{{ search(text: "{text}", first: 50) {{ {kinds} }} }}'
