"""Inputs: what filters and orders are made of. They lead to one another in circles, so they go by names."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import strawberry
from strawberry import UNSET

from models.records import PersonalClass, Record, Relation

FILTER_OF, LIST_OF, ORDER_OF = "filter_of_", "list_filter_of_", "order_of_"
"""By which names inputs lead to those of other records, of which only the name of the record is known."""

RECORD_OF: dict[type, type[Record]] = {}
"""Whose filter or order an input is."""


def input_of(name: str, fields: Mapping[str, tuple[object, str]], description: str, *, one_of: bool = False) -> type:
    """A strawberry input type: `fields` are by their name in the graph, with annotation and description."""
    namespace: dict[str, Any] = {"__annotations__": {}, "__module__": __name__, "__doc__": description}
    for graph_name, (annotation, about) in fields.items():
        attribute = f"{graph_name}_"
        namespace["__annotations__"][attribute] = annotation
        namespace[attribute] = strawberry.field(name=graph_name, description=about, default=UNSET)
    made = strawberry.input(type(name, (), namespace), description=description, one_of=one_of)
    named(name, made)  # so that a filter can name itself in `and`, `or` and `not`
    return made


def named(name: str, made: type) -> None:
    """Let other inputs name this one before it is made, since they lead to one another in circles."""
    setattr(sys.modules[__name__], name, made)


def record_named(name: str) -> type[Record]:
    """The record of this name, of those that inputs are about."""
    return next(record for record in RECORD_OF.values() if record.name == name)


def followed(record: type[Record]) -> Iterator[Relation]:
    """The relations that a filter may follow: a person is never told apart by what hangs on them."""
    for relation in record.relations.values():
        ((here, _),) = relation.on
        if record.fields[here].personal is PersonalClass.NON_PERSONAL:
            yield relation


def value_in(given: object, name: str) -> Any:
    """What an input says under a name of the graph; None where it says nothing."""
    value = getattr(given, f"{name}_")
    return None if value is UNSET else value


def given_value(given: Mapping[str, Any], name: str) -> Any:
    """What an argument says; None where it was not given."""
    value = given.get(name)
    return None if value is UNSET else value
