"""Aggregates: counts and measures of records by value and by period, computed from a source's own groups.

A source groups by what it stores. Here groups of the same clean value are merged, areas are rolled up, and times are
put into buckets. So an aggregate equals what one would count over all pages, whatever the dirt.
"""

from __future__ import annotations

import asyncio
from asyncio import gather
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from zoneinfo import ZoneInfo

import numpy as np

from connectors import mapping as mappings
from connectors.criteria import MomentPart
from connectors.reading import Groups, cuts_moments, written_in
from models.batch import Freshness, Origin
from models.errors import HubError, NotConnected, NotSupported
from models.predicates import EVERYTHING, Not, Predicate, both, is_in
from models.records import KEY, Record
from models.request import Request
from models.values.measures import GroupValues, merged
from models.values.periods import (
    CLOCK_PARTS,
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
from models.values.types import AreaCode, BpsCode
from models.values.working_time import WorkingTime
from resolvers.aggregates.time_ranges import TimeRange, moved_back, range_of
from resolvers.areas.placement import area_of_rows
from resolvers.reads import GROUPS_FEW, Cut, Read, nothing_cut
from resolvers.records import Records

STALE_ROWS = "stale rows"
"""The name of the number of rows in a tally that are older than their source promises."""

GroupKey = tuple[object, ...]
"""The values that a group is grouped by, in order, then the start of the bucket if there is one."""


@dataclass(frozen=True, slots=True)
class Part:
    """A named count: the rows of a group that also satisfy `where`."""

    name: str
    where: Predicate


@dataclass(frozen=True, slots=True)
class TimeTaken:
    """The time from `began` to `ended`, in rows that also satisfy `where`.

    `record` is the record to read for it; it has the fields of the grouped record under the same names.
    """

    name: str
    record: type[Record]
    began: str
    ended: str
    where: Predicate
    clock: WorkingTime

    @property
    def seconds(self) -> str:
        """The name of the seconds in a tally."""
        return seconds_of(self.name)

    @property
    def working_seconds(self) -> str:
        """The name of the working seconds in a tally."""
        return seconds_of(self.name, working=True)


def seconds_of(time: str, *, working: bool = False) -> str:
    """The name of the seconds in a tally, or of the working seconds."""
    return f"{time} in working seconds" if working else f"{time} in seconds"


def seconds_taken(time: TimeTaken, groups: Groups) -> tuple[list[int], list[int], list[int]]:
    """The groups in which both times are known, in order, with the seconds and the working seconds between them."""
    pairs = [
        (row, began.timestamp(), ended.timestamp())
        for row, (began, ended) in enumerate(zip(groups.columns[time.began], groups.columns[time.ended], strict=True))
        if isinstance(began, datetime) and isinstance(ended, datetime) and began <= ended
    ]
    if not pairs:
        return [], [], []
    rows, starts, ends = np.array(pairs).T
    taken, working = np.rint(ends - starts), np.rint(time.clock.seconds_between(starts, ends))
    return rows.astype(int).tolist(), taken.astype(int).tolist(), working.astype(int).tolist()


@dataclass(frozen=True, slots=True)
class Bucket:
    """Periods of `unit` of a field, on the wall clock of `zone`."""

    field: str
    unit: BucketUnit
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Clock:
    """The wall clock of `zone` off which a field is read."""

    field: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class GroupQuestion:
    """A question for groups: counted `by` fields and `bucket`, with the values of the `measured` fields.

    `by` may have the names of CLOCK_PARTS too, which are read off `clock`: that of the bucket, if there is one. `parts`
    are counted besides the rows, and `times` are measured. `areas` has the area to which each is rolled up; None leaves
    areas as they are. `placed` has that of rows whose own area is too large, by their key. `freshness` leaves out rows
    of any other; `counts_stale` counts stale rows as a part too.
    """

    record: type[Record]
    by: tuple[str, ...]
    where: Predicate = EVERYTHING
    bucket: Bucket | None = None
    clock: Clock | None = None
    measured: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    times: tuple[TimeTaken, ...] = ()
    areas: Mapping[object, AreaCode | BpsCode] | None = None
    placed: Mapping[str, AreaCode | BpsCode] = field(default_factory=dict)
    compare: Comparison | None = None
    freshness: frozenset[Freshness] | None = None
    counts_stale: bool = False

    @property
    def fields(self) -> frozenset[str]:
        """The fields that are grouped by, without that of the clock."""
        return frozenset(self.by).difference(CLOCK_PARTS)

    @property
    def units(self) -> list[BucketUnit]:
        """The periods that determine what is read off the clock."""
        units = [CLOCK_PARTS[name].unit for name in self.by if name in CLOCK_PARTS]
        return units if self.bucket is None else [*units, self.bucket.unit]

    def only(self, where: Predicate) -> GroupQuestion:
        """The same question about rows that also satisfy this."""
        return replace(self, where=both(self.where, where))

    def compared_if(self, *, wanted: bool) -> GroupQuestion:
        """The same question, with the comparison only if it is wanted: without it, there is half as much to ask."""
        return replace(self, compare=self.compare if wanted else None)


@dataclass(frozen=True, slots=True)
class Aggregate:
    """The groups by key. `earlier` has the groups of the period that is compared with; None without one.

    `lost` has the errors of the measured fields, parts and times that the source cannot give, by name.
    """

    question: GroupQuestion
    groups: Mapping[GroupKey, GroupValues]
    origin: Origin
    range: TimeRange | None
    as_of: datetime | None = None
    earlier: Mapping[GroupKey, GroupValues] | None = None
    shift: Shift = field(default_factory=Shift)
    lost: Mapping[str, HubError] = field(default_factory=dict)

    def previous(self, key: GroupKey) -> GroupValues | None:
        """The group in the earlier period, empty if it had no rows; None if there is no such period."""
        if self.earlier is None:
            return None
        bucket = self.question.bucket
        if bucket is not None:
            start = key[-1]
            before = self.shift.earlier(start) if isinstance(start, datetime) else None
            if before is None:
                return None
            key = (*key[:-1], start_of(before, bucket.unit))
        return self.earlier.get(key, GroupValues())

    @property
    def totals(self) -> GroupValues:
        """All groups as one."""
        return merged(self.groups.values())

    @property
    def totals_before(self) -> GroupValues | None:
        """All groups of the earlier period as one, but for buckets that now do not exist yet; None without one."""
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
    """Count and measure, also for the earlier period if one is asked for. `zone` is the city's own.

    Asks one statement per measured field (at least one), part and time, and as many again for the earlier period.
    Raises like Records.groups, and BadInput if there is no range to compare.
    """
    span = range_of(question.record, question.where, question.bucket.field if question.bucket else None)
    asked = [question]
    shift = Shift()
    if question.compare is not None:
        shift, before = _earlier(question, question.compare, span, request.now, zone)
        asked.append(replace(question, where=before))
    folded = await gather(*(_folded(records, request, one, zone) for one in asked))
    groups, first, lost = folded[0]
    earlier = folded[1][0] if len(folded) > 1 else None
    return Aggregate(question, groups, first.origin, span, first.oldest, earlier, shift, lost)


def _earlier(
    question: GroupQuestion, comparison: Comparison, span: TimeRange | None, now: datetime, zone: ZoneInfo
) -> tuple[Shift, Predicate]:
    """The shift to the earlier period, and the filter of its rows."""
    known = span if span is not None else TimeRange.missing()
    if question.bucket is not None:
        shift = shift_of(comparison, question.bucket.unit)
        return shift, moved_back(question.where, known, shift, question.bucket.zone)
    closed = known.closed(now, zone)
    shift = shift_of_range(comparison, closed.lower_in(zone), closed.upper_in(zone))
    return shift, moved_back(closed.narrowed(question.where), closed, shift, zone)


async def _folded(
    records: Records, request: Request, question: GroupQuestion, zone: ZoneInfo
) -> tuple[dict[GroupKey, GroupValues], Groups, dict[str, HubError]]:
    """The groups of clean values, and what of them the source cannot give.

    Each measured field is asked separately: combinations would multiply the groups.
    """
    lost: dict[str, HubError] = {}

    async def known(name: str, asking: Awaitable[Groups]) -> Groups | None:
        try:
            return await asking
        except (NotConnected, NotSupported) as error:
            lost[name] = error
            return None

    asked = partial(_asked, records, request)
    counted, fields, parts, times = await gather(
        gather(*(asked(question, None, zone) for _ in (() if question.measured else (None,)))),
        gather(*(known(name, asked(question, name, zone)) for name in question.measured)),
        gather(*(known(part.name, asked(question.only(part.where), None, zone)) for part in question.parts)),
        gather(*(known(time.name, _timed(records, request, question, time)) for time in question.times)),
    )
    # Rows are counted with the first measured field, or alone.
    named: list[tuple[str | None, Groups]] = [(None, groups) for groups in counted]
    named += [(name, groups) for name, groups in zip(question.measured, fields, strict=True) if groups is not None]
    named = named or [(None, await asked(question, None, zone))]
    shown = [(part, groups) for part, groups in zip(question.parts, parts, strict=True) if groups is not None]
    taken = [(time, groups) for time, groups in zip(question.times, times, strict=True) if groups is not None]
    many = sum(len(groups.counts) for _, groups in (*named, *shown, *taken)) > GROUPS_FEW
    fold = partial(_merged, question, named, shown, taken, zone, request.now)
    return await asyncio.to_thread(fold) if many else fold(), named[0][1], lost


def _merged(
    question: GroupQuestion,
    fields: Sequence[tuple[str | None, Groups]],
    parts: Sequence[tuple[Part, Groups]],
    times: Sequence[tuple[TimeTaken, Groups]],
    zone: ZoneInfo,
    now: datetime,
) -> dict[GroupKey, GroupValues]:
    folded: dict[GroupKey, GroupValues] = {}
    for at, (name, groups) in enumerate(fields):
        values = groups.columns[name] if name is not None else ()
        freshness = groups.freshness(now) if question.counts_stale and at == 0 else ()
        for row, tally, rows in _tallies(folded, _keys(question, groups, zone), groups):
            if at == 0:
                tally.count += rows
            if freshness and freshness[row] is Freshness.STALE:
                tally.parts[STALE_ROWS] = tally.parts.get(STALE_ROWS, 0) + rows
            if name is not None:
                tally.add(name, values[row], rows)
    for part, groups in parts:
        for _, tally, rows in _tallies(folded, _keys(question, groups, zone), groups):
            tally.parts[part.name] = tally.parts.get(part.name, 0) + rows
    for time, groups in times:
        tallies = {row: tally for row, tally, _ in _tallies(folded, _keys(question, groups, zone), groups)}
        for row, taken_s, open_s in zip(*seconds_taken(time, groups), strict=True):
            tallies[row].add(time.seconds, taken_s, groups.counts[row])
            tallies[row].add(time.working_seconds, open_s, groups.counts[row])
    for tally in folded.values():
        tally.sort()
    return folded


def _tallies(
    folded: dict[GroupKey, GroupValues], keys: Sequence[GroupKey], groups: Groups
) -> Iterator[tuple[int, GroupValues, int]]:
    """For each of a source's groups the tally that it belongs to, and its number of rows."""
    for row, (key, rows) in enumerate(zip(keys, groups.counts, strict=True)):
        # SQL makes one group of no rows.
        if rows:
            yield row, folded.setdefault(key, GroupValues()), rows


async def _asked(
    records: Records, request: Request, question: GroupQuestion, measured: str | None, zone: ZoneInfo
) -> Groups:
    clock = question.clock
    grouped = {*question.fields, *filter(None, (measured,)), *((clock.field,) if clock is not None else ())}

    def cut(mapping: mappings.Mapping) -> MomentPart | None:
        # A field that is also counted is needed in full.
        if clock is None or clock.field in (*question.by, measured) or clock.field not in mapping.columns:
            return None
        written = written_in(mapping, clock.field) or zone
        chars = chars_of(question.units, other_zone=clock.zone != written)
        return MomentPart(clock.field, chars) if cuts_moments(mapping, clock.field) else None

    read = Read(question.record, where=question.where, grouped=frozenset(grouped))
    ask = partial(_groups, records, request, cut=cut, freshness=question.freshness, with_age=question.counts_stale)
    return await _placed(question, read, ask)


async def _groups(
    records: Records,
    request: Request,
    read: Read,
    *,
    cut: Cut = nothing_cut,
    freshness: frozenset[Freshness] | None,
    with_age: bool = False,
) -> Groups:
    return await records.groups(request, read, cut, freshness=freshness, with_age=with_age)


async def _placed(question: GroupQuestion, read: Read, ask: Callable[[Read], Awaitable[Groups]]) -> Groups:
    """The groups of a read. Rows whose own area is too large are asked for by key, and have the area of their place."""
    if not question.placed:
        return await ask(read)
    keys = is_in(KEY, *question.placed)
    by_key = replace(read, where=both(read.where, keys), grouped=read.grouped | {KEY})
    others, rows = await gather(ask(replace(read, where=both(read.where, Not(keys)))), ask(by_key))
    name = area_of_rows(question.record)
    columns = {**rows.columns, name: [question.placed[str(key)] for key in rows.columns[KEY]]}
    return Groups(
        {field: [*others.columns[field], *columns[field]] for field in others.columns},
        [*others.moments, *rows.moments],
        [*others.counts, *rows.counts],
        others.origin,
        [*others.ages, *rows.ages] if others.ages is not None and rows.ages is not None else None,
        others.zone,
    )


async def _timed(records: Records, request: Request, question: GroupQuestion, time: TimeTaken) -> Groups:
    """The groups of pairs of times; at most RAW_GROUPS_MAX."""
    moments = frozenset({time.began, time.ended, *((question.clock.field,) if question.clock is not None else ())})
    where = both(question.where, time.where)
    read = Read(time.record, where=where, grouped=moments | question.fields)
    return await _placed(question, read, partial(_groups, records, request, freshness=question.freshness))


def _keys(question: GroupQuestion, groups: Groups, zone: ZoneInfo) -> list[GroupKey]:
    moments, bucket = _moments(question.clock, groups, zone), question.bucket
    columns = [
        _each(moments, CLOCK_PARTS[name].of)
        if name in CLOCK_PARTS
        else _rolled_up(groups.columns[name], question.areas)
        for name in question.by
    ]
    if bucket is not None:
        columns.append(_each(moments, lambda local: start_of(local, bucket.unit)))
    return list(zip(*columns, strict=True)) if columns else [()] * len(groups.counts)


def _each(moments: Sequence[datetime | None], part: Callable[[datetime], object]) -> Sequence[object]:
    """A part of each moment; null if the time is lost."""
    known = {moment: part(moment) if moment is not None else None for moment in set(moments)}
    return [known[moment] for moment in moments]


def _rolled_up(values: Sequence[object], areas: Mapping[object, AreaCode | BpsCode] | None) -> Sequence[object]:
    """The values, with areas replaced by those that they are rolled up to; null if there is none."""
    if areas is None or not any(isinstance(value, AreaCode | BpsCode) for value in values):
        return values
    known = {value: areas.get(value) if isinstance(value, AreaCode | BpsCode) else value for value in set(values)}
    return [known[value] for value in values]


def _moments(clock: Clock | None, groups: Groups, zone: ZoneInfo) -> Sequence[datetime | None]:
    """What the clock says for each group, as exactly as was asked; null if the time is lost."""
    if clock is None:
        return ()
    values = groups.columns.get(clock.field)
    if values is not None:
        known = {value: local_value(value, clock.zone) if isinstance(value, date) else None for value in set(values)}
        return [known[value] for value in values]

    written = groups.zone or zone

    def local(beginning: str) -> datetime:
        moment = local_of(beginning)
        return moment if clock.zone == written else in_zone(moment, written, clock.zone)

    told = {text: local(text) if text is not None else None for text in set(groups.moments)}
    return [told[text] for text in groups.moments]
