"""The newest articles of the sample city in its portal's RSS feed, and the truth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from sample.city import SEED, Size
from sample.news import source as news
from sample.news.source import ArticleCase, ArticleTruth
from sample.shapes import Drop

FILE = "berita.rss"
ARTICLES_MAX = 50


def cases(size: Size, seed: int = SEED) -> list[ArticleCase]:
    """The newest articles that are not deleted, newest first."""
    alive = [case for case in news.generate(size, seed) if case.alive]
    return alive[: -ARTICLES_MAX - 1 : -1]


def truth(size: Size, seed: int = SEED) -> list[ArticleTruth]:
    """The true articles of the feed, newest first; it has no headlines and views."""
    return [case.truth._replace(is_headline=None, views=None) for case in cases(size, seed)]


def feed(newest: Iterable[ArticleCase]) -> bytes:
    """The feed as RSS 2.0, of the newest articles, newest first."""
    items = "".join(f"<item>\n{''.join(_elements(case))}</item>\n" for case in newest)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">\n<channel>\n'
        f"<title>Portal Berita (contoh)</title>\n<link>https://portal.example.com/</link>\n{items}</channel>\n</rss>\n"
    ).encode()


def _elements(case: ArticleCase) -> Iterator[str]:
    number, headline, body, _, day, _, section, *_ = case.legacy
    yield f'<guid isPermaLink="false">{number}</guid>\n<title>{escape(str(headline))}</title>\n'
    yield f"<link>https://portal.example.com/berita/{number}</link>\n"
    if section is not None:
        yield f"<category>{escape(str(section))}</category>\n"
    if body is not None:
        yield f"<content:encoded>{escape(_characters(body))}</content:encoded>\n"
    yield f"<pubDate>{_moment(case, str(day or ''))}</pubDate>\n"
    if case.truth.image is not None:
        yield f'<enclosure url={quoteattr(case.truth.image)} type="image/jpeg" length="0"/>\n'


def _characters(body: object) -> str:
    """A body as the portal writes it into XML, which knows no raw bytes and no NUL; mojibake stays mojibake."""
    text = body.decode("cp1252") if isinstance(body, bytes) else str(body)
    return text.replace("\0", "")


def _moment(case: ArticleCase, stored: str) -> str:
    """A time as RFC 822 wants it, or with the name of the zone, or what is stored where that is no time."""
    at: datetime | None = case.truth.date_published
    if at is None:
        return stored
    written = format_datetime(at)
    return written.replace("+0700", "WIB") if int(case.truth.id) % 3 == 0 else written


def _write(folder: Path, size: Size, seed: int) -> None:
    (folder / FILE).write_bytes(feed(cases(size, seed)))


DROP = Drop("news_feed", _write)
