"""Aggregates: what is counted and measured of records, by their values and by periods, out of a source's own groups.

A source groups by what it stores; here the groups of one meaning are merged, areas rolled up, and moments put into
buckets. So an aggregate is what one would get by going through all pages, whatever the dirt.
"""

from __future__ import annotations

from asyncio import gather
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from connectors import mapping as mappings
from connectors.criteria import MomentPart
from connectors.grouping import Groups, cuts_moments
from models.batch import Origin
from models.measures import Tally, merged
from models.periods import (
    LAST_LOCAL,
    BucketUnit,
    Comparison,
    Shift,
    chars_of,
    in_zone,
    local_of,
    local_value,
    shift_of,
    shift_of_range,
    start_of,
)
from models.predicates import EVERYTHING, Predicate, both
from models.records import Record
from models.request import Request
from models.values import AreaCode
from resolvers.group_figures import Part, TimeTaken, add_time
from resolvers.reads import Read
from resolvers.records import Records
from resolvers.time_ranges import TimeRange, moved_back, range_of

GroupKey = tuple[object, ...]
"""The value of each thing that is grouped by, in order, and last the start of the bucket, where there is one."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Periods of `unit` of the field, on the wall clock of `zone`."""

    field: str
    unit: BucketUnit
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class GroupQuestion:
    """What is asked of the records: counted `by` fields and `bucket`, with the values of the `measured` fields.

    `parts` are counted beside the rows, and `times` measured. `area_dots` says how many dots the codes have of the
    level to which areas are rolled up; None for as they are.
    """

    record: type[Record]
    by: tuple[str, ...]
    where: Predicate = EVERYTHING
    bucket: Bucket | None = None
    measured: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    times: tuple[TimeTaken, ...] = ()
    area_dots: int | None = None
    compare: Comparison | None = None
    with_age: bool = False

    def only(self, where: Predicate) -> GroupQuestion:
        """The same of rows that satisfy this as well."""
        return replace(self, where=both(self.where, where))

    def compared_if(self, *, wanted: bool) -> GroupQuestion:
        """The same, compared only if that is wanted: without it, half is asked for."""
        return replace(self, compare=self.compare if wanted else None)


@dataclass(frozen=True, slots=True)
class Aggregate:
    """The groups by their key. `earlier` are those of the period that is compared with, None without one."""

    question: GroupQuestion
    groups: Mapping[GroupKey, Tally]
    origin: Origin
    range: TimeRange | None
    as_of: datetime | None = None
    earlier: Mapping[GroupKey, Tally] | None = None
    shift: Shift = field(default_factory=Shift)

    def previous(self, key: GroupKey) -> Tally | None:
        """What a group was in the period before: an empty one if nothing was; None where there is no such period."""
        if self.earlier is None:
            return None
        bucket = self.question.bucket
        if bucket is not None:
            start = key[-1]
            before = self.shift.earlier(start) if isinstance(start, datetime) else None
            if before is None:
                return None
            key = (*key[:-1], start_of(before, bucket.unit))
        return self.earlier.get(key, Tally())

    @property
    def totals(self) -> Tally:
        """All groups as one."""
        return merged(self.groups.values())

    @property
    def totals_before(self) -> Tally | None:
        """All that was before as one: of buckets no later ones than those that are compared. None without."""
        if self.earlier is None:
            return None
        bucket = self.question.bucket
        if bucket is None:
            return merged(self.earlier.values())
        starts = [key[-1] for key in self.groups if isinstance(key[-1], datetime)]
        is_open = self.range is None or self.range.upper is None
        last = self.shift.earlier_border(max(starts)) if is_open and starts else LAST_LOCAL
        return merged(tally for key, tally in self.earlier.items() if isinstance(key[-1], datetime) and key[-1] <= last)


async def aggregated(records: Records, request: Request, question: GroupQuestion, zone: ZoneInfo) -> Aggregate:
    """Count and measure, with the period before where that is asked for. `zone` is the city's own.

    One statement for each measured field (one at least), part and time, and as many again for what is compared with.
    Raises as Records.groups does, and BadInput where there is no range to compare.
    """
    span = range_of(question.record, question.where, question.bucket.field if question.bucket else None)
    asked = [question]
    shift = Shift()
    if question.compare is not None:
        shift, before = _earlier(question, question.compare, span, request.now, zone)
        asked.append(replace(question, where=before, with_age=False))
    folded = await gather(*(_folded(records, request, one, zone) for one in asked))
    groups, first = folded[0]
    earlier = folded[1][0] if len(folded) > 1 else None
    return Aggregate(question, groups, first.origin, span, _oldest(first), earlier, shift)


def _earlier(
    question: GroupQuestion, comparison: Comparison, span: TimeRange | None, now: datetime, zone: ZoneInfo
) -> tuple[Shift, Predicate]:
    """How far back the period lies that is compared with, and the filter of what was in it."""
    known = span if span is not None else TimeRange.missing()
    if question.bucket is not None:
        shift = shift_of(comparison, question.bucket.unit)
        return shift, moved_back(question.where, known, shift, question.bucket.zone)
    closed = known.closed(now, zone)
    shift = shift_of_range(comparison, closed.lower_in(zone), closed.upper_in(zone))
    return shift, moved_back(closed.narrowed(question.where), closed, shift, zone)


async def _folded(
    records: Records, request: Request, question: GroupQuestion, zone: ZoneInfo
) -> tuple[dict[GroupKey, Tally], Groups]:
    """The groups of clean values. Each field that is measured is asked for by itself, lest they multiply."""
    measured: Sequence[str | None] = question.measured or (None,)
    fields, parts, times = await gather(
        gather(*(_asked(records, request, question, one, zone) for one in measured)),
        gather(*(_asked(records, request, question.only(part.where), None, zone) for part in question.parts)),
        gather(*(_timed(records, request, question, time) for time in question.times)),
    )
    folded: dict[GroupKey, Tally] = {}
    for at, (name, groups) in enumerate(zip(measured, fields, strict=True)):
        values = groups.columns[name] if name is not None else ()
        for row, tally, rows in _tallies(folded, _keys(question, groups, zone), groups):
            if at == 0:
                tally.count += rows
            if name is not None:
                tally.add(name, values[row], rows)
    for part, groups in zip(question.parts, parts, strict=True):
        for _, tally, rows in _tallies(folded, _keys(question, groups, zone), groups):
            tally.parts[part.name] = tally.parts.get(part.name, 0) + rows
    for time, groups in zip(question.times, times, strict=True):
        for row, tally, rows in _tallies(folded, _keys(question, groups, zone), groups):
            add_time(tally, time, groups, row, rows)
    return folded, fields[0]


def _tallies(
    folded: dict[GroupKey, Tally], keys: Sequence[GroupKey], groups: Groups
) -> Iterator[tuple[int, Tally, int]]:
    """Each of a source's groups by its row, with the tally that it belongs to and how many rows it has."""
    for row, (key, rows) in enumerate(zip(keys, groups.counts, strict=True)):
        # Of no rows at all SQL makes one group.
        if rows:
            yield row, folded.setdefault(key, Tally()), rows


async def _asked(
    records: Records, request: Request, question: GroupQuestion, measured: str | None, zone: ZoneInfo
) -> Groups:
    bucket = question.bucket
    grouped = {*question.by, *filter(None, (measured,)), *((bucket.field,) if bucket is not None else ())}

    def cut(mapping: mappings.Mapping) -> MomentPart | None:
        # A field that is counted by itself as well is needed whole.
        if bucket is None or bucket.field in (*question.by, measured) or bucket.field not in mapping.columns:
            return None
        chars = chars_of(bucket.unit, other_zone=bucket.zone != zone)
        return MomentPart(bucket.field, chars) if cuts_moments(mapping, bucket.field) else None

    read = Read(question.record, where=question.where, grouped=frozenset(grouped))
    return await records.groups(request, read, cut, with_age=question.with_age)


async def _timed(records: Records, request: Request, question: GroupQuestion, time: TimeTaken) -> Groups:
    """As many groups as there are pairs of moments: RAW_GROUPS_MAX at most."""
    moments = frozenset({time.began, time.ended, *((question.bucket.field,) if question.bucket is not None else ())})
    where = both(question.where, time.where)
    return await records.groups(request, Read(time.record, where=where, grouped=moments.union(question.by)))


def _keys(question: GroupQuestion, groups: Groups, zone: ZoneInfo) -> list[GroupKey]:
    columns = [_rolled_up(groups.columns[name], question.area_dots) for name in question.by]
    if question.bucket is not None:
        columns.append(_starts(question.bucket, groups, zone))
    return list(zip(*columns, strict=True)) if columns else [()] * len(groups.counts)


def _rolled_up(values: Sequence[object], dots: int | None) -> Sequence[object]:
    """The values, areas among them as the area of a level around them; null for what lies in none."""
    if dots is None or not any(isinstance(value, AreaCode) for value in values):
        return values
    known = {value: _around(value, dots) if isinstance(value, AreaCode) else value for value in set(values)}
    return [known[value] for value in values]


def _around(code: AreaCode, dots: int) -> AreaCode | None:
    around: AreaCode | None = code
    while around is not None and around.count(".") > dots:
        around = around.parent
    return around if around is not None and around.count(".") == dots else None


def _starts(bucket: Bucket, groups: Groups, zone: ZoneInfo) -> list[object]:
    """The start of the bucket of each group; null where the moment is lost."""
    values = groups.columns.get(bucket.field)
    if values is not None:
        known = {value: _start(value, bucket, lambda value: local_value(value, bucket.zone)) for value in set(values)}
        return [known[value] for value in values]

    def local(beginning: str) -> datetime:
        moment = local_of(beginning)
        return moment if bucket.zone == zone else in_zone(moment, zone, bucket.zone)

    starts = {text: start_of(local(text), bucket.unit) if text is not None else None for text in set(groups.moments)}
    return [starts[text] for text in groups.moments]


def _start(value: object, bucket: Bucket, local: Callable[[date], datetime]) -> datetime | None:
    return start_of(local(value), bucket.unit) if isinstance(value, date) else None


def _oldest(groups: Groups) -> datetime | None:
    """How old the oldest row is by the source's own word; a source that never says so is as old as its answer."""
    if groups.ages is None:
        return groups.origin.fetched_at
    return min((age for age in groups.ages if isinstance(age, datetime)), default=None)
