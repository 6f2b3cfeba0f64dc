"""Group figures: what is counted and timed of groups besides their rows and their measured fields."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from connectors.grouping import Groups
from models.measures import Tally
from models.predicates import Predicate
from models.records import Record
from models.working_time import WorkingTime


@dataclass(frozen=True, slots=True)
class Part:
    """The rows that satisfy `where` as well, which are counted by this name."""

    name: str
    where: Predicate


@dataclass(frozen=True, slots=True)
class TimeTaken:
    """The time from the moment `began` to the moment `ended`, of rows that satisfy `where` as well.

    `record` is what is read for it: it has the fields of the record that is grouped, under the same names.
    """

    name: str
    record: type[Record]
    began: str
    ended: str
    where: Predicate
    clock: WorkingTime

    @property
    def seconds(self) -> str:
        """By which name a tally holds the seconds."""
        return seconds_of(self.name)

    @property
    def working_seconds(self) -> str:
        """By which name a tally holds the seconds of working time."""
        return seconds_of(self.name, working=True)


def seconds_of(time: str, *, working: bool = False) -> str:
    """By which name a tally holds the seconds of a time, or those of working time."""
    return f"{time} in working seconds" if working else f"{time} in seconds"


def add_time(tally: Tally, time: TimeTaken, groups: Groups, row: int, rows: int) -> None:
    """Add to a tally how long it took in one group of a source, if both moments are known and in their order."""
    began, ended = groups.columns[time.began][row], groups.columns[time.ended][row]
    if isinstance(began, datetime) and isinstance(ended, datetime) and began <= ended:
        tally.add(time.seconds, round((ended - began).total_seconds()), rows)
        tally.add(time.working_seconds, round(time.clock.hours_between(began, ended) * 3600), rows)
