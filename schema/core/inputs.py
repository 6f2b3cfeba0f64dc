"""The building blocks of filters and orders. Inputs refer to each other in cycles, so they are looked up by name."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import strawberry
from strawberry import UNSET

from models.records import PersonalClass, Record, Relation

FILTER_OF, LIST_OF, ORDER_OF = "filter_of_", "list_filter_of_", "order_of_"
"""The names of inputs of a record, before the inputs exist."""

RECORD_OF: dict[type, type[Record]] = {}
"""The record of a filter or order."""


def input_of(name: str, fields: Mapping[str, tuple[object, str]], description: str, *, one_of: bool = False) -> type:
    """A strawberry input type: `fields` has annotation and description by name in the graph."""
    namespace: dict[str, Any] = {"__annotations__": {}, "__module__": __name__, "__doc__": description}
    for graph_name, (annotation, about) in fields.items():
        attribute = f"{graph_name}_"
        namespace["__annotations__"][attribute] = annotation
        namespace[attribute] = strawberry.field(name=graph_name, description=about, default=UNSET)
    made = strawberry.input(type(name, (), namespace), description=description, one_of=one_of)
    named(name, made)  # so that a filter can name itself in `and`, `or` and `not`
    return made


def named(name: str, made: type) -> None:
    """A reference to an input that may not exist yet."""
    setattr(sys.modules[__name__], name, made)


def record_named(name: str) -> type[Record]:
    """The record of this name among those with inputs."""
    return next(record for record in RECORD_OF.values() if record.name == name)


def followed(record: type[Record]) -> Iterator[Relation]:
    """The relations that a filter may follow: none that would identify a person by related records."""
    for relation in record.relations.values():
        ((here, _),) = relation.on
        if record.fields[here].personal is PersonalClass.NON_PERSONAL:
            yield relation


def value_in(given: object, name: str) -> Any:
    """The value of an input under a name of the graph; None if it is not given."""
    value = getattr(given, f"{name}_")
    return None if value is UNSET else value


def given_value(given: Mapping[str, Any], name: str) -> Any:
    """The value of an argument; None if it is not given."""
    value = given.get(name)
    return None if value is UNSET else value
