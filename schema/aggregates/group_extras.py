"""Extra figures of groups: counts of part of the rows, and times between two moments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import strawberry

from models.city import City
from models.errors import HubError
from models.predicates import Predicate
from models.records import Record
from models.values.measures import GroupValues, Statistic
from models.values.working_time import WorkingTime
from resolvers.aggregates.groups import Part, TimeTaken, seconds_of

SECONDS_PER_HOUR: Final = 3_600


@dataclass(frozen=True, slots=True)
class PartFigure:
    """The number of rows that also satisfy `where`, in a city at a moment; None if it does not apply there.

    `part` is the name of the count: figures of the same part are counted once.
    """

    name: str
    part: str
    description: str
    where: Callable[[City, datetime], Predicate | None]


@dataclass(frozen=True, slots=True)
class TimeFigure:
    """The time from the field `began` to the field `ended` of a record that has both."""

    name: str
    description: str
    record: type[Record]
    began: str
    ended: str
    where: Predicate


@dataclass(frozen=True, slots=True)
class Extras:
    """The figures of the groups of one record besides those of its contract."""

    parts: tuple[PartFigure, ...] = ()
    times: tuple[TimeFigure, ...] = ()

    def asked_parts(self, names: frozenset[str], city: City, now: datetime) -> tuple[Part, ...]:
        """The named parts that apply in this city, each once."""
        wanted = {figure.part: figure.where(city, now) for figure in self.parts if figure.part in names}
        return tuple(Part(name, where) for name, where in wanted.items() if where is not None)

    def asked_times(self, names: frozenset[str], clock: WorkingTime) -> tuple[TimeTaken, ...]:
        """The named times."""
        return tuple(
            TimeTaken(time.name, time.record, time.began, time.ended, time.where, clock)
            for time in self.times
            if time.name in names
        )


@strawberry.type(description="How long something took. Rows in which it has not happened count for nothing.")
class TimesTaken:
    known: int = strawberry.field(description="How many rows say how long it took.")
    average_hours: float | None = strawberry.field(
        description="The average of the hours, nights and days off included."
    )
    median_hours: float | None = strawberry.field(
        description="The hours in the middle; of an even number of rows half way between the two in the middle."
    )
    p90_hours: float | None = strawberry.field(
        description="The fewest hours that nine tenths of the rows do not exceed."
    )
    average_working_hours: float | None = strawberry.field(
        description="The average of the hours in which the city's offices were open."
    )
    median_working_hours: float | None = strawberry.field(
        description="The hours in the middle, of those in which the city's offices were open."
    )
    p90_working_hours: float | None = strawberry.field(
        description="The fewest open hours that nine tenths of the rows do not exceed."
    )


HOURS: Final[Mapping[str, tuple[Statistic, bool, str]]] = {
    f"{statistic.value}_{'working_' if working else ''}hours": (
        statistic,
        working,
        f"the {told} of the {'working ' if working else ''}hours",
    )
    for working in (False, True)
    for statistic, told in (
        (Statistic.AVERAGE, "average"),
        (Statistic.MEDIAN, "median"),
        (Statistic.P90, "90th percentile"),
    )
}
"""The figures of a time by name: the statistic, whether in working hours, and the description."""


def hour_figures(time: TimeFigure) -> Iterator[tuple[str, str, Statistic, str]]:
    """The figures of a time: name, the tally's name of its seconds, statistic and description."""
    for name, (statistic, working, told) in HOURS.items():
        about = f"Of what follows, {told}: {time.description[0].lower()}{time.description[1:]}."
        yield f"{time.name}_{name}", seconds_of(time.name, working=working), statistic, about


class TimesTable:
    """One time of some tallies, as columns. Of a lost one no row is known, and the figures are its error."""

    def __init__(self, tallies: Sequence[GroupValues], time: str, lost: HubError | None) -> None:
        self._tallies = tallies
        self._time = time
        self._lost = lost

    def column(self, name: str) -> Sequence[Any]:
        if name == "known":
            return [tally.known(seconds_of(self._time)) for tally in self._tallies]
        if self._lost is not None:
            raise self._lost
        statistic, working, _ = HOURS[name]
        seconds = seconds_of(self._time, working=working)
        return [_hours(tally, seconds, statistic) for tally in self._tallies]


def _hours(tally: GroupValues, seconds: str, statistic: Statistic) -> float | None:
    number = tally.statistic(seconds, statistic)
    return None if number is None else float(number / SECONDS_PER_HOUR)
