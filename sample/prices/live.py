"""Prices while the city lives: SEGAR's list of the day is dropped each morning."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from sample.city import Size, midnight
from sample.live.book import Book
from sample.live.deeds import Deed, Done, Leave
from sample.prices import source
from sample.prices.source import CSV_EVERY, PriceTruth

_BY, _SOURCE = "pdpasar", "prices"
_HOUR_FIRST, _MINUTES = 7, 150


class Prices:
    """The office of the markets."""

    def __init__(self, size: Size, seed: int) -> None:
        self._seed = seed

    def begin(self) -> Iterator[Deed]:
        return iter(())

    def day(self, day: date) -> Iterator[Deed]:
        draw = Random(f"{self._seed}:live prices:{day}").random
        at = midnight(day) + timedelta(hours=_HOUR_FIRST, minutes=int(draw() * _MINUTES))
        is_csv = day.toordinal() % CSV_EVERY == 0
        file = f"harga {day:%d-%m-%Y}.csv" if is_csv else f"SEGAR_{day}.xlsx"

        def write(_book: Book, path: Path) -> None:
            rows = [case.legacy for case in source.cases_of(day, self._seed)]
            if is_csv:
                source.write_csv(path, rows)
            else:
                source.write_xlsx(path, day, rows, is_moved=False)

        def do(now: datetime) -> Done:
            return Done([Leave(_SOURCE, file, write, now)], lambda book: book.told.setdefault("prices", []).append(day))

        yield Deed(at, _BY, _SOURCE, do)


def now(book: Book, size: Size, seed: int) -> list[PriceTruth]:
    """All true prices, day by day."""
    found = [case.truth for case in source.generate(size, seed)]
    return found + [case.truth for day in book.told.get("prices", ()) for case in source.cases_of(day, seed)]
