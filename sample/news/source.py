"""The news of the sample city: the truth, and the dirty legacy table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from sample import dirt
from sample.city import SEED, SPAN_DAYS, Size
from sample.news.texts import SECTIONS, article
from sample.shapes import Row, Source, Table

BERITA = Table(
    name="berita",
    columns=(
        ("id_berita", "integer PRIMARY KEY"),
        ("judul", "varchar(200)"),
        ("isi_berita", "text"),
        ("hari", "varchar(20)"),
        ("tanggal", "varchar(10)"),
        ("jam", "varchar(8)"),
        ("kategori", "varchar(40)"),
        ("gambar", "varchar(100)"),
        ("dibaca", "integer"),
        ("headline", "char(1)"),
        ("status", "char(1)"),
    ),
    engine="MyISAM",
)

_DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
_OTHER_DAY_NAMES = {"Jumat": "Jum'at", "Minggu": "Ahad"}
_PICTURE_SHARE = 0.8
_VIEWS_MOST = 20_000

Draw = Callable[[], float]

_free_text = dirt.die("free text")
_day = dirt.die("news day")
_time = dirt.die("news time")
_markup = dirt.die("news markup")
_flag = dirt.die("news flag")
_section = dirt.die("news section")
_views = dirt.die("news views")
_alive = dirt.die("news alive")


PICTURES = "https://portal.example.com/foto/"
"""Where the portal keeps its pictures: its feed names them in full, its table without this."""


class ArticleTruth(NamedTuple):
    """The true article; None where the dirt destroyed the value."""

    id: str
    headline: str
    article_section: str | None
    body_html: str | None
    body_text: str | None
    date_published: datetime | None
    image: str | None
    is_headline: bool | None
    views: int | None


class ArticleCase(NamedTuple):
    """The stored row and the truth; a deleted case must not be seen."""

    truth: ArticleTruth
    legacy: Row
    alive: bool


def generate(size: Size, seed: int = SEED) -> Iterator[ArticleCase]:
    """All articles, also deleted ones, by id; the same for the same size and seed."""
    draw = Random(f"{seed}:news").random
    span_seconds = SPAN_DAYS * 86_400
    for number in range(1, size.articles + 1):
        # Each has its own part of the time, so that they follow one another.
        at = size.start + timedelta(seconds=int((number - 1 + draw()) / size.articles * span_seconds))
        yield case_of(number, at, draw)


def case_of(number: int, at: datetime, draw: Draw) -> ArticleCase:
    """One article, cell by cell what was stored and what survives."""
    style = _free_text(draw())
    words = article(number, style, _markup(draw()), draw)
    stored_body, survives = dirt.dirty_free_text(words.stored_html, style)
    day_name = _dirty_day(number, at, _day(draw()))
    kind = _time(draw())
    stored_date, published_at = dirt.dirty_time(f"{at:%Y-%m-%d}", at, kind)
    section, section_kind = SECTIONS[int(draw() * len(SECTIONS))], _section(draw())
    views, views_kind = int(_VIEWS_MOST * draw() ** 4), _views(draw())
    flag, alive = _flag(draw()), _alive(draw())
    picture = f"berita/{at.year}/{number:06}.jpg" if draw() < _PICTURE_SHARE else ""
    truth = ArticleTruth(
        str(number), words.headline, section if section_kind == "clean" else None,
        words.safe_html if survives is not None else None, words.text if survives is not None else None,
        published_at, PICTURES + picture if picture else None, {"Y": True, "N": False}.get(flag),
        views if views_kind == "clean" else None,
    )  # fmt: skip
    stored_views = views if views_kind == "clean" else None if views_kind == "NULL" else int(views_kind)
    row = (
        number, words.stored_headline, stored_body, day_name, stored_date, f"{at:%H:%M:%S}",
        section if section_kind == "clean" else section_kind, picture, stored_views, flag, alive,
    )  # fmt: skip
    return ArticleCase(truth, row, alive == "Y")


def _dirty_day(number: int, at: datetime, kind: str) -> str | None:
    """The name of the day beside a date, sometimes that of another day."""
    name = _DAYS[at.weekday()]
    if kind == "contradicted":
        return _DAYS[(at.weekday() + 1) % len(_DAYS)]
    if number % 3 == 0:
        name = _OTHER_DAY_NAMES.get(name, name)
    if kind == "clean":
        return name
    return f"{name} " if kind == "padded" else dirt.stored(kind)


def _rows(size: Size, seed: int) -> Iterator[tuple[str, Row]]:
    for case in generate(size, seed):
        yield BERITA.name, case.legacy


SOURCE = Source("news", (BERITA,), main=BERITA.name, total=lambda size: size.articles, rows=_rows)
