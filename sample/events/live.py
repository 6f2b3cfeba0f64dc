"""Events while the city lives: the calendar is published anew whenever something is announced."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from sample.city import Size, midnight
from sample.events import source
from sample.events.source import EventCase, EventTruth
from sample.live.book import Book
from sample.live.deeds import Deed, Done, Leave

_BY, _SOURCE = "diskominfo", "events"
_EVERY_DAYS = 2
_AHEAD_LEAST, _AHEAD_MORE = 2, 30


class Events:
    """Who keeps the calendar."""

    def __init__(self, size: Size, seed: int) -> None:
        self._size, self._seed = size, seed
        self._new: list[EventCase] = []

    def begin(self) -> Iterator[Deed]:
        return iter(())

    def day(self, day: date) -> Iterator[Deed]:
        passed = (day - self._size.day).days
        if passed % _EVERY_DAYS:
            return
        draw = Random(f"{self._seed}:live events:{day}").random
        at = midnight(day) + timedelta(hours=9, minutes=int(draw() * 360))
        kind = source.KINDS[int(draw() * len(source.KINDS))]
        number = self._size.events + 1 + passed // _EVERY_DAYS
        on = day + timedelta(days=_AHEAD_LEAST + int(draw() * _AHEAD_MORE))
        case = source.single(number, kind, on, at, draw)

        def do(_now: datetime) -> Done:
            self._new = new = [*self._new, case]

            def write(_book: Book, file: Path) -> None:
                file.write_bytes(source.file(self._size, self._seed, new))

            return Done([Leave(_SOURCE, source.FILE, write)], lambda book: _told(book, case))

        yield Deed(at, _BY, _SOURCE, do)


def _told(book: Book, case: EventCase) -> None:
    book.told.setdefault("events", []).append(case)


def now(book: Book, size: Size, seed: int) -> list[EventTruth]:
    """All true events, each occurrence once."""
    return [case.truth for case in (*source.generate(size, seed), *book.told.get("events", ()))]
