"""Questions: every filter, order and relation of a mapping, as the hub would ask it. Pure.

Their values are sampled from the source, so that plans are those of real questions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from connectors.catalog import Way
from connectors.criteria import Criteria, Order, ParentKeys
from connectors.decoders.codes import Codes
from connectors.decoders.protocol import RANGE
from connectors.decoders.times.dates import is_canonical
from connectors.mapping import Mapping
from connectors.protocol import Rows
from models.predicates import EVERYTHING, Compare, Not, Operator, Predicate, is_in
from models.records import KEY, Relation

PAGE_ROWS = 21
"""The usual page of a list, and its look-ahead row."""
PARENTS = 3
SAMPLE_ROWS = 250
"""How many rows are sampled from each end of a record."""
SOON_FULL_SHARE = 0.01
"""A value with at least this share of the sample fills a page within a few thousand rows of a scan."""
PART_CHARS_MAX = 20

_UP, _DOWN = frozenset({Operator.GT, Operator.GTE}), frozenset({Operator.LT, Operator.LTE})

_RANGED = (date, int)
"""The types that a filter of the graph takes a range of; a moment is a date too."""


@dataclass(frozen=True, slots=True)
class Question:
    """One use of a field, as the hub asks for a page; `what` is in the words of index advice.

    `asked` are the uses to refuse if it scans; none for the order that every list has.

    `soon_full`: so many rows anywhere belong to it that a page is soon full, so that only a walk which its rows are
    held back from is one through the whole table. `by_column`: it compares the column itself, so that where an index
    begins with it, a walk is what the source chose instead. No `criteria` where the sample holds no value to ask for.
    """

    field: str
    what: str
    asked: frozenset[Operator | Way]
    criteria: Criteria | None
    soon_full: bool = False
    by_column: bool = False

    @property
    def words(self) -> str:
        return f"{self.what} {self.field}"


@dataclass(frozen=True, slots=True)
class Sample:
    """Clean values by field, including null, from both ends of a record. They are used in questions and never shown."""

    values: dict[str, list[object]] = field(default_factory=dict)

    def add(self, mapping: Mapping, rows: Rows) -> None:
        for name in self.values:
            mapped = mapping.columns[name]
            self.values[name] += mapped.decoder.decode(*(rows.columns[legacy] for legacy in mapped.legacy)).values

    def known(self, name: str) -> list[object]:
        return [value for value in self.values.get(name, ()) if value is not None]

    def share(self, name: str, *, null: bool) -> float:
        values = self.values.get(name, ())
        return sum((value is None) is null for value in values) / len(values) if values else 0.0


def sample_criteria(mapping: Mapping, fields: Iterable[str], *, last: bool) -> Criteria:
    """Read the first rows of a record by its key, or the last ones."""
    return Criteria(mapping.record.name, tuple(fields), EVERYTHING, (Order(KEY),), SAMPLE_ROWS, reverse=last)


def sampled_fields(mapping: Mapping, relations: Iterable[Relation], missing: frozenset[str]) -> list[str]:
    """The fields whose values questions need."""
    reached = {there for relation in relations if relation.target == mapping.record.name for _, there in relation.on}
    return [
        name
        for name in mapping.columns
        if name not in missing and (name == KEY or name in reached or mapping.record.fields[name].filter)
    ]


def questions_of(
    mapping: Mapping, relations: Iterable[Relation], sample: Sample, missing: frozenset[str]
) -> Iterator[Question]:
    """All questions about the columns that a source has. `relations` are those of all records."""
    there = tuple(name for name in mapping.columns if name not in missing)
    for name in there:
        if mapping.record.fields[name].filter or name == KEY:
            yield from _filters(mapping, name, sample, there)
    for name in there:
        if name == KEY or (mapping.record.fields[name].sort and mapping.sortable(name)):
            yield from _orders(mapping, name, sample, there)
    yield from _reached(mapping, relations, sample, there)


def _filters(mapping: Mapping, name: str, sample: Sample, columns: tuple[str, ...]) -> Iterator[Question]:
    contract, mapped = mapping.record.fields[name], mapping.columns[name]
    operators = mapped.decoder.operators
    by_list = isinstance(mapped.decoder, Codes)

    def asked(where: Predicate | None) -> Criteria | None:
        return _page(mapping, columns, where) if where is not None else None

    if Operator.IN in operators:
        value = _commonest(mapping, name, sample) if by_list else _rarest(sample.known(name))
        equal = is_in(name, value) if value is not None else None
        yield Question(name, "filter by", frozenset({Operator.IN}), asked(equal), by_list, by_column=True)
    if operators >= RANGE and issubclass(contract.clean_type, _RANGED):
        # Ranges with few rows: sources use an index for them, but not for ranges with many rows.
        known = sample.known(name)
        highest = Compare(name, Operator.GTE, (max(known),)) if known else None  # type: ignore[type-var]  # of one field
        lowest = Compare(name, Operator.LTE, (min(known),)) if known else None  # type: ignore[type-var]  # as above
        canonical = is_canonical(mapped.decoder)
        what = "filter by" if canonical else "filter by a range of"
        for ends, criteria in ((_UP, asked(highest)), (_DOWN, asked(lowest))):
            yield Question(name, what, ends, criteria, by_column=canonical)
    if Operator.CONTAINS in operators and contract.clean_type is str:
        part = next((str(value)[:PART_CHARS_MAX] for value in sample.known(name)), None)
        part_of = Compare(name, Operator.CONTAINS, (part,)) if part is not None else None
        yield Question(name, "filter by a part of", frozenset({Operator.CONTAINS}), asked(part_of))
    if Operator.IS_NULL in operators and name != KEY and contract.nullable:
        null = sample.share(name, null=True)
        is_null = Compare(name, Operator.IS_NULL, ())
        rarer: Predicate = is_null if null <= 1 - null else Not(is_null)
        soon_full = min(null, 1 - null) >= SOON_FULL_SHARE
        yield Question(name, "filter by absence of", frozenset({Operator.IS_NULL}), asked(rarer), soon_full)


def _orders(mapping: Mapping, name: str, sample: Sample, columns: tuple[str, ...]) -> Iterator[Question]:
    mapped = mapping.columns[name]
    if name == KEY:
        # Every list is sorted by its key.
        yield Question(name, "order by", frozenset(), _page(mapping, columns, EVERYTHING), soon_full=True)
        return
    if mapped.sorts_as is not None or not is_canonical(mapped.decoder):
        either = frozenset({Way.ORDER, Way.ORDER_IN_RANGE})
        yield Question(name, "order by", either, _page(mapping, columns, EVERYTHING, name), soon_full=True)
        return
    plain = _page(mapping, columns, EVERYTHING, name)
    yield Question(name, "order without a range by", frozenset({Way.ORDER}), plain, soon_full=True)
    known = sample.known(name)
    highest = Compare(name, Operator.GTE, (max(known),)) if known else None  # type: ignore[type-var]  # of one field
    ranged = _page(mapping, columns, highest, name) if highest is not None else None
    # Whether the range itself scans is a question of its own.
    yield Question(name, "order within a range by", frozenset({Way.ORDER_IN_RANGE}), ranged, soon_full=True)


def _reached(
    mapping: Mapping, relations: Iterable[Relation], sample: Sample, columns: tuple[str, ...]
) -> Iterator[Question]:
    """The first of the relations that look rows up by a field: all are asked in the same way."""
    seen: set[str] = set()
    for relation in relations:
        for _, there in relation.on if relation.target == mapping.record.name else ():
            if there not in columns or there in seen:
                continue
            seen.add(there)
            keys = ParentKeys(there, tuple((key,) for key in list(dict.fromkeys(sample.known(there)))[:PARENTS]))
            criteria = _page(mapping, columns, EVERYTHING, parents=keys) if keys.keys else None
            what = f"reached from {relation.record}.{relation.name} by"
            yield Question(there, what, frozenset({Way.PARENTS}), criteria, by_column=True)


def _page(
    mapping: Mapping,
    columns: tuple[str, ...],
    where: Predicate,
    order: str = KEY,
    parents: ParentKeys | None = None,
) -> Criteria:
    terms = (Order(KEY),) if order == KEY else (Order(order), Order(KEY))
    return Criteria(mapping.record.name, columns, where, terms, PAGE_ROWS, parents=parents)


def _rarest(values: list[object]) -> object | None:
    """A value with few rows, which is what an index is for."""
    counts = Counter(values)
    return min(counts, key=counts.__getitem__) if counts else None


def _commonest(mapping: Mapping, name: str, sample: Sample) -> object | None:
    """The most common code that the source can store."""
    encode = mapping.columns[name].decoder.encode
    counts = Counter(value for value in sample.known(name) if not encode(value).complement)
    return max(counts, key=counts.__getitem__) if counts else None
