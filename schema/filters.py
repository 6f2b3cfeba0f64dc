"""Filters and orders: the inputs of lists, generated from the contracts of the records, and their way to a predicate.

They are the same for every city; what a source cannot do is refused when it is asked for.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any

import strawberry
from strawberry import UNSET
from strawberry.utils.str_converters import to_camel_case

from connectors.criteria import Order
from models.errors import BadInput
from models.predicates import EVERYTHING, And, Compare, Not, Operator, Or, Predicate, canonical, compared
from models.records import Field, Record
from models.values import AreaCode, BpsCode
from models.vocabulary import Vocabulary
from schema.vocabularies import words

FILTER_DEPTH_MAX = 5
FILTER_TERMS_MAX = 50
FILTER_VALUES_MAX = 100
FILTER_TEXT_CHARS_MAX = 1_000
ORDER_TERMS_MAX = 4


@strawberry.enum(description="Which way a list is sorted. What has no value comes last either way.")
class Direction(Enum):
    ASC = strawberry.enum_value("ASC", description="From the smallest or oldest on.")
    DESC = strawberry.enum_value("DESC", description="From the largest or newest on.")


_TEXT = ("eq", "in", "contains", "isNull")
_CODE = ("eq", "in", "isNull")
_MOMENT = ("eq", "gt", "gte", "lt", "lte", "isNull")
_ENUM = ("eq", "in")
_NUMBER = ("eq", "in", "gt", "gte", "lt", "lte", "isNull")
_FLAG = ("eq", "isNull")

_ABOUT = {
    "eq": "Equal to this value.",
    "in": "Equal to one of these values.",
    "gt": "After, or greater than, this value.",
    "gte": "This value, or after or greater than it.",
    "lt": "Before, or less than, this value.",
    "lte": "This value, or before or less than it.",
    "contains": "Contains this text; the case of the letters A to Z does not matter.",
    "isNull": "Has no value (true), or has one (false).",
}
_OPERATORS = {operator.value: operator for operator in Operator if operator is not Operator.IN}


def input_type(name: str, fields: Mapping[str, tuple[object, str]], description: str, *, one_of: bool = False) -> type:
    """A strawberry input type: `fields` are by their name in the graph, with annotation and description."""
    namespace: dict[str, Any] = {"__annotations__": {}, "__module__": __name__, "__doc__": description}
    for graph_name, (annotation, about) in fields.items():
        attribute = f"{graph_name}_"
        namespace["__annotations__"][attribute] = annotation
        namespace[attribute] = strawberry.field(name=graph_name, description=about, default=UNSET)
    made = strawberry.input(type(name, (), namespace), description=description, one_of=one_of)
    setattr(sys.modules[__name__], name, made)  # so that a filter can name itself in `and`, `or` and `not`
    return made


@cache
def _operators_input(clean_type: type) -> tuple[type, tuple[str, ...]]:
    """The operators that fields of a type can be compared with."""
    if issubclass(clean_type, Vocabulary):
        value, operators, name = words(clean_type), _ENUM, f"{clean_type.__name__}Filter"
    elif clean_type is datetime:
        value, operators, name = datetime, _MOMENT, "DateTimeFilter"  # type: ignore[assignment]  # a type like any other
    elif clean_type is date:
        value, operators, name = date, _MOMENT, "DateFilter"  # type: ignore[assignment]  # as above
    elif clean_type is AreaCode:
        value, operators, name = AreaCode, _CODE, "AreaCodeFilter"  # type: ignore[assignment]  # as above
    elif clean_type is BpsCode:
        value, operators, name = BpsCode, _CODE, "BpsCodeFilter"  # type: ignore[assignment]  # as above
    elif clean_type is str:
        value, operators, name = str, _TEXT, "StringFilter"  # type: ignore[assignment]  # as above
    elif clean_type is int:
        value, operators, name = int, _NUMBER, "IntFilter"  # type: ignore[assignment]  # as above
    elif clean_type is bool:
        value, operators, name = bool, _FLAG, "BooleanFilter"  # type: ignore[assignment]  # as above
    else:
        raise TypeError(f"no filter is known for {clean_type.__name__}")
    listed = {"in": list[value], "isNull": bool}  # type: ignore[valid-type]  # a type made at run time
    fields = {operator: (listed.get(operator, value) | None, _ABOUT[operator]) for operator in operators}
    return input_type(
        name, fields, f"Compares a {name.removesuffix('Filter')}; all conditions given must hold."
    ), operators


@cache
def filter_input(record: type[Record], graph_type: str) -> type | None:
    """The filter of lists of a record, or None when its contract lets nothing be filtered."""
    filtered = [field for field in record.fields.values() if field.filter]
    if not filtered:
        return None
    name = f"{graph_type}Filter"
    fields: dict[str, tuple[object, str]] = {
        "and": (f"list[{name}] | None", "All of these."),
        "or": (f"list[{name}] | None", "At least one of these."),
        "not": (f"{name} | None", "Not this."),
    }
    for field in filtered:
        operators, _ = _operators_input(field.clean_type)
        fields[to_camel_case(field.name)] = (operators | None, f"{field.description}.")
    return input_type(name, fields, f"Which records of {graph_type} to list; all conditions given must hold.")


@cache
def order_input(record: type[Record], graph_type: str) -> type | None:
    """One term of the order of lists of a record, or None when its contract lets nothing be sorted."""
    fields: dict[str, tuple[object, str]] = {
        to_camel_case(field.name): (Direction | None, f"{field.description}.")
        for field in record.fields.values()
        if field.sort
    }
    if not fields:
        return None
    return input_type(f"{graph_type}Order", fields, f"One field to sort {graph_type} by.", one_of=True)


def predicate_of(record: type[Record], given: object) -> Predicate:
    """What a filter input says, as a canonical predicate. Raises BadInput beyond the bounds."""
    if given is None or given is UNSET:
        return EVERYTHING
    predicate = canonical(_all(record, given, FILTER_DEPTH_MAX))
    if sum(1 for _ in compared(predicate)) > FILTER_TERMS_MAX:
        raise BadInput("filter_terms", maximum=FILTER_TERMS_MAX)
    return predicate


def _all(record: type[Record], given: object, depth: int) -> Predicate:
    if depth == 0:
        raise BadInput("filter_depth", maximum=FILTER_DEPTH_MAX)
    return And(tuple(_terms(record, given, depth)))


def _terms(record: type[Record], given: object, depth: int) -> Iterator[Predicate]:
    both = _given(given, "and")
    either = _given(given, "or")
    neither = _given(given, "not")
    if both is not None:
        yield And(tuple(_all(record, term, depth - 1) for term in _bounded(both, FILTER_TERMS_MAX)))
    if either is not None:
        yield Or(tuple(_all(record, term, depth - 1) for term in _bounded(either, FILTER_TERMS_MAX)))
    if neither is not None:
        yield Not(_all(record, neither, depth - 1))
    for field in record.fields.values():
        if field.filter:
            comparisons = _given(given, to_camel_case(field.name))
            if comparisons is not None:
                yield from _comparisons(field, comparisons)


def _given(given: object, name: str) -> Any:
    value = getattr(given, f"{name}_")
    return None if value is UNSET else value


def _bounded(terms: list[object], maximum: int) -> list[object]:
    if len(terms) > maximum:
        raise BadInput("filter_terms", maximum=maximum)
    return terms


def _comparisons(field: Field, given: object) -> Iterator[Predicate]:
    _, operators = _operators_input(field.clean_type)
    for name in operators:
        value = getattr(given, f"{name}_")
        if value is UNSET:
            continue
        if value is None:
            raise BadInput("filter_null", operator=name)
        if name == "in":
            if len(value) > FILTER_VALUES_MAX:
                raise BadInput("filter_values", maximum=FILTER_VALUES_MAX)
            for one in value:
                _check_length(one)
            yield Compare(field.name, Operator.IN, tuple(value))
        elif name == "eq":
            _check_length(value)
            yield Compare(field.name, Operator.IN, (value,))
        elif name == "isNull":
            is_null = Compare(field.name, Operator.IS_NULL, ())
            yield is_null if value else Not(is_null)
        else:
            _check_length(value)
            yield Compare(field.name, _OPERATORS[name], (value,))


def _check_length(value: object) -> None:
    if isinstance(value, str) and len(value) > FILTER_TEXT_CHARS_MAX:
        raise BadInput("filter_text", maximum=FILTER_TEXT_CHARS_MAX)


def order_of(record: type[Record], given: list[object] | None) -> tuple[Order, ...]:
    """What a list of order inputs says. Raises BadInput for too many terms or one field twice."""
    terms: list[Order] = []
    sortable = [field.name for field in record.fields.values() if field.sort]
    for term in given or ():
        for name in sortable:
            direction = getattr(term, f"{to_camel_case(name)}_")
            if direction is UNSET or direction is None:
                continue
            if any(order.field == name for order in terms):
                raise BadInput("order_twice", field=to_camel_case(name))
            terms.append(Order(name, descending=direction is Direction.DESC))
    if len(terms) > ORDER_TERMS_MAX:
        raise BadInput("order_terms", maximum=ORDER_TERMS_MAX)
    return tuple(terms)
