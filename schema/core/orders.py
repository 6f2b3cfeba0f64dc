"""The inputs by which lists are sorted: by own fields, by fields of a related record, or by distance."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache

import strawberry
from strawberry.utils.str_converters import to_camel_case

from connectors.criteria import AskedOrder, DistanceOrder, Order, RelatedOrder
from models.errors import BadInput
from models.predicates import And, Near, Predicate
from models.records import Record, position_field
from schema.core.derived import derived_of
from schema.core.inputs import ORDER_OF, RECORD_OF, followed, input_of, named, record_named, value_in

DISTANCE = "distance"
ORDER_TERMS_MAX = 4


@strawberry.enum(description="Which way a list is sorted. What has no value comes last either way.")
class Direction(Enum):
    ASC = strawberry.enum_value("ASC", description="From the smallest or oldest on.")
    DESC = strawberry.enum_value("DESC", description="From the largest or newest on.")


@cache
def order_input(record: type[Record], graph_type: str) -> type | None:
    """One term of the order of a record's lists; None if no field can be sorted by."""
    fields: dict[str, tuple[object, str]] = {
        to_camel_case(field.name): (Direction | None, f"{field.description}.")
        for field in record.fields.values()
        if field.sort
    }
    for derived in derived_of(record):
        if derived.sorts_as is not None:
            fields[to_camel_case(derived.name)] = (Direction | None, f"{derived.description}.")
    for relation in followed(record):
        if not relation.many:
            about = f"What `{to_camel_case(relation.name)}` leads to; what leads to nothing comes last."
            fields[to_camel_case(relation.name)] = (f"{ORDER_OF}{relation.target} | None", about)
    if position_field(record) is not None:
        fields[DISTANCE] = (
            Direction | None,
            "The distance from the place of `near` in the filter, which must be given.",
        )
    if not fields:
        return None
    made = input_of(f"{graph_type}Order", fields, f"One field to sort {graph_type} by.", one_of=True)
    RECORD_OF[made] = record
    named(f"{ORDER_OF}{record.name}", made)
    return made


def order_of(record: type[Record], given: list[object] | None, where: Predicate) -> tuple[AskedOrder, ...]:
    """The order of a list of inputs; `where` is the filter beside it.

    Raises BadInput for too many terms, a field twice, or a distance without a place in the filter.
    """
    terms: list[AskedOrder] = []
    for one in given or ():
        term = _order(record, one, ORDER_TERMS_MAX)
        if term is None:
            continue
        if any(_way(known) == _way(term) for known in terms):
            raise BadInput("order_twice", field=to_camel_case(term.field))
        terms.append(term)
    if len(terms) > ORDER_TERMS_MAX:
        raise BadInput("order_terms", maximum=ORDER_TERMS_MAX)
    if any(isinstance(term, DistanceOrder) for term in terms):
        near = [term for term in (where.terms if isinstance(where, And) else (where,)) if isinstance(term, Near)]
        if len(terms) > 1 or len(near) != 1:
            raise BadInput("distance_without_near")
    return tuple(terms)


def _way(term: AskedOrder) -> tuple[str, ...]:
    """What a term sorts by, without the direction."""
    return (term.relation.name, *_way(term.term)) if isinstance(term, RelatedOrder) else (term.field,)


def _order(record: type[Record], given: object, depth: int) -> AskedOrder | None:
    """One term, which may be that of a related record."""
    if depth == 0:
        raise BadInput("order_terms", maximum=ORDER_TERMS_MAX)
    for field in record.fields.values():
        direction = value_in(given, to_camel_case(field.name)) if field.sort else None
        if direction is not None:
            return Order(field.name, descending=direction is Direction.DESC)
    for derived in derived_of(record):
        direction = value_in(given, to_camel_case(derived.name)) if derived.sorts_as is not None else None
        if direction is not None:
            return Order(derived.name, descending=direction is Direction.DESC)
    for relation in followed(record):
        inner = value_in(given, to_camel_case(relation.name)) if not relation.many else None
        if inner is not None:
            term = _order(RECORD_OF[type(inner)], inner, depth - 1)
            if isinstance(term, DistanceOrder):
                raise BadInput("distance_without_near")
            return RelatedOrder(relation, term) if term is not None else None
    place = position_field(record)
    direction = value_in(given, DISTANCE) if place is not None else None
    if place is None or direction is None:
        return None
    return DistanceOrder(place, descending=direction is Direction.DESC)


def calls_of_order(record: type[Record], given: object, depth: int) -> int:
    """The number of statements that an order asks of other sources: one per relation; `given` as in a document."""
    if isinstance(given, list):
        return sum(calls_of_order(record, term, depth) for term in given)
    if depth == 0 or not isinstance(given, Mapping):
        return 0
    followed_by = [(relation, given.get(to_camel_case(relation.name))) for relation in followed(record)]
    return sum(
        1 + calls_of_order(record_named(relation.target), inner, depth - 1)
        for relation, inner in followed_by
        if isinstance(inner, Mapping)
    )
