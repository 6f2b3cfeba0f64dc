"""Decides how long an anonymous answer may be cached, by the freshness contracts of its sources. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from connectors.cache.rules import keeps_nothing
from connectors.catalog import Binding, Catalog
from engine.plan import Plan, PlannedRead
from models.batch import SourceState
from models.records import PersonalClass
from models.request import SourceReport

_NO_LIFE = timedelta(0)


def is_public(plan: Plan, catalog: Catalog) -> bool:
    """Whether a plan has reads, and all are public and have a freshness contract.

    An operation on graphql-core may read more than its plan lists, and so may a plan that is not bounded.
    """
    if plan.whole is not None or not plan.is_bounded or not plan.reads:
        return False
    return all(_is_public(read, catalog) for read in plan.reads)


def _is_public(read: PlannedRead, catalog: Catalog) -> bool:
    bindings = catalog.all_named(read.record)
    # Without a binding the record is not connected, or the read is of several records: search and nodes.
    if not bindings or bindings[0].mapping.record.only_open:
        return False
    fields = bindings[0].mapping.record.fields
    personal = any(
        fields[name].personal is not PersonalClass.NON_PERSONAL for name in read.selection.shown if name in fields
    )
    return not personal and all(map(_may_be_kept, bindings))


def _may_be_kept(binding: Binding) -> bool:
    return binding.mapping.fresh_for is not None and not keeps_nothing(binding)


def remaining_life(plan: Plan, catalog: Catalog, report: SourceReport, now: datetime) -> timedelta:
    """How long everything that a public plan has read stays fresh: the least over its reads.

    Zero if a source failed, or if any data is older than its contract.
    """
    if any(line.state is not SourceState.OK for line in report.lines.values()):
        return _NO_LIFE
    asked = [binding for read in plan.reads for binding in _asked(read.record, catalog, report)]
    return min((_remaining(binding, report, now) for binding in asked), default=_NO_LIFE)


def _asked(record: str, catalog: Catalog, report: SourceReport) -> list[Binding]:
    """The sources that were asked for a record: those that gave rows, else those that may have counted them."""
    bindings = [binding for binding in catalog.all_named(record) if binding.source.name in report.lines]
    return [binding for binding in bindings if _key(binding) in report.ages] or bindings


def _key(binding: Binding) -> tuple[str, str]:
    return binding.source.name, binding.mapping.record.name


def _remaining(binding: Binding, report: SourceReport, now: datetime) -> timedelta:
    fresh_for, key = binding.mapping.fresh_for, _key(binding)
    if fresh_for is None:
        return _NO_LIFE
    if key not in report.ages:
        # Only counted: a live source was counted just now, but the count of a copy comes without its time.
        return _NO_LIFE if binding.connector.is_local else fresh_for
    as_of = report.ages[key]
    return _NO_LIFE if as_of is None else fresh_for - (now - as_of)
