"""Aggregates in the graph: a root field of groups for each record, generated from its contract."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, cast

import strawberry

from engine.facts import FACTS, BatchCall, Children, FieldFacts, Lists, Parents, Resolved, Selection
from models.batch import Batch
from models.city import City
from models.errors import HubError
from models.records import AREA, KEY, Field, Record
from models.values.periods import ClockPart, Weekday
from models.values.vocabulary import Vocabulary
from resolvers.aggregates.groups import Aggregate, GroupQuestion, aggregated
from resolvers.areas.placement import area_of_rows
from resolvers.reads import GROUPS_FEW
from schema.aggregates.arguments import arguments_of_groups, level_of, question_of
from schema.aggregates.complaint_times import working_time_of
from schema.aggregates.dimensions import Dimension, clock_parts_of, dimensions_of, measures_of, moments_of
from schema.aggregates.figures import (
    GROUPS_DEFAULT,
    GROUPS_MAX,
    MEASURED,
    PART,
    PEOPLED,
    PER_10000,
    STALE,
    TIMED,
    needs_of,
    shown_of,
)
from schema.aggregates.group_extras import PartFigure, TimesTable, TimesTaken
from schema.aggregates.grouped import extras_of
from schema.aggregates.measures import measure_type_of
from schema.aggregates.tables import POPULATION, AggregateTable, Figures, GroupRows, Keys, Moments, SeriesRows, Tallies
from schema.core.context import Context
from schema.core.entity import ENTITIES, Provenance, provenance_of
from schema.core.facts import columns_of
from schema.core.fields import label_of
from schema.core.filters import FILTER_DEPTH_MAX, calls_of_filter
from schema.core.lanes import field_of
from schema.core.looks import looks_of_groups
from schema.core.made_types import Made, made_type, snake_case
from schema.core.relay import Columns
from schema.core.vocabularies import words
from schema.departments import Department, department_of

_PREVIOUS = "previous"
"""The facts of selected fields say what the question has to ask; see figures.py too."""


@strawberry.type(description="A period that rows were put into.")
class Period:
    start: datetime | None = strawberry.field(
        description="When it begins, on the wall clock that was asked for; null for rows whose own time is lost."
    )
    label: str | None = strawberry.field(
        description="What it is called: 2026, 2026-Q4, 2026-10, 2026-W41 (ISO 8601), 2026-10-05 or 2026-10-05 13:00."
    )


def groups(record: type[Record], description: str) -> Any:
    """The root field of the groups of a record, with its type."""

    async def batch(parents: Parents, call: BatchCall, **given: Any) -> Resolved:  # noqa: ARG001  # the root
        context: Context = call.context
        services, request = context.services, context.request
        question, shown = question_of(record, services.city, request.now, given), shown_of(record, given)
        question = _with_needs(question, call.selection.shown | shown.needs, services.city, request.now)
        level = level_of(services.city, given)
        if level is not None:
            areas, placed = await services.relations.placement.rolled_up(request, record, question.fields, level)
            question = replace(question, areas=areas, placed=placed)
        aggregate = await aggregated(services.records, request, question, services.city.time_zone)
        if PEOPLED in call.selection.shown | shown.needs:
            aggregate = await _peopled(context, aggregate)
        # Thousands of groups are sorted in a thread, so that they do not block the event loop.
        many = len(aggregate.groups) > GROUPS_FEW
        keys, found = await asyncio.to_thread(shown.chosen, aggregate) if many else shown.chosen(aggregate)
        return Children(AggregateTable(aggregate, keys, found, shown.first), [0])

    return field_of(
        batch,
        description,
        reads=record.name,
        rows_max=_rows_max,
        calls=_calls(record),
        looks=_looks(record),
        arguments=arguments_of_groups(record),
    )


async def _peopled(context: Context, aggregate: Aggregate) -> Aggregate:
    """The groups with the number of people in the area of each; why that is not known is lost with it."""
    question = aggregate.question
    name = area_of_rows(question.record)
    if name not in question.by:
        return aggregate
    try:
        people = await context.services.populations.by(context.request, question.record.fields[name].clean_type)
    except HubError as error:
        return replace(aggregate, lost={**aggregate.lost, POPULATION: error})
    place = question.by.index(name)
    for key, tally in aggregate.groups.items():
        tally.population = people.get(key[place])
    return aggregate


def _with_needs(question: GroupQuestion, needs: frozenset[str], city: City, now: datetime) -> GroupQuestion:
    """The question, extended by what the selected figures need."""
    extras = extras_of(question.record)
    return replace(
        question.compared_if(wanted=_PREVIOUS in needs),
        measured=tuple(sorted(_named(needs, MEASURED))),
        parts=extras.asked_parts(_named(needs, PART), city, now),
        times=extras.asked_times(_named(needs, TIMED), working_time_of(city)),
        counts_stale=STALE in needs,
    )


def _named(needs: frozenset[str], kind: str) -> frozenset[str]:
    """The names of one kind in facts."""
    return frozenset(need.removeprefix(kind) for need in needs if need.startswith(kind))


def _rows_max(arguments: Mapping[str, Any], _: Selection) -> int:
    first = arguments.get("first")
    return min(first, GROUPS_MAX) if isinstance(first, int) and first >= 0 else GROUPS_DEFAULT


def _calls(record: type[Record]) -> Callable[[Mapping[str, Any], Selection], int]:
    """The number of statements, each with those of its filter.

    One statement per measured field, part and time, and as many again for a comparison.
    """

    def calls(given: Mapping[str, Any], selection: Selection) -> int:
        plain, times, compared = _statements(record, given, selection)
        outside = calls_of_filter(record, given.get("filter"), FILTER_DEPTH_MAX)
        return (plain + times) * compared * (1 + outside)

    return calls


def _looks(record: type[Record]) -> Callable[[Mapping[str, Any], Selection], int]:
    return lambda given, selection: looks_of_groups(record, given, *_statements(record, given, selection))


def _statements(record: type[Record], given: Mapping[str, Any], selection: Selection) -> tuple[int, int, int]:
    """How many statements group rows, how many group times, and how often each is asked.

    Figures to sort and filter by count like selected ones.
    """
    needs = selection.shown | needs_of(record, given)
    measured, parts, times = (sum(need.startswith(kind) for need in needs) for kind in (MEASURED, PART, TIMED))
    return max(1, measured) + parts, times, 1 + (_PREVIOUS in needs)


# --- The types of one record ------------------------------------------------------------------------------------------


def groups_type(record: type[Record]) -> Any:
    """The type of the groups of a record."""
    name = record.__name__
    previous = made_type(
        f"{name}GroupBefore", _figures(record, before=True), f"A group of {name} in the period before."
    )
    key = made_type(f"{name}GroupKey", _key(record), f"What the rows of a group of {name} have in common.")
    figures = _figures(record)
    if moments_of(record):
        figures["previous"] = (previous | None, field_of(_previous, "The same in the period that is compared with."))
    keyed: Made = {"key": (key, field_of(_group_keys, "What its rows have in common."))}
    if AREA in record.relations:
        metadata = {FACTS: FieldFacts((PEOPLED,))}
        keyed["per_10000"] = (float | None, strawberry.field(description=PER_10000, metadata=metadata))
    group = made_type(f"{name}Group", {**keyed, **figures}, f"Rows of {name} that have the same values.")
    totals = made_type(f"{name}GroupTotals", figures, f"All rows of {name} that were asked about.")
    whole: Made = {
        "groups": (list[group],  # type: ignore[valid-type]  # a type made at run time
            field_of(_groups, "The groups, sorted.")),
        "totals": (totals, field_of(_totals, "All groups as one, shown or not, whatever they must have.")),
        "others": (totals | None, field_of(_others, "The groups that are not shown, as one; null if all are shown.")),
        "groups_count": (int, strawberry.field(description="How many groups there are to show, beyond `first` too.")),
        "is_complete": (bool, strawberry.field(description="Whether all of them are shown.")),
        "provenance": (Provenance, field_of(_provenance, "Where the figures come from, and how old the oldest row is.",
                                            facts=FieldFacts())),
    }  # fmt: skip
    if moments_of(record):
        series_key: Made = {"key": (key, field_of(_series_keys, "What its rows have in common."))}
        series = made_type(
            f"{name}Series", {**series_key, **_SERIES}, f"How many rows of {name} there were in each period."
        )
        about = "The counts as columns, for charts: a series for each key, the largest first. Null without buckets."
        whole["series"] = (
            list[series] | None,  # type: ignore[valid-type]  # as above
            field_of(_series, about),
        )
    return made_type(f"{name}Groups", whole, f"Figures of {name} by groups.")


_SERIES: Made = {
    "t": (list[datetime], strawberry.field(description="The starts of the periods, without gaps.")),
    "v": (list[int], strawberry.field(description="The number of rows in each of them.")),
}


def _figures(record: type[Record], *, before: bool = False) -> Made:
    facts = (_PREVIOUS,) if before else ()
    metadata = {FACTS: FieldFacts(facts)}
    made: Made = {"count": (int, strawberry.field(description="How many rows there are.", metadata=metadata))}
    if not before:
        made["share"] = (float | None, strawberry.field(
            description="Its part of all rows that were asked about, from 0 to 1.", metadata=metadata,
        ))  # fmt: skip
        made["stale_count"] = (int, strawberry.field(
            description="How many of the rows are older than their source promises.",
            metadata={FACTS: FieldFacts((*facts, STALE))},
        ))  # fmt: skip
        distinct = _distinct(record)
        if distinct:
            kind = made_type(f"{record.__name__}Distinct", distinct, "How many different values there are.")
            made["count_distinct"] = (kind, field_of(_distinct_values, "How many different values its rows have."))
    for field in (*measures_of(record), *moments_of(record)):
        made[field.name] = (measure_type_of(field), field_of(
            _measured(field), f"{field.description}.", facts=FieldFacts((*facts, f"{MEASURED}{field.name}")),
        ))  # fmt: skip
    extras = extras_of(record)
    for part in extras.parts:
        made[part.name] = (int | None, field_of(
            _part(part), f"{part.description}, as of now. Null where the city has promised no limits.",
            facts=FieldFacts((*facts, f"{PART}{part.part}")),
        ))  # fmt: skip
    for time in extras.times:
        made[time.name] = (TimesTaken, field_of(
            _time_taken(time.name), f"{time.description}.", facts=FieldFacts((*facts, f"{TIMED}{time.name}")),
        ))  # fmt: skip
    return made


def _distinct(record: type[Record]) -> Made:
    return {
        one.name: (int, field_of(
            _counted(one.field), f"{one.field.description}.", facts=FieldFacts((f"{MEASURED}{one.field.name}",)),
        ))
        for one in dimensions_of(record)
    }  # fmt: skip


def _key(record: type[Record]) -> Made:
    made: Made = {}
    for one in dimensions_of(record):
        made |= _dimension(record, one)
    for part in clock_parts_of(record):
        made |= _CLOCK_KEYS[part]
    if moments_of(record):
        made["period"] = (Period | None, field_of(_periods, "The period, where rows were put into periods."))
    return made


def _read_off(part: ClockPart) -> Any:
    return lambda parents, _: parents.column(part.value)


def _weekday_labels(parents: Parents, call: BatchCall) -> Resolved:
    context: Context = call.context
    days = cast(Sequence[Weekday | None], parents.column(ClockPart.WEEKDAY.value))
    return [day.label_in(context.request.language) if day is not None else None for day in days]


_LOST = "null for times that are lost, and where it is not grouped by"
_CLOCK_KEYS: dict[ClockPart, Made] = {
    ClockPart.HOUR_OF_DAY: {
        "hour_of_day": (int | None, field_of(
            _read_off(ClockPart.HOUR_OF_DAY), f"The hour of the day, from 0 to 23; {_LOST}.", facts=FieldFacts(),
        )),
    },
    ClockPart.WEEKDAY: {
        "weekday": (words(Weekday) | None, field_of(
            _read_off(ClockPart.WEEKDAY), f"The day of the week; {_LOST}.", facts=FieldFacts(),
        )),
        "weekday_label": (str | None, field_of(
            _weekday_labels, "The day of the week, in the language of the request.", facts=FieldFacts(),
        )),
    },
}  # fmt: skip


def _dimension(record: type[Record], one: Dimension) -> Made:
    """The fields of a dimension: its value, its label, and the record of which it is the key."""
    field, name = one.field, one.field.name
    about = f"{field.description}; null for rows without, and where it is not grouped by."
    # The key of a record in its source says nothing to anybody.
    is_shown = one.relation is None or one.relation.on[0][1] != KEY
    value = strawberry.field(description=about, metadata={FACTS: FieldFacts()})
    made: Made = {name: (field.clean_type | None, value)} if is_shown else {}
    if issubclass(field.clean_type, Vocabulary):
        made[f"{name}_label"] = (str | None, label_of(name).make(record, f"{name}_label"))
    if one.is_department:
        made["department"] = (Department | None, department_of(name, "The department.").make(record, "department"))
    if one.relation is not None:
        target = next(entity for entity in ENTITIES.values() if entity.record.name == one.relation.target)
        made[one.name] = (target | None, field_of(
            _related(one, target.record), f"{field.description}, with what it leads to.",
            facts=FieldFacts(), reads=target.record.name,
        ))  # fmt: skip
    return made


# --- How they are resolved --------------------------------------------------------------------------------------------


def _whole(parents: Parents) -> AggregateTable:
    return cast(AggregateTable, parents.table)


def _groups(parents: Parents, _: BatchCall) -> Resolved:
    rows = _whole(parents).groups
    return Lists(rows, [range(len(rows.tallies))])


def _totals(parents: Parents, _: BatchCall) -> Resolved:
    return Children(_whole(parents).totals, [0])


def _others(parents: Parents, _: BatchCall) -> Resolved:
    others = _whole(parents).others
    return [None] if others is None else Children(others, [0])


def _series(parents: Parents, _: BatchCall) -> Resolved:
    series = _whole(parents).series
    return [None] if series is None else Lists(series, [range(len(series.keys.keys))])


def _provenance(parents: Parents, call: BatchCall) -> Resolved:
    aggregate = _whole(parents).aggregate
    batch = Batch(aggregate.question.record.name, 1, {}, aggregate.origin, as_of=[aggregate.as_of])
    return Children(provenance_of(batch, [0], call.context), [0])


def _group_keys(parents: Parents, _: BatchCall) -> Resolved:
    return Children(cast(GroupRows, parents.table).keys, list(parents.rows))


def _series_keys(parents: Parents, _: BatchCall) -> Resolved:
    return Children(cast(SeriesRows, parents.table).keys, list(parents.rows))


def _previous(parents: Parents, _: BatchCall) -> Resolved:
    rows = cast(GroupRows, parents.table)
    return Children(rows.previous, [rows.previous_rows[row] for row in parents.rows])


def _distinct_values(parents: Parents, _: BatchCall) -> Resolved:
    return Children(cast(Tallies, parents.table), list(parents.rows))


def _counted(field: Field) -> Any:
    def batch(parents: Parents, _: BatchCall) -> Resolved:
        values = cast(Tallies, parents.table).distinct(field.name)
        return [values[row] for row in parents.rows]

    return batch


def _measured(field: Field) -> Any:
    figures = Moments if issubclass(field.clean_type, date) else Figures

    def batch(parents: Parents, _: BatchCall) -> Resolved:
        table = cast(Tallies, parents.table)
        return Children(figures(table.tallies, field.name, table.lost.get(field.name)), list(parents.rows))

    return batch


def _part(figure: PartFigure) -> Any:
    def batch(parents: Parents, call: BatchCall) -> Resolved:
        context: Context = call.context
        tallies, lost = cast(Tallies, parents.table).tallies, cast(Tallies, parents.table).lost
        if figure.part in lost:
            raise lost[figure.part]
        known = figure.where(context.services.city, context.request.now) is not None
        return [tallies[row].parts.get(figure.part, 0) if known else None for row in parents.rows]

    return batch


def _time_taken(time: str) -> Any:
    def batch(parents: Parents, _: BatchCall) -> Resolved:
        table = cast(Tallies, parents.table)
        return Children(TimesTable(table.tallies, time, table.lost.get(time)), list(parents.rows))

    return batch


def _periods(parents: Parents, _: BatchCall) -> Resolved:
    keys = cast(Keys, parents.table)
    columns = keys.periods
    return [None] * len(parents) if columns is None else Children(Columns(columns), list(parents.rows))


def _related(one: Dimension, target: type[Record]) -> Any:
    """The related records of the keys, read once for all keys of an answer."""
    assert one.relation is not None
    ((here, there),) = one.relation.on

    async def batch(parents: Parents, call: BatchCall) -> Resolved:
        context: Context = call.context
        keys, columns = parents.column(here), columns_of(call.selection)
        ones = await context.services.relations.one(context.request, target, there, keys, columns)
        return Children(ones.batch, ones.rows) if ones.batch is not None else ones.rows

    return batch


def groups_query(*records: tuple[type[Record], str]) -> Any:
    """The root fields of the groups of these records, each with its description."""
    fields: Made = {
        f"{snake_case(record.__name__)}_groups": (groups_type(record) | None, groups(record, about))
        for record, about in records
    }
    return made_type("GroupsQuery", fields, "Figures of all subjects.")
