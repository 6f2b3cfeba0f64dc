"""The city's news portal, run by Diskominfo: a content system from before Unicode, on MyISAM and latin1."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import (
    flag,
    html_text,
    local_datetime_parts,
    number_key,
    offset_datetime,
    safe_html,
    text,
    url,
    whole_number,
)
from connectors.departments.city import TANGERANG
from connectors.feeds import Feed, News
from connectors.mapping import Mapping, column, column_equals
from connectors.sources import Source, Subject
from models.news import NewsArticle
from models.sources.data_terms import DataTerms, UpdateRhythm

SOURCE = Source(
    name="news",
    department="diskominfo",
    title="Portal Berita",
    kept_every=timedelta(minutes=10),
    terms=DataTerms(
        "Dinas Komunikasi dan Informatika Kota Tangerang",
        "PPID Diskominfo",
        "Terbuka dengan menyebut sumber (Perpres 39/2019)",
        UpdateRhythm.DAILY,
    ),
)

PICTURES = "https://portal.example.com/foto/"
"""The base URL of pictures: the feed has full URLs, the table relative ones."""

ARTICLE_PAGES = "https://portal.example.com/berita/"
"""Where articles are read, which links in their texts start from."""

_berita = sa.table(
    "berita",
    sa.column("id_berita", sa.Integer),
    sa.column("judul", sa.String(200)),
    sa.column("isi_berita", sa.Text),
    sa.column("hari", sa.String(20)),
    sa.column("tanggal", sa.String(10)),
    sa.column("jam", sa.String(8)),
    sa.column("kategori", sa.String(40)),
    sa.column("gambar", sa.String(100)),
    sa.column("dibaca", sa.Integer),
    sa.column("headline", sa.String(1)),
    sa.column("status", sa.String(1)),
)

ARTICLES = Mapping(
    record=NewsArticle,
    source=SOURCE.name,
    selectable=_berita,
    columns={
        "id": column("id_berita", decoder=number_key()),
        "headline": column("judul", decoder=html_text()),
        "article_section": column("kategori", decoder=text()),
        "body_html": column("isi_berita", decoder=safe_html(below=ARTICLE_PAGES)),
        "body_text": column("isi_berita", decoder=html_text()),
        "date_published": column(
            "hari", "tanggal", "jam", decoder=local_datetime_parts(TANGERANG.time_zone), sorts_as="id_berita"
        ),
        "image": column("gambar", decoder=url(below=PICTURES)),
        "is_headline": column("headline", decoder=flag(yes="Y", no="N", nulls=("", " ", "-"))),
        "views": column("dibaca", decoder=whole_number()),
    },
    alive=column_equals("status", "Y"),
    fresh_for=timedelta(minutes=10),
    stale_for=timedelta(days=1),
)

FEED = Source(
    name="news_feed",
    department="diskominfo",
    title="RSS Portal Berita",
    kind=Feed(News()),
    terms=SOURCE.terms,
)

_entries = sa.table(
    "entries",
    sa.column("id", sa.String(200)),
    sa.column("title", sa.Text),
    sa.column("content", sa.Text),
    sa.column("published", sa.String(40)),
    sa.column("categories", sa.String(200)),
    sa.column("image", sa.String(300)),
)

ARTICLES_BY_FEED = Mapping(
    record=NewsArticle,
    source=FEED.name,
    selectable=_entries,
    columns={
        "id": column("id", decoder=text()),
        "headline": column("title", decoder=html_text()),
        "article_section": column("categories", decoder=text()),
        "body_html": column("content", decoder=safe_html(below=ARTICLE_PAGES)),
        "body_text": column("content", decoder=html_text()),
        "date_published": column("published", decoder=offset_datetime(TANGERANG.time_zone)),
        "image": column("image", decoder=url()),
    },
    fresh_for=timedelta(minutes=10),
    stale_for=timedelta(days=1),
)
"""The newest articles from the portal's feed: the fallback while the portal's table is away."""

SUBJECT = Subject(SOURCE, (ARTICLES,))
FEED_SUBJECT = Subject(FEED, (), fallbacks=(ARTICLES_BY_FEED,))
