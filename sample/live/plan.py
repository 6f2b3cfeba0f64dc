"""The plan of a living city: all deeds in the order of time, day after day, and later where a department strikes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import heappop, heappush
from itertools import count

from sample.live.deeds import Deed, Worker


@dataclass(frozen=True, slots=True)
class Strike:
    """A department that does nothing from a moment until another, or until nobody knows when."""

    department: str
    since: datetime
    until: datetime | None = None

    def holds_up(self, department: str, at: datetime) -> bool:
        return department == self.department and self.since <= at and (self.until is None or at < self.until)


class Plan:
    """Deeds as they fall due. The same for the same workers, first day and strikes."""

    def __init__(self, first: date, workers: Sequence[Worker], strikes: Sequence[Strike] = ()) -> None:
        self.strikes = list(strikes)
        self._workers = workers
        self._next_day = first
        self._order = count()
        self._due: list[tuple[datetime, int, Deed]] = []
        for worker in workers:
            self._add(worker.begin())

    def take(self, until: datetime) -> Iterator[tuple[datetime, Deed]]:
        """What is done up to a moment and was not taken yet, each with the moment at which it is done."""
        while self._next_day <= until.date():
            for worker in self._workers:
                self._add(worker.day(self._next_day))
            self._next_day += timedelta(days=1)
        while self._due and self._due[0][0] <= until:
            at, order, deed = heappop(self._due)
            strike = next((one for one in self.strikes if one.holds_up(deed.by, at)), None)
            if strike is None:
                yield at, deed
            else:
                # Without an end it is held up for good: the next start knows the end.
                heappush(self._due, (strike.until or datetime.max.replace(tzinfo=at.tzinfo), order, deed))

    def _add(self, deeds: Iterator[Deed]) -> None:
        for deed in deeds:
            heappush(self._due, (deed.at, next(self._order), deed))
