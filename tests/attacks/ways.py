"""The ways from the graph's root to the rows of all that has personal fields, and the documents that go them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from graphql import GraphQLField, GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument

from schema.build import SCHEMA
from schema.core.entity import ENTITIES
from schema.privacy.personal import Personal, PersonalKind

DEPTH_MAX: Final = 3
"""How many records a way leads through."""
ROWS: Final = 20


class Way(NamedTuple):
    """A way from the root to the rows of an entity, through the fields of others."""

    steps: tuple[str, ...]
    entity: str

    def __str__(self) -> str:
        return ".".join(self.steps)


def personal_of(entity: str) -> list[str]:
    """The fields of the graph whose directive says that they are personal."""
    kind = SCHEMA._schema.get_type(entity)
    assert isinstance(kind, GraphQLObjectType)
    return [name for name, field in kind.fields.items() if is_personal(field)]


def is_personal(field: GraphQLField) -> bool:
    declared = field.extensions["strawberry-definition"]
    return bool(declared.directives)


def is_free_text(field: GraphQLField) -> bool:
    declared = field.extensions["strawberry-definition"]
    return any(one.kind is PersonalKind.FREE_TEXT for one in declared.directives if isinstance(one, Personal))


def identifying_of(entity: str) -> frozenset[str]:
    """The personal fields that are no free text, of which who sees it masked may see parts."""
    kind = SCHEMA._schema.get_type(entity)
    assert isinstance(kind, GraphQLObjectType)
    return frozenset(name for name in personal_of(entity) if not is_free_text(kind.fields[name]))


def steps_from(kind: GraphQLObjectType) -> Iterator[tuple[str, str]]:
    for name, field in kind.fields.items():
        entity = get_named_type(field.type).name.removesuffix("Connection")
        if entity in ENTITIES and not any(map(is_required_argument, field.args.values())) and "id" not in field.args:
            yield name, entity


def ways() -> list[Way]:
    query = SCHEMA._schema.query_type
    assert query is not None
    found = [Way((name,), entity) for name, entity in steps_from(query)]
    for way in found:
        kind = SCHEMA._schema.get_type(way.entity)
        assert isinstance(kind, GraphQLObjectType)
        if len(way.steps) < DEPTH_MAX:
            found += [Way((*way.steps, name), entity) for name, entity in steps_from(kind)]
    return [way for way in found if personal_of(way.entity)]


WAYS = ways()


def selected(entity: str) -> str:
    """All personal fields of an entity, each once more under another name."""
    kind = SCHEMA._schema.get_type(entity)
    assert isinstance(kind, GraphQLObjectType)
    texts = []
    for name in personal_of(entity):
        named = get_named_type(kind.fields[name].type)
        inner = "" if is_leaf_type(named) else " { latitude longitude }"
        texts.append(f"{name}{inner} {name}Again: {name}{inner}")
    return " ".join(texts)


def document(way: Way) -> str:
    current, opened = SCHEMA._schema.query_type, []
    for depth, step in enumerate(way.steps):
        assert isinstance(current, GraphQLObjectType)
        named = get_named_type(current.fields[step].type).name
        is_list = named.endswith("Connection")
        rows = ROWS if depth == 0 else 3
        opened.append((f"{step}(first: {rows}) {{ edges {{ node", " } }") if is_list else (step, ""))
        current = SCHEMA._schema.get_type(named.removesuffix("Connection"))  # type: ignore[assignment]  # an entity
    text = selected(way.entity)
    for step, end in reversed(opened):
        text = f"{step} {{ {text} }}{end}"
    return f"query Walk {{ {text} }}"


def shown_rows(answer: Any, names: frozenset[str]) -> Iterator[dict[str, Any]]:
    """What each row of an answer tells of these fields, by any of the names that `selected` gives them."""
    if isinstance(answer, list):
        for one in answer:
            yield from shown_rows(one, names)
    elif isinstance(answer, dict):
        told = {
            name: value for name, value in answer.items() if value is not None and name.removesuffix("Again") in names
        }
        if told:
            yield told
        for name, value in answer.items():
            if name not in told:
                yield from shown_rows(value, names)


def exported(row: GraphQLObjectType, hops: int = 1) -> list[str]:
    """The dotted names of all personal leaves of a row, and of each record that one row of it leads to."""
    found = []
    for name, field in row.fields.items():
        named = get_named_type(field.type)
        if any(map(is_required_argument, field.args.values())):
            continue
        if is_leaf_type(named) and row.name in ENTITIES and name in personal_of(row.name):
            found.append(name)
        elif hops and named.name in ENTITIES and isinstance(named, GraphQLObjectType):
            found += [f"{name}.{one}" for one in exported(named, hops - 1)]
    return found
