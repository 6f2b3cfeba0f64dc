"""The cost of rows that sources look at without returning them, in units of returned rows. Pure.

For large records a source looks at all rows when it counts, groups, sorts or searches without an index. The record
tells how many rows that is. The cost per row was measured: `dev.py attack --costs` compares every question with its
charge.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from strawberry.utils.str_converters import to_camel_case

from engine.facts import Selection
from models.records import Record, position_field
from schema.core.derived import derived_of
from schema.core.filters import FILTER_DEPTH_MAX, REACHES
from schema.core.inputs import followed, record_named

COUNTED_PER_UNIT: Final = 2_000
FILTERED_PER_UNIT: Final = 1_500
DATED_PER_UNIT: Final = 400
DERIVED_PER_UNIT: Final = 150
SORTED_PER_UNIT: Final = 1_000
RANKED_PER_UNIT: Final = 90
PLACED_PER_UNIT: Final = 1_500
KEYS_PER_UNIT: Final = 600
GROUPED_PER_UNIT: Final = 360
BUCKETED_PER_UNIT: Final = 250
TIMED_PER_UNIT: Final = 200
"""How many rows a source looks at per unit of cost: to count them, to compare a field, to compare a day or time, to
compare a field that is derived from times, to sort, to sort by related records, to compare positions, to find the keys
of relations, to group, to group by periods, and by pairs of times."""
PARENTS_PER_UNIT: Final = 500
"""To count the rows per parent; their conditions cost twice as much as those of one list."""
MADE_PER_UNIT: Final = 500
"""To create the rows of a record from other rows, or to order them by a key that no column holds."""
TOTALLED_PER_UNIT: Final = 700
"""To count all rows by one or two fields, for everybody."""
RANKS_OF_PARENTS: Final = 400
"""To say the order of related records once for each parent, independent of the record: a megabyte of SQL."""
BUCKETS: Final = 50
"""To put groups into periods, independent of the record."""


def looks_of_list(target: type[Record], *, of_parents: bool = False) -> Callable[[Mapping[str, Any], Selection], int]:
    """The cost of looks of a list, or of the lists of many parents together."""

    def looks(given: Mapping[str, Any], selection: Selection) -> int:
        is_counted = "totalCount" in selection.names
        has_rows = bool(selection.names - {"totalCount"})
        each = _of_conditions(target, given.get("filter"), FILTER_DEPTH_MAX) * (2 if of_parents else 1)
        each += looks_of_one(target)
        looked = looks_of_filter(target, given.get("filter"), FILTER_DEPTH_MAX)
        if is_counted:
            looked += target.rows // (PARENTS_PER_UNIT if of_parents else COUNTED_PER_UNIT) + each
        if has_rows:
            looked += _of_order(target, given.get("orderBy"), of_parents=of_parents) + each
        return looked

    return looks


def looks_of_one(target: type[Record]) -> int:
    """The cost of looks of any statement for this record, if its source has to create its rows first."""
    return target.rows_behind // MADE_PER_UNIT


def _of_conditions(record: type[Record], given: object, depth: int) -> int:
    """The cost of one look at all rows with the conditions of a filter on the record itself."""
    if depth == 0 or not isinstance(given, Mapping):
        return 0
    looked = _of_conditions(record, given.get("not"), depth - 1)
    for name in ("and", "or"):
        terms = given.get(name)
        looked += sum(_of_conditions(record, term, depth - 1) for term in terms) if isinstance(terms, list) else 0
    for field in record.fields.values():
        if field.filter and given.get(to_camel_case(field.name)) is not None:
            is_dated = issubclass(field.clean_type, date)
            looked += record.rows // (DATED_PER_UNIT if is_dated else FILTERED_PER_UNIT)
    for derived in derived_of(record):
        if given.get(to_camel_case(derived.name)) is not None:
            looked += record.rows // DERIVED_PER_UNIT
    for relation in followed(record):
        # The keys that it leads to are compared as those of a filter.
        if given.get(to_camel_case(relation.name)) is not None:
            looked += record.rows // FILTERED_PER_UNIT
    return looked


def _of_order(record: type[Record], given: object, *, of_parents: bool) -> int:
    terms = [term for term in given if isinstance(term, Mapping)] if isinstance(given, list) else []
    if not terms:
        return 0
    leads_on = any(isinstance(direction, Mapping) for term in terms for direction in term.values())
    looked = record.rows // (RANKED_PER_UNIT if leads_on else SORTED_PER_UNIT)
    return looked + (RANKS_OF_PARENTS if leads_on and of_parents else 0)


def looks_of_filter(record: type[Record], given: object, depth: int) -> int:
    """The cost of looks before the rows of a filter are asked for: places, and keys of other records."""
    if depth == 0 or not isinstance(given, Mapping):
        return 0
    looked = 0
    if position_field(record) is not None:
        looked += sum(given.get(name) is not None for name in ("near", "within")) * (record.rows // PLACED_PER_UNIT)
    for name in ("and", "or"):
        terms = given.get(name)
        looked += sum(looks_of_filter(record, term, depth - 1) for term in terms) if isinstance(terms, list) else 0
    looked += looks_of_filter(record, given.get("not"), depth - 1)
    for relation in followed(record):
        wanted = given.get(to_camel_case(relation.name))
        if not isinstance(wanted, Mapping):
            continue
        target = record_named(relation.target)
        for one in (wanted.get("some"), wanted.get("none")) if relation.many else (wanted,):
            if one is not None:
                looked += target.rows // KEYS_PER_UNIT + looks_of_filter(target, one, depth - 1)
        for reach in filter(None, map(wanted.get, REACHES)):
            looked += target.rows // PLACED_PER_UNIT + looks_of_filter(target, reach.get("filter"), depth - 1)
    return looked


def looks_of_groups(record: type[Record], given: Mapping[str, Any], statements: int, times: int, asked: int) -> int:
    """The cost of looks of groups: each of the `asked` statements looks at all rows."""
    each = record.rows // GROUPED_PER_UNIT
    if given.get("bucket") is not None:
        each = record.rows // BUCKETED_PER_UNIT + BUCKETS
    each += _of_conditions(record, given.get("filter"), FILTER_DEPTH_MAX) + looks_of_one(record)
    looked = (statements + times) * each + times * (record.rows // TIMED_PER_UNIT)
    return asked * (looked + looks_of_filter(record, given.get("filter"), FILTER_DEPTH_MAX))
