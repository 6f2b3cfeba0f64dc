"""Filters: the inputs of lists, generated from the contracts of the records, and their conversion to predicates.

Inputs are the same for every city; what a source cannot do is refused when it is asked. A filter may follow a relation
into other records, if everybody may compare the fields of the relation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cache

import strawberry
from strawberry import UNSET
from strawberry.utils.str_converters import to_camel_case

from connectors.replica.text_index import WORDS_MAX, words_in
from models.errors import BadInput
from models.predicates import (
    EVERYTHING,
    And,
    Compare,
    InReach,
    Inside,
    Matches,
    Near,
    Not,
    Operator,
    Or,
    Predicate,
    Related,
    canonical,
    relations_count,
    terms_count,
)
from models.records import KEY, Field, Record, Relation, position_field
from models.sources.search import has_words, words_of_others
from models.values.types import AreaCode, BpsCode
from models.values.vocabulary import Vocabulary
from resolvers.search import REFRESH_EVERY_S, ROWS_MAX
from schema.core.derived import DerivedField, derived_of
from schema.core.inputs import FILTER_OF, LIST_OF, RECORD_OF, followed, input_of, named, record_named, value_in
from schema.core.places import PositionInput, position_of
from schema.core.vocabularies import words

FILTER_DEPTH_MAX = 5
FILTER_TERMS_MAX = 50
FILTER_VALUES_MAX = 100
FILTER_TEXT_CHARS_MAX = 1_000
FILTER_RELATIONS_MAX = 5
"""How many relations a filter may follow: each costs one or two statements to another source."""
RELATION_CALLS_MAX = 3
NEAR_METERS_MAX = 100_000
MIDDLE = "position"
"""The field with the middle of an area."""
REACHES = ("someWithin", "noneWithin")
"""The conditions on records near the middle of an area."""
WORDS_CHARS_MAX = 200


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


@cache
def _operators_input(clean_type: type) -> tuple[type, tuple[str, ...]]:
    """The input with the operators of a type of field."""
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
    return input_of(
        name, fields, f"Compares a {name.removesuffix('Filter')}; all conditions given must hold."
    ), operators


@strawberry.input(description="Within so many meters of a place.")
class NearFilter:
    position: PositionInput = strawberry.field(description="The place.")
    meters: float = strawberry.field(description=f"How far from it at most, up to {NEAR_METERS_MAX} meters.")


@strawberry.input(description="Compares the words of what everybody may read, by the index of the search.")
class TextFilter:
    matches: str = strawberry.field(
        description=f"All of these words are in it, in whatever form: {WORDS_MAX} words at most. The index is made anew"
        f" every {REFRESH_EVERY_S / 60:.0f} minutes, of the {ROWS_MAX:,} newest records of each kind."
    )


@cache
def filter_input(record: type[Record], graph_type: str) -> type | None:
    """The filter of the lists of a record; None if no field can be filtered."""
    filtered = [field for field in record.fields.values() if field.filter]
    name = f"{graph_type}Filter"
    fields: dict[str, tuple[object, str]] = {
        "and": (f"list[{name}] | None", "All of these."),
        "or": (f"list[{name}] | None", "At least one of these."),
        "not": (f"{name} | None", "Not this."),
    }
    asked = len(fields)
    for field in filtered:
        operators, _ = _operators_input(field.clean_type)
        fields[to_camel_case(field.name)] = (operators | None, f"{field.description}.")
    for derived in derived_of(record):
        operators, _ = _operators_input(derived.clean_type)
        fields[to_camel_case(derived.name)] = (operators | None, f"{derived.description}.")
    if position_field(record) is not None:
        fields["near"] = (NearFilter | None, "Within some distance of a place; what has no known position is not.")
        fields["within"] = (
            AreaCode | None,
            "In this area or below it: by the city's polygons where the hub has them, else by the code of the area.",
        )
    if has_words(record):
        fields["text"] = (TextFilter | None, _about_words(record))
    for relation in followed(record):
        about = f"the {relation.target.replace('_', ' ')} that `{to_camel_case(relation.name)}` leads to"
        if relation.many:
            fields[to_camel_case(relation.name)] = (f"{LIST_OF}{relation.target} | None", f"Which of {about}.")
        else:
            fields[to_camel_case(relation.name)] = (f"{FILTER_OF}{relation.target} | None", f"What holds for {about}.")
    if len(fields) == asked:
        return None
    made = input_of(name, fields, f"Which records of {graph_type} to list; all conditions given must hold.")
    RECORD_OF[made] = record
    named(f"{FILTER_OF}{record.name}", made)
    named(f"{LIST_OF}{record.name}", _list_input(name, has_positions=position_field(record) is not None))
    return made


def _about_words(record: type[Record]) -> str:
    others = [to_camel_case(relation.name) for relation in words_of_others(record)]
    named = ", ".join(f"`{name}`" for name in others)
    return f"Which words it has: those of its {named}." if others else "Which words it has."


def _list_input(filter_name: str, *, has_positions: bool) -> type:
    fields: dict[str, tuple[object, str]] = {
        "some": (f"{filter_name} | None", "At least one of them satisfies this."),
        "none": (f"{filter_name} | None", "None of them satisfies this, or there is none."),
    }
    kind = filter_name.removesuffix("Filter")
    if has_positions:
        meters = f"How far from the middle of the area at most, up to {NEAR_METERS_MAX} meters."
        about = f"So many meters around the middle of an area, and which records of {kind} count there."
        made = input_of(
            f"{kind}ReachFilter",
            {"meters": (float, meters), "filter": (f"{filter_name} | None", "Only those that satisfy this.")},
            about,
        )
        rest = "wherever they belong. What has no known position does not count. Only in filters of areas."
        fields["someWithin"] = (made | None, f"At least one of them lies near the middle of the area, {rest}")
        fields["noneWithin"] = (made | None, f"None of them lies near the middle of the area, {rest}")
    name = f"{kind}ListFilter"
    return input_of(
        name, fields, f"What {filter_name} says of some or of none of them; all conditions given must hold."
    )


def predicate_of(record: type[Record], given: object) -> Predicate:
    """The canonical predicate of a filter input, derived fields included. Raises BadInput beyond the limits."""
    if given is None or given is UNSET:
        return EVERYTHING
    predicate = canonical(_all(record, given, FILTER_DEPTH_MAX))
    if terms_count(predicate) > FILTER_TERMS_MAX:
        raise BadInput("filter_terms", maximum=FILTER_TERMS_MAX)
    if relations_count(predicate) > FILTER_RELATIONS_MAX:
        raise BadInput("filter_relations", maximum=FILTER_RELATIONS_MAX)
    return predicate


def _all(record: type[Record], given: object, depth: int) -> Predicate:
    if depth == 0:
        raise BadInput("filter_depth", maximum=FILTER_DEPTH_MAX)
    return And(tuple(_terms(record, given, depth)))


def _terms(record: type[Record], given: object, depth: int) -> Iterator[Predicate]:
    both = value_in(given, "and")
    either = value_in(given, "or")
    neither = value_in(given, "not")
    if both is not None:
        yield And(tuple(_all(record, term, depth - 1) for term in _bounded(both, FILTER_TERMS_MAX)))
    if either is not None:
        yield Or(tuple(_all(record, term, depth - 1) for term in _bounded(either, FILTER_TERMS_MAX)))
    if neither is not None:
        yield Not(_all(record, neither, depth - 1))
    fields, relations = _named(record)
    for name, field in fields:
        comparisons = value_in(given, name)
        if comparisons is not None:
            yield from _comparisons(field, comparisons)
    yield from _located(record, given)
    yield from _words(record, given)
    for name, relation in relations:
        wanted = value_in(given, name)
        if wanted is not None:
            yield from _related(relation, wanted, depth)


@cache
def _named(record: type[Record]) -> tuple[list[tuple[str, Field | DerivedField]], list[tuple[str, Relation]]]:
    """What a filter of a record may compare and follow, by its names in the graph."""
    compared: list[Field | DerivedField] = [field for field in record.fields.values() if field.filter]
    fields = [(to_camel_case(field.name), field) for field in (*compared, *derived_of(record))]
    return fields, [(to_camel_case(relation.name), relation) for relation in followed(record)]


def _related(relation: Relation, given: object, depth: int) -> Iterator[Predicate]:
    if not relation.many:
        yield Related(relation, _of_other(given, depth))
        return
    yield from _in_reach(relation, given, depth)
    some, none = value_in(given, "some"), value_in(given, "none")
    if some is not None:
        yield Related(relation, _of_other(some, depth))
    if none is not None:
        yield Not(Related(relation, _of_other(none, depth)))


def _in_reach(relation: Relation, given: object, depth: int) -> Iterator[Predicate]:
    for name in REACHES if position_field(record_named(relation.target)) is not None else ():
        reach = value_in(given, name)
        if reach is None:
            continue
        if not relation.within:
            raise BadInput("reach_of_areas", argument=name)
        if not 0 < reach.meters_ <= NEAR_METERS_MAX:
            raise BadInput("near_range", maximum=NEAR_METERS_MAX)
        inner = value_in(reach, "filter")
        where = EVERYTHING if inner is None else _of_other(inner, depth)
        yield InReach(MIDDLE, relation, where, reach.meters_, none=name == "noneWithin")


def _of_other(given: object, depth: int) -> Predicate:
    return _all(RECORD_OF[type(given)], given, depth - 1)


def _located(record: type[Record], given: object) -> Iterator[Predicate]:
    field = position_field(record)
    if field is None:
        return
    near, within = value_in(given, "near"), value_in(given, "within")
    if near is not None:
        place = position_of(near.position)
        if not 0 < near.meters <= NEAR_METERS_MAX:
            raise BadInput("near_range", maximum=NEAR_METERS_MAX)
        yield Near(field, place, near.meters)
    if within is not None:
        yield Inside(field, within)


def _words(record: type[Record], given: object) -> Iterator[Predicate]:
    text = value_in(given, "text") if has_words(record) else None
    if text is None:
        return
    if len(text.matches) > WORDS_CHARS_MAX or not 1 <= len(words_in(text.matches)) <= WORDS_MAX:
        raise BadInput("filter_words", maximum=WORDS_MAX, characters=WORDS_CHARS_MAX)
    yield Matches(KEY, text.matches)


def _bounded(terms: list[object], maximum: int) -> list[object]:
    if len(terms) > maximum:
        raise BadInput("filter_terms", maximum=maximum)
    return terms


def _comparisons(field: Field | DerivedField, given: object) -> Iterator[Predicate]:
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


def calls_of_filter(record: type[Record], given: object, depth: int) -> int:
    """The maximum number of statements that a filter asks of other sources; `given` as in a document.

    A relation asks three: for the keys of the related records, and if these are too many, for the keys of the list and
    for those of them that match. One of areas may ask two more, for what is placed by position. A place asks one, and
    words one for each relation whose words count.
    """
    if depth == 0 or not isinstance(given, Mapping):
        return 0
    calls = sum(given.get(name) is not None for name in ("near", "within") if position_field(record) is not None)
    if given.get("text") is not None:
        calls += len(words_of_others(record))
    derived = (one for one in derived_of(record) if given.get(to_camel_case(one.name)) is not None)
    calls += sum(RELATION_CALLS_MAX * one.relations for one in derived)
    for name in ("and", "or"):
        terms = given.get(name)
        calls += sum(calls_of_filter(record, term, depth - 1) for term in terms) if isinstance(terms, list) else 0
    calls += calls_of_filter(record, given.get("not"), depth - 1)
    for relation in followed(record):
        wanted = given.get(to_camel_case(relation.name))
        if not isinstance(wanted, Mapping):
            continue
        target = record_named(relation.target)
        for one in (wanted.get("some"), wanted.get("none")) if relation.many else (wanted,):
            if one is not None:
                calls += RELATION_CALLS_MAX + 2 * relation.within + calls_of_filter(target, one, depth - 1)
        for reach in filter(None, map(wanted.get, REACHES)):
            calls += 1 + calls_of_filter(target, reach.get("filter"), depth - 1)
    return calls
