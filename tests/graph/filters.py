"""Random filters and orders in the words of the graph, and an evaluator that says in plain Python what they mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from typing import Any

from hypothesis import strategies as st

from connectors.departments import PACKAGE
from models.predicates import Operator
from models.records import Record
from models.values.types import AreaCode, BpsCode
from models.values.vocabulary import Vocabulary

Filter = dict[str, Any]
"""A filter input as a variable carries it."""

Values = Mapping[str, object]
"""The clean values of one record by the graph's names of its fields; enums and codes as texts, times as datetimes."""

OFFSETS = (timezone(timedelta(hours=7)), UTC, timezone(timedelta(hours=-5, minutes=-30)))
_FOLDED = str.maketrans({chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)})


def graph_name(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


# --- Meaning ----------------------------------------------------------------------------------------------------------


def satisfies(values: Values, given: Filter) -> bool:
    """Whether a record is in the list of a filter: two-valued, null equals nothing, `not` is the complement."""
    return all(_holds(values, name, term) for name, term in given.items())


def _holds(values: Values, name: str, term: Any) -> bool:
    if name == "and":
        return all(satisfies(values, one) for one in term)
    if name == "or":
        return any(satisfies(values, one) for one in term)
    if name == "not":
        return not satisfies(values, term)
    return all(_OPERATORS[operator](values[name], operand) for operator, operand in term.items())


def _ordered(compare: Callable[[datetime, datetime], bool]) -> Callable[[Any, Any], bool]:
    return lambda value, operand: value is not None and compare(value, datetime.fromisoformat(operand))


def _equals(value: Any, operand: Any) -> bool:
    if isinstance(value, datetime):
        return value == datetime.fromisoformat(operand)
    return value is not None and value == operand


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": _equals,
    "in": lambda value, operand: any(_equals(value, one) for one in operand),
    "isNull": lambda value, operand: (value is None) is operand,
    "contains": lambda value, operand: value is not None and operand.translate(_FOLDED) in value.translate(_FOLDED),
    "gt": _ordered(lambda value, operand: value > operand),
    "gte": _ordered(lambda value, operand: value >= operand),
    "lt": _ordered(lambda value, operand: value < operand),
    "lte": _ordered(lambda value, operand: value <= operand),
}


# --- Random ones ------------------------------------------------------------------------------------------------------

_STRANGE = (
    "",
    "%",
    "_",
    "\\",
    "'",
    "-",
    "a%",
    "K0_",
    "[a-z]",
    ".*",
    "é",
    "\u0131",
    "ß",
    "\u017f",
    "K",
    "\x00",
    "LAKSA-2025",
    "kar",
    "JALAN",
    "Ü",
)


def filters_of(record: type[Record], rows: Sequence[Values]) -> st.SearchStrategy[Filter]:
    """Filters of a record's lists, whose operands are mostly values that its rows have."""
    mapping = next(mapping for mapping in PACKAGE.mappings if mapping.record is record)
    leaves = [
        _leaf(
            graph_name(field.name),
            field.clean_type,
            [row[graph_name(field.name)] for row in rows],
            contains=Operator.CONTAINS in mapping.operators(field.name),
        )
        for field in record.fields.values()
        if field.filter
    ]
    leaf: st.SearchStrategy[Filter] = st.one_of(*leaves)
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.builds(lambda terms: {"and": terms}, st.lists(inner, max_size=3)),
            st.builds(lambda terms: {"or": terms}, st.lists(inner, max_size=3)),
            st.builds(lambda term: {"not": term}, inner),
            st.builds(lambda one, other: {**one, "not": other}, leaf, inner),
            st.builds(lambda one, other: {**one, **other}, leaf, leaf),
        ),
        max_leaves=4,
    ).filter(lambda made: _depth(made) <= 5)


def _depth(given: Filter) -> int:
    below = [*given.get("and", ()), *given.get("or", ()), *([given["not"]] if "not" in given else [])]
    return 1 + max(map(_depth, below), default=0)


def _leaf(name: str, clean_type: type, values: list[object], *, contains: bool) -> st.SearchStrategy[Filter]:
    known = sorted({value for value in values if value is not None}, key=str)
    return _comparisons(clean_type, known, contains=contains).map(lambda comparisons: {name: comparisons})


def _comparisons(clean_type: type, known: list[Any], *, contains: bool) -> st.SearchStrategy[Filter]:
    is_null = st.booleans()
    if issubclass(clean_type, Vocabulary):
        value = st.sampled_from([str(member.value) for member in clean_type])
        return _some({"eq": value, "in": st.lists(value, max_size=3)})
    if clean_type is datetime:
        moment = _moments(known)
        return _some({**dict.fromkeys(("eq", "gt", "gte", "lt", "lte"), moment), "isNull": is_null})
    if clean_type is AreaCode:
        code = st.sampled_from([*known, "36", "36.71", "36.71.99", "36.71.05.1999", "36.71.05.2001", "11.01"])
        return _some({"eq": code, "in": st.lists(code, max_size=6), "isNull": is_null})
    if clean_type is BpsCode:
        code = st.sampled_from([*known, "3671", "3671999", "3671010999", "1101"])
        return _some({"eq": code, "in": st.lists(code, max_size=6), "isNull": is_null})
    text = st.one_of(st.sampled_from(known), st.sampled_from(known).map(str.swapcase), st.sampled_from(_STRANGE))
    part = st.builds(
        lambda whole, start, length: whole[start : start + length], text, st.integers(0, 12), st.integers(1, 8)
    )
    operators = {"eq": text, "in": st.lists(text, max_size=6), "isNull": is_null}
    return _some({**operators, "contains": st.one_of(part, text)} if contains else operators)


def _moments(known: list[datetime]) -> st.SearchStrategy[str]:
    shifts = st.sampled_from([timedelta(0), timedelta(seconds=1), timedelta(microseconds=-1), timedelta(days=40)])
    near = st.builds(
        lambda value, shift, zone: (value + shift).astimezone(zone),
        st.sampled_from(known),
        shifts,
        st.sampled_from(OFFSETS),
    )
    far = st.sampled_from([datetime(1, 1, 2, tzinfo=OFFSETS[0]), datetime(9999, 12, 30, tzinfo=OFFSETS[0])])
    return st.one_of(near, near, near, far).map(datetime.isoformat)


def _some(operators: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Filter]:
    """One operator mostly, two sometimes."""
    one = st.sampled_from(sorted(operators)).flatmap(lambda name: operators[name].map(lambda value: {name: value}))
    return st.one_of(one, one, st.builds(lambda first, second: {**first, **second}, one, one))


def orders_of(record: type[Record]) -> st.SearchStrategy[list[dict[str, str]]]:
    """Orders of a record's lists: none, or some of its sortable fields in either direction."""
    names = [graph_name(field.name) for field in record.fields.values() if field.sort]
    terms = st.tuples(st.sampled_from(names), st.sampled_from(["ASC", "DESC"]))
    several = st.lists(terms, unique_by=lambda term: term[0], max_size=len(names))
    return several.map(lambda chosen: [{name: way} for name, way in chosen])


def plain(value: object) -> object:
    """A clean value as `Values` holds it."""
    if isinstance(value, Enum):
        return str(value.value)
    return str(value) if isinstance(value, AreaCode) else value
