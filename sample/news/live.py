"""News while the city lives: the portal publishes every day, in its table and in its feed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from sample.city import SPAN_DAYS, Size, midnight
from sample.live.book import Book, Name
from sample.live.deeds import Deed, Done, Leave, Put
from sample.live.office import Rate
from sample.news import feed, source
from sample.news.source import BERITA, ArticleCase, ArticleTruth

SOURCE, _BY = "news", "diskominfo"
_HOUR_FIRST, _HOURS = 7, 13
_A_DAY_LEAST = 1


class News:
    """The portal. Its feed has the newest articles that can be seen, newest first."""

    def __init__(self, size: Size, seed: int) -> None:
        self._size, self._seed, self._number = size, seed, size.articles
        self._rate = Rate(size.articles / SPAN_DAYS)
        self._before = feed.cases(size, seed)
        self._new: list[tuple[Name, ArticleCase]] = []

    def begin(self) -> Iterator[Deed]:
        return iter(())

    def day(self, day: date) -> Iterator[Deed]:
        draw = Random(f"{self._seed}:live news:{day}").random
        seconds = sorted(int(draw() * _HOURS * 3600) for _ in range(max(_A_DAY_LEAST, self._rate.on())))
        for second in seconds:
            self._number += 1
            at = midnight(day) + timedelta(hours=_HOUR_FIRST, seconds=second)
            case = source.case_of(self._number, at, draw)
            # The first of a day can be seen, with its day: readers find news on every day.
            while second == seconds[0] and not (case.alive and case.truth.date_published):
                case = source.case_of(self._number, at, draw)
            yield self._publishing(at, Name("article", self._number), case)

    def _publishing(self, at: datetime, name: Name, case: ArticleCase) -> Deed:
        row = Put.row(BERITA, case.legacy, name)

        def do(_at: datetime) -> Done:
            if not case.alive:
                return Done([row])
            self._new = [(name, case), *self._new][: feed.ARTICLES_MAX]
            new = self._new

            def write(book: Book, file: Path) -> None:
                newest = [*(_stored(one, book.number(of)) for of, one in new), *self._before]
                file.write_bytes(feed.feed(newest[: feed.ARTICLES_MAX]))

            return Done([row, Leave("news_feed", feed.FILE, write)], lambda book: book.add(name, case.truth))

        return Deed(at, _BY, SOURCE, do)


def _stored(case: ArticleCase, number: int) -> ArticleCase:
    """An article under the number that its database gave it."""
    return case._replace(truth=case.truth._replace(id=str(number)), legacy=(number, *case.legacy[1:]))


def before(size: Size, seed: int) -> Iterator[ArticleTruth]:
    """What a city begins with."""
    return (case.truth for case in source.generate(size, seed) if case.alive)
