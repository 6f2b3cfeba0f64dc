"""Checks whether a source can be asked what a read asks. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from strawberry.utils.str_converters import to_camel_case

from connectors.catalog import Binding, Way, way_of_order
from connectors.criteria import DistanceOrder, Order, RelatedOrder
from connectors.decoders.protocol import RANGE
from models.errors import DataQuality, NotConnected, NotSupported
from models.predicates import (
    And,
    Compare,
    InReach,
    Inside,
    Matches,
    Near,
    Operator,
    Related,
    both,
    compared,
    fields_of,
    leaves,
)
from models.records import KEY, Record
from models.sources.search import words_of_others
from resolvers.reads import Read


def check_arguments(binding: Binding, read: Read) -> None:
    """Raise NotSupported for what the source cannot do or must not be asked, DataQuality if its key column is lost.

    Raises NotConnected if it does not hold the field by which the graph looks rows up.
    """
    if binding.unreadable:
        raise DataQuality("source_drifted", source=binding.source.title, field=KEY)
    looked_up = {*fields_of(read.given), *((read.parents.field,) if read.parents is not None else ())}
    for name in sorted(looked_up.difference(binding.mapping.columns)):
        raise not_mapped(read.record, name)
    for leaf in leaves(read.where):
        if isinstance(leaf, Compare):
            _check_compared(binding, leaf)
        elif isinstance(leaf, Matches):
            _check_words(binding, read)
        else:
            _check_found_elsewhere(binding, leaf)
    for order in read.order:
        if isinstance(order, Order):
            _check_sorted(binding, read, order)
        else:
            _check_sorted_elsewhere(binding, order)
    by_parents = {(read.parents.field, Way.PARENTS)} if read.parents is not None else set()
    given = {(term.field, asked) for term in compared(read.given) for asked in (Operator.IN, Way.PARENTS)}
    for name, _ in (by_parents | given) & binding.scans:
        raise not_supported(read.record.name, name)
    _check_by_key(binding, read)


def _check_compared(binding: Binding, comparison: Compare) -> None:
    if comparison.field not in binding.mapping.columns:
        raise _argument_unmapped(comparison.operator.value, comparison.field)
    known = binding.mapping.operators(comparison.field) & binding.connector.capabilities.operators
    known -= _lost(binding, comparison.field)
    if comparison.operator not in known:
        raise not_supported(comparison.operator.value, comparison.field, known)


def _check_sorted(binding: Binding, read: Read, order: Order) -> None:
    if order.field not in binding.mapping.columns:
        raise _argument_unmapped("orderBy", order.field)
    can_sort = binding.connector.capabilities.sorts and binding.mapping.sortable(order.field)
    if order.field in binding.missing or not can_sort:
        raise not_supported("orderBy", order.field)
    if (order.field, way_of_order(read.where, order.field)) in binding.scans:
        raise not_supported("orderBy", order.field, _sorting_within(binding, order.field))


def check_grouped(binding: Binding, read: Read) -> None:
    """Check the arguments and the grouped fields. Raises NotConnected for a field that the source does not have."""
    check_arguments(binding, read)
    if not binding.connector.capabilities.groups:
        raise not_supported("groups", read.record.name)
    for name in sorted(read.grouped):
        if name not in binding.mapping.columns:
            raise not_mapped(read.record, name)
        if name in binding.missing:
            raise DataQuality("source_drifted", source=binding.source.title, field=to_camel_case(name))


def _check_found_elsewhere(binding: Binding, leaf: Related | Near | Inside | InReach) -> None:
    """Raise NotSupported if a source cannot be asked for rows that were found outside of it."""
    mapping = binding.mapping
    looked_up = leaf.field if isinstance(leaf, Related) else KEY
    there = leaf.field in mapping.columns and leaf.field not in binding.missing
    if not there or not _can_look_up(binding, looked_up):
        name = leaf.relation.name if isinstance(leaf, Related) else leaf.field
        raise not_supported("filter", name) if leaf.field in mapping.columns else _argument_unmapped("filter", name)


def _check_words(binding: Binding, read: Read) -> None:
    """Raise NotSupported if a source cannot be asked for rows that were found by their words."""
    looked_up = [here for relation in words_of_others(read.record) for here, _ in relation.on] or [KEY]
    for name in looked_up:
        if name not in binding.mapping.columns or not _can_look_up(binding, name):
            raise not_supported("matches", name)


def _check_sorted_elsewhere(binding: Binding, order: RelatedOrder | DistanceOrder) -> None:
    looked_up = order.field if isinstance(order, RelatedOrder) else KEY
    if order.field not in binding.mapping.columns:
        raise _argument_unmapped("orderBy", order.field)
    if not binding.connector.capabilities.sorts or not _can_look_up(binding, looked_up):
        raise not_supported("orderBy", order.field)


def _can_look_up(binding: Binding, field: str) -> bool:
    known = binding.mapping.operators(field) & binding.connector.capabilities.operators
    return Operator.IN in known - _lost(binding, field)


def _check_by_key(binding: Binding, read: Read) -> None:
    """Raise NotSupported for a read without a key from a source that is asked by key only."""
    only_by = binding.connector.capabilities.only_by
    if only_by is None:
        return
    record = read.record.name
    where = both(read.where, read.given)
    terms = where.terms if isinstance(where, And) else (where,)
    named = {term.field for term in terms if isinstance(term, Compare) and term.operator is Operator.IN}
    if read.parents is not None:
        named = {read.parents.field}
    if not {f"{record}.{name}" for name in named} & only_by:
        key = min((name.partition(".")[2] for name in only_by if name.startswith(f"{record}.")), default=KEY)
        raise not_supported(record, key, frozenset({Operator.IN}))


def _lost(binding: Binding, name: str) -> frozenset[Operator]:
    """Why a field cannot be asked for now: its column is gone, or a large table would be scanned."""
    operators = binding.mapping.operators(name)
    if name in binding.missing:
        return operators
    return frozenset(operator for operator in operators if (name, operator) in binding.scans)


def _sorting_within(binding: Binding, name: str) -> frozenset[Operator]:
    """The ranges within which a field may be sorted by, although not among all rows."""
    if (name, Way.ORDER_IN_RANGE) in binding.scans:
        return frozenset()
    return (binding.mapping.operators(name) & RANGE) - _lost(binding, name)


def not_mapped(record: type[Record], name: str) -> NotConnected:
    """The error of a field that this city's source does not hold."""
    return NotConnected("not_connected", subject=f"{record.name}.{to_camel_case(name)}")


def rows_unmapped(record: type[Record], names: Iterable[str]) -> NotConnected:
    """The error where the source does not hold the fields that say who may see its rows."""
    fields = ", ".join(f"{record.name}.{to_camel_case(name)}" for name in sorted(names))
    return NotConnected("rows_not_connected", subject=fields)


def _argument_unmapped(operation: str, name: str) -> NotSupported:
    return NotSupported("argument_unmapped", operation=operation, field=to_camel_case(name))


def not_supported(operation: str, name: str, supported: frozenset[Operator] = frozenset()) -> NotSupported:
    """The error that names what the source can do with a field instead."""
    names = ", ".join(sorted(_NAMES[operator] for operator in supported)) or "-"
    return NotSupported("argument_not_supported", operation=operation, field=to_camel_case(name), supported=names)


_NAMES = {operator: "eq, in" if operator is Operator.IN else operator.value for operator in Operator}
