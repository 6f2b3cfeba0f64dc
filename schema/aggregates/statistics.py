"""Statistics in the graph: rounded counts, for everybody and without filters, of records that only few may list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import strawberry
from strawberry import UNSET

from engine.facts import FACTS, BatchCall, Children, FieldFacts, Lists, Parents, Resolved
from models.admissions import AdmissionApplication
from models.areas import AreaLevel
from models.batch import Batch
from models.citizens import Citizen
from models.jobs import JobApplication
from models.licenses import LicenseApplication
from models.records import Record
from models.values.types import AreaCode, BpsCode
from models.values.vocabulary import Vocabulary
from resolvers.aggregates.statistics import CELLS_MAX, Statistic, counted, statistic_fields
from schema.aggregates.arguments import enum_of, level_of
from schema.core.context import Context
from schema.core.entity import Provenance, provenance_of
from schema.core.fields import label_of
from schema.core.lanes import Arguments, field_of
from schema.core.looks import TOTALLED_PER_UNIT
from schema.core.made_types import Made, made_type, snake_case
from schema.core.relay import Columns

COUNTED: tuple[type[Record], ...] = (AdmissionApplication, Citizen, JobApplication, LicenseApplication)
"""The records of people with rounded counts in the graph."""


class _Table:
    """A statistic as the single row of its root field, with its cells as columns."""

    def __init__(self, statistic: Statistic) -> None:
        self.statistic = statistic
        values = {name: [cell[at] for cell, _ in statistic.cells] for at, name in enumerate(statistic.by)}
        nothing = [None] * len(statistic.cells)
        declared: dict[str, Sequence[Any]] = {"count": [count for _, count in statistic.cells]}
        self.cells = _Cells(declared | values, nothing)

    def column(self, name: str) -> Sequence[Any]:
        if name == "total":
            return [self.statistic.total]
        raise LookupError(f"A statistic has no column {name}.")


class _Cells(Columns):
    def __init__(self, columns: dict[str, Sequence[Any]], nothing: Sequence[Any]) -> None:
        super().__init__(columns)
        self._known = columns
        self._nothing = nothing

    def column(self, name: str) -> Sequence[Any]:
        return self._known.get(name, self._nothing)


def _cells(parents: Parents, _: BatchCall) -> Resolved:
    cells = cast(_Table, parents.table).cells
    return Lists(cells, [range(len(cells.column("count")))])


def _provenance(parents: Parents, call: BatchCall) -> Resolved:
    statistic = cast(_Table, parents.table).statistic
    batch = Batch("", 1, {}, statistic.origin)
    return Children(provenance_of(batch, [0], call.context), [0])


def _statistic(record: type[Record]) -> Any:
    async def batch(parents: Parents, call: BatchCall, by: Any = UNSET, **given: Any) -> Resolved:  # noqa: ARG001  # the root
        context: Context = call.context
        services, request = context.services, context.request
        names = list(dict.fromkeys(member.value for member in by or ()))
        level, kind = level_of(services.city, given), _kind_of_area(record)
        areas = None
        if level is not None and kind is not None:
            areas = await services.relations.areas.of_level(request, level, kind)
        return Children(_Table(await counted(services.records, request, record, names, areas)), [0])

    return batch


def _kind_of_area(record: type[Record]) -> type | None:
    """The kind of code of the areas that a record is counted by; None if it is not."""
    kinds = (record.fields[name].clean_type for name in statistic_fields(record))
    return next((kind for kind in kinds if kind in (AreaCode, BpsCode)), None)


def _arguments(record: type[Record], by: Any) -> Arguments:
    arguments: dict[str, tuple[Any, str]] = {"by": (list[by] | None, "What to count by; all as one unless told.")}
    if _kind_of_area(record) is not None:
        about = "Add areas up to those of this level; what lies in none has no area."
        arguments["area_level"] = (AreaLevel | None, about)
    return arguments


def _looks(record: type[Record]) -> Callable[..., int]:
    return lambda *_: record.rows // TOTALLED_PER_UNIT


def _type(record: type[Record]) -> Any:
    name, fields = record.__name__, [record.fields[one] for one in statistic_fields(record)]
    cell: Made = {"count": (int, strawberry.field(description="How many there are, rounded to five."))}
    for field in fields:
        about = f"{field.description}; null for those without, and where it is not counted by."
        cell[field.name] = (
            field.clean_type | None,
            strawberry.field(description=about, metadata={FACTS: FieldFacts()}),
        )
        if issubclass(field.clean_type, Vocabulary):
            label = f"{field.name}_label"
            cell[label] = (str | None, label_of(field.name).make(record, label))
    cells = made_type(f"{name}Cell", cell, f"How many of {name} there are with the same values.")
    whole: Made = {
        "cells": (list[cells], field_of(_cells, "The counts, the largest first; those below three are left out.")),  # type: ignore[valid-type]  # a type made at run time
        "total": (
            int,
            strawberry.field(
                description="How many there are in all, rounded to five by itself: the counts need not add up to it.",
            ),
        ),
        "provenance": (Provenance, field_of(_provenance, "Where the counts come from.", facts=FieldFacts())),
    }
    return made_type(f"{name}Statistics", whole, f"How many of {name} there are, rounded to five.")


def statistics_query() -> Any:
    """The root fields of the rounded counts."""
    fields: Made = {}
    for record in COUNTED:
        name = record.__name__
        members = {one.upper(): (one, f"{record.fields[one].description}.") for one in statistic_fields(record)}
        by = enum_of(f"{name}Statistic", members, f"What {name} is counted by for everybody.")
        fields[f"{snake_case(name)}_statistics"] = (_type(record) | None, field_of(
            _statistic(record),
            f"How many of {name} there are, for everybody: rounded, and without a filter, so nobody is singled out.",
            reads=record.name,
            rows_max=lambda *_: CELLS_MAX,
            looks=_looks(record),
            arguments=_arguments(record, by),
        ))  # fmt: skip
    return made_type("StatisticsQuery", fields, "Rounded counts of people's records.")
