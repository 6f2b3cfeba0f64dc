"""Response life: how long the answer of an anonymous operation may be kept, by the contracts of what it reads. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from connectors.cache_rules import keeps_nothing
from connectors.catalog import Binding, Catalog
from engine.plan import Plan, PlannedRead
from models.batch import SourceState
from models.policy import ONLY_OPEN
from models.records import PersonalClass
from models.request import SourceReport

_NO_LIFE = timedelta(0)


def is_public(plan: Plan, catalog: Catalog) -> bool:
    """Whether a plan reads, and reads only what is the same for everybody and has a contract of freshness.

    What graphql-core runs whole may read what is not in the plan, and so may a plan whose reads are too many to list.
    """
    if plan.whole is not None or not plan.is_bounded or not plan.reads:
        return False
    return all(_is_public(read, catalog) for read in plan.reads)


def _is_public(read: PlannedRead, catalog: Catalog) -> bool:
    bindings = catalog.all_named(read.record)
    # Without a binding it is not connected, or no record by its name: a search, or nodes of any kind.
    if not bindings or read.record in ONLY_OPEN:
        return False
    fields = bindings[0].mapping.record.fields
    personal = any(
        fields[name].personal is not PersonalClass.NON_PERSONAL for name in read.selection.shown if name in fields
    )
    return not personal and all(map(_may_be_kept, bindings))


def _may_be_kept(binding: Binding) -> bool:
    return binding.mapping.fresh_for is not None and not keeps_nothing(binding)


def remaining_life(plan: Plan, catalog: Catalog, report: SourceReport, now: datetime) -> timedelta:
    """For how long everything that a public plan has read is fresh yet: the least of its reads.

    Nothing where a source did not answer as it should, or where any data is older than its contract.
    """
    if any(line.state is not SourceState.OK for line in report.lines.values()):
        return _NO_LIFE
    bindings = [binding for read in plan.reads for binding in catalog.all_named(read.record)]
    asked = [binding for binding in bindings if binding.source.name in report.lines]
    return min((_remaining(binding, report, now) for binding in asked), default=_NO_LIFE)


def _remaining(binding: Binding, report: SourceReport, now: datetime) -> timedelta:
    fresh_for = binding.mapping.fresh_for
    as_of = report.lines[binding.source.name].as_of
    if fresh_for is None:
        return _NO_LIFE
    if as_of is None:
        # Only counted. A system was counted now; when the rows of a copy were copied is not told with their number.
        return _NO_LIFE if binding.connector.is_local else fresh_for
    return fresh_for - (now - as_of)
