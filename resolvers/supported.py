"""Supported: whether a source can be asked what a read asks of it. Pure."""

from __future__ import annotations

from strawberry.utils.str_converters import to_camel_case

from connectors.catalog import Binding
from connectors.criteria import DistanceOrder, Order, RelatedOrder
from connectors.decoders.protocol import RANGE
from connectors.scans import Way, way_of_order
from models.errors import DataQuality, NotConnected, NotSupported
from models.predicates import And, Compare, Inside, Near, Operator, Related, both, compared, leaves
from models.records import KEY
from resolvers.reads import Read


def check_arguments(binding: Binding, read: Read) -> None:
    """Raises NotSupported for what the source cannot do or may not be asked, DataQuality where it lost the key."""
    mapping = binding.mapping
    if binding.unreadable:
        raise DataQuality("source_drifted", source=binding.source.name, field=KEY)
    for comparison in compared(read.where):
        known = mapping.operators(comparison.field) & binding.connector.capabilities.operators
        known -= _lost(binding, comparison.field)
        if comparison.operator not in known:
            raise not_supported(comparison.operator.value, comparison.field, known)
    for leaf in leaves(read.where):
        if not isinstance(leaf, Compare):
            _check_found_elsewhere(binding, leaf)
    for order in read.order:
        if not isinstance(order, Order):
            _check_sorted_elsewhere(binding, order)
            continue
        can_sort = binding.connector.capabilities.sorts and mapping.sortable(order.field)
        if order.field in binding.missing or not can_sort:
            raise not_supported("orderBy", order.field)
        if (order.field, way_of_order(read.where, order.field)) in binding.scans:
            raise not_supported("orderBy", order.field, _sorting_within(binding, order.field))
    looked_up = {(term.field, asked) for term in compared(read.given) for asked in (Operator.IN, Way.PARENTS)}
    if read.parents is not None:
        looked_up.add((read.parents.field, Way.PARENTS))
    for name, _ in looked_up & binding.scans:
        raise not_supported(read.record.name, name)
    _check_by_key(binding, read)


def check_grouped(binding: Binding, read: Read) -> None:
    """As `check_arguments`, and whether the source can be asked for groups of these fields.

    Raises NotConnected for a field that the city's source does not have.
    """
    check_arguments(binding, read)
    if not binding.connector.capabilities.groups:
        raise not_supported("groups", read.record.name)
    for name in sorted(read.grouped):
        if name not in binding.mapping.columns:
            raise NotConnected("not_connected", subject=f"{read.record.name}.{to_camel_case(name)}")
        if name in binding.missing:
            raise DataQuality("source_drifted", source=binding.source.name, field=to_camel_case(name))


def _check_found_elsewhere(binding: Binding, leaf: Related | Near | Inside) -> None:
    """Raises NotSupported where a source cannot be asked for the rows that were found by what lies outside of it."""
    looked_up = leaf.field if isinstance(leaf, Related) else KEY
    there = leaf.field in binding.mapping.columns and leaf.field not in binding.missing
    if not there or not _can_look_up(binding, looked_up):
        name = leaf.relation.name if isinstance(leaf, Related) else leaf.field
        raise not_supported("filter", name)


def _check_sorted_elsewhere(binding: Binding, order: RelatedOrder | DistanceOrder) -> None:
    looked_up = order.field if isinstance(order, RelatedOrder) else KEY
    if not binding.connector.capabilities.sorts or not _can_look_up(binding, looked_up):
        raise not_supported("orderBy", order.field)


def _can_look_up(binding: Binding, field: str) -> bool:
    known = binding.mapping.operators(field) & binding.connector.capabilities.operators
    return Operator.IN in known - _lost(binding, field)


def _check_by_key(binding: Binding, read: Read) -> None:
    """Raises NotSupported for a read that names no key, of a source that can be asked by key only."""
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
    """What a source cannot be asked of a field at the moment: its column is gone, or a large table would be scanned."""
    operators = binding.mapping.operators(name)
    if name in binding.missing:
        return operators
    return frozenset(operator for operator in operators if (name, operator) in binding.scans)


def _sorting_within(binding: Binding, name: str) -> frozenset[Operator]:
    """The ranges of a field within which it may be sorted by, although not among all rows."""
    if (name, Way.ORDER_IN_RANGE) in binding.scans:
        return frozenset()
    return (binding.mapping.operators(name) & RANGE) - _lost(binding, name)


def not_supported(operation: str, name: str, supported: frozenset[Operator] = frozenset()) -> NotSupported:
    """The error that names what the source can do with a field instead."""
    names = ", ".join(sorted(_NAMES[operator] for operator in supported)) or "-"
    return NotSupported("argument_not_supported", operation=operation, field=to_camel_case(name), supported=names)


_NAMES = {operator: "eq, in" if operator is Operator.IN else operator.value for operator in Operator}
