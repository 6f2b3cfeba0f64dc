"""The city's news portal, which Diskominfo runs: a content system of the years before Unicode, on MyISAM and latin1."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import flag, html_text, local_datetime_parts, number_key, safe_html, text, whole_number
from connectors.departments.city import TANGERANG
from connectors.mapping import Mapping, column, column_equals
from connectors.sources import Source, Subject
from models.news import NewsArticle

SOURCE = Source(name="news", department="diskominfo", title="Portal Berita")

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
        "body_html": column("isi_berita", decoder=safe_html()),
        "body_text": column("isi_berita", decoder=html_text()),
        "date_published": column(
            "hari", "tanggal", "jam", decoder=local_datetime_parts(TANGERANG.time_zone), sorts_as="id_berita"
        ),
        "image": column("gambar", decoder=text()),
        "is_headline": column("headline", decoder=flag(yes="Y", no="N", nulls=("", " ", "-"))),
        "views": column("dibaca", decoder=whole_number()),
    },
    alive=column_equals("status", "Y"),
    fresh_for=timedelta(minutes=10),
    stale_for=timedelta(days=1),
)

SUBJECT = Subject(SOURCE, (ARTICLES,))
