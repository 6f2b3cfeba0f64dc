"""Cache rules: which answers may be cached. No personal column enters, nor an answer to a question about one."""

from __future__ import annotations

import functools

from connectors.catalog import Binding
from connectors.criteria import CountCriteria, Criteria, GroupCriteria
from connectors.mapping import Mapping
from connectors.rest.by_key import RestByKey
from models.predicates import Predicate, Related, fields_of, leaves
from models.records import Record, public_fields


def may_be_kept(binding: Binding, question: Criteria | CountCriteria | GroupCriteria) -> bool:
    """Whether the answer may be cached: nothing personal is read, compared, sorted by or joined.

    Local copies need no cache, mappings without `fresh_for` promise nothing, and some sources forbid it.
    """
    mapping = binding.mapping
    if mapping.fresh_for is None or binding.connector.is_local or keeps_nothing(binding):
        return False
    if not _compares_public(mapping.record, question.where, question.related):
        return False
    if isinstance(question, GroupCriteria):
        grouped = frozenset((*question.columns, *((question.moment.field,) if question.moment is not None else ())))
        return _may_hold(mapping, grouped)
    if question.parents is not None and question.parents.field not in public_fields(mapping.record):
        return False
    if isinstance(question, CountCriteria):
        return True
    read = {*question.columns, *(order.field for order in question.order)}
    return _may_hold(mapping, frozenset(read)) and all(
        fields_of(join.where) <= public_fields(join.target.record) and _may_hold(join.target, frozenset(join.columns))
        for join in question.joins
    )


def _compares_public(record: type[Record], where: Predicate, related: tuple[Mapping, ...]) -> bool:
    """Whether a predicate compares nothing personal, in this record and in related ones."""
    if not fields_of(where) <= public_fields(record):
        return False
    records = {mapping.record.name: mapping.record for mapping in related}
    return all(
        _compares_public(records[leaf.relation.target], leaf.where, related)
        for leaf in leaves(where)
        if isinstance(leaf, Related)
    )


def keeps_nothing(binding: Binding) -> bool:
    """Whether the owner of the source forbids caching."""
    kind = binding.source.kind
    return isinstance(kind, RestByKey) and kind.keeps_nothing


def _may_hold(mapping: Mapping, fields: frozenset[str]) -> bool:
    """Whether no field is personal or shares a legacy column with a personal one."""
    return not _legacy(mapping, fields) & _personal_legacy(mapping)


def _legacy(mapping: Mapping, fields: frozenset[str]) -> frozenset[str]:
    """The legacy columns that a read of these fields returns: theirs, their `sorts_as`, and the age."""
    mapped = [mapping.columns[name] for name in fields]
    sorting = {column.sorts_as for column in mapped if column.sorts_as is not None}
    as_of = mapping.as_of.legacy if mapping.as_of is not None else ()
    return frozenset((*(name for column in mapped for name in column.legacy), *sorting, *as_of))


@functools.lru_cache(maxsize=512)
def _personal_legacy(mapping: Mapping) -> frozenset[str]:
    personal = mapping.columns.keys() - public_fields(mapping.record)
    return frozenset(
        legacy
        for name in personal
        for legacy in (*mapping.columns[name].legacy, *filter(None, (mapping.columns[name].sorts_as,)))
    )
