"""When complaints arrive and are answered, in order, with the ids of an autoincrement."""

from __future__ import annotations

from bisect import bisect
from collections import deque
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from heapq import heappop, heappush
from itertools import accumulate
from random import Random
from typing import NamedTuple

from sample.city import SPAN_DAYS, Size

DAY_MINUTES = 1440
SPAN_MINUTES = SPAN_DAYS * DAY_MINUTES

DRY, WET, FLOOD = range(3)
_SEASON_WEIGHTS = (1.0, 1.1, 2.8)
_WET_MONTHS = frozenset({11, 12, 1, 2, 3})
_FLOOD_MONTHS = frozenset({1, 2})
_FLOOD_SHARE = 0.25
# Monday to Sunday.
_WEEKDAY_WEIGHTS = (1.25, 1.15, 1.10, 1.05, 1.00, 0.75, 0.60)
# By hour of the day: the morning, the lunch break, and the evening at home.
_HOUR_WEIGHTS = (2, 1, 1, 1, 2, 5, 12, 20, 28, 30, 28, 24, 22, 20, 18, 17, 17, 18, 22, 24, 20, 14, 8, 4)
_HOUR_BOUNDS = tuple(share / sum(_HOUR_WEIGHTS) for share in accumulate(_HOUR_WEIGHTS))[:-1]

# How many complaints of a hundred get no answer, one, two ...; 2.5 on average.
_ANSWER_BOUNDS = (0.08, 0.22, 0.50, 0.76, 0.92)
# Minutes until the next answer; each is stretched by up to the half. With five of them a complaint is over in 23 days,
# which bounds how many complaints wait for the ids of their answers.
_PAUSE_MINUTES = (20, 60, 180, 420, 900, 1440, 2160, 2880, 4320)


class Answer(NamedTuple):
    """An answer's id and its time in minutes since the start."""

    id: int
    minute: int


class Arrival(NamedTuple):
    """A complaint's id, its time in minutes since the start, the season of that day, and its answers in order."""

    id: int
    minute: int
    season: int
    answers: tuple[Answer, ...]


def arrivals(size: Size, seed: int) -> Iterator[Arrival]:
    """All complaints in the order of their ids. Ids of complaints and, across complaints, ids of answers grow in time.

    Streams: it holds the complaints of the last few weeks, because an answer's id is known only when no earlier
    answer can come any more.
    """
    draw = Random(f"{seed}:arrivals").random
    open_ids: deque[tuple[int, int, int, list[int], list[int]]] = deque()
    due: list[tuple[int, int, int, list[int]]] = []
    complaint_id = answer_id = 0
    for day, (season, count) in enumerate(_days(size, seed)):
        for minute in sorted(day * DAY_MINUTES + minute_of_day(draw) for _ in range(count)):
            complaint_id += 1
            minutes = answer_minutes(minute, draw)
            ids = [0] * len(minutes)
            open_ids.append((complaint_id, minute, season, minutes, ids))
            for place, answered in enumerate(minutes):
                heappush(due, (answered, complaint_id, place, ids))
        settled = SPAN_MINUTES if day == SPAN_DAYS - 1 else (day + 1) * DAY_MINUTES
        while due and due[0][0] < settled:
            _, _, place, ids = heappop(due)
            answer_id += 1
            ids[place] = answer_id
        while open_ids and all(open_ids[0][4]):
            number, minute, of_season, minutes, ids = open_ids.popleft()
            yield Arrival(number, minute, of_season, tuple(map(Answer, ids, minutes)))


def _days(size: Size, seed: int) -> Iterator[tuple[int, int]]:
    """Season and number of complaints of each day; the numbers add up to the size."""
    draw = Random(f"{seed}:weather").random
    seasons: list[int] = []
    weights: list[float] = []
    for ago in range(SPAN_DAYS, 0, -1):
        day = size.day - timedelta(days=ago)
        seasons.append(season_of(day, draw))
        weights.append(weight_of(day, seasons[-1]))
    total, before = sum(weights), 0
    for number, reached in enumerate(accumulate(weights)):
        upto = size.complaints if number == SPAN_DAYS - 1 else int(size.complaints * reached / total)
        yield seasons[number], upto - before
        before = upto


def season_of(day: date, draw: Callable[[], float]) -> int:
    """The weather of a day."""
    if day.month in _FLOOD_MONTHS and draw() < _FLOOD_SHARE:
        return FLOOD
    return WET if day.month in _WET_MONTHS else DRY


def weight_of(day: date, season: int) -> float:
    """How many complaints come on a day in this weather, beside other days."""
    return _SEASON_WEIGHTS[season] * _WEEKDAY_WEIGHTS[day.weekday()]


def minute_of_day(draw: Callable[[], float]) -> int:
    return bisect(_HOUR_BOUNDS, draw()) * 60 + int(draw() * 60)


def answer_minutes(minute: int, draw: Callable[[], float], until: int | None = SPAN_MINUTES) -> list[int]:
    """Times of the answers to a complaint, growing; what would come after the city's clock has not happened yet."""
    minutes: list[int] = []
    for _ in range(bisect(_ANSWER_BOUNDS, draw())):
        pause = _PAUSE_MINUTES[int(draw() * len(_PAUSE_MINUTES))]
        minute += pause + int(pause * draw() / 2)
        if until is not None and minute >= until:
            break
        minutes.append(minute)
    return minutes
