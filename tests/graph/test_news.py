"""News through the hub, on each engine: broken encodings, entities and scripts come out as the clean truth."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from typing import Any

import pytest

from models.news import NewsArticle
from models.records import PersonalClass
from models.sources.findings import FindingKind
from resolvers.records import Columns, Read
from sample.city import SIZES
from sample.news.source import ArticleCase, ArticleTruth, generate
from schema.core.relay import GlobalId
from tests.graph.filters import plain
from tests.graph.harness import City, request_of

FIELDS = "id headline articleSection bodyHtml bodyText datePublished image isHeadline views"
ARTICLES = f"""
query ($after: String) {{
  newsArticles(first: 100, after: $after, orderBy: [{{datePublished: DESC}}]) {{
    totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {FIELDS} provenance {{ department {{ code }} }} }}
  }}
}}
"""


@pytest.fixture(scope="module")
def cases() -> list[ArticleCase]:
    return list(generate(SIZES["small"]))


@pytest.fixture(scope="module")
def truth(cases: list[ArticleCase]) -> list[ArticleTruth]:
    return [case.truth for case in cases if case.alive]


def shown(one: ArticleTruth) -> dict[str, Any]:
    """An article as the graph writes it."""
    return {
        "id": str(GlobalId("NewsArticle", one.id)),
        "headline": one.headline,
        "articleSection": one.article_section,
        "bodyHtml": one.body_html,
        "bodyText": one.body_text,
        "datePublished": f"{one.date_published:%Y-%m-%dT%H:%M:%S}+07:00" if one.date_published else None,
        "image": one.image,
        "isHeadline": one.is_headline,
        "views": one.views,
    }


async def test_every_article_is_the_truth_newest_first(city: City, truth: list[ArticleTruth]) -> None:
    nodes: list[dict[str, Any]] = []
    more: list[bool] = []
    after = None
    for _ in range(4):
        answer = await city(ARTICLES, after=after)
        assert answer.errors == []
        assert answer.statements == {"news": 2}
        page = answer.data["newsArticles"]
        assert page["totalCount"] == len(truth)
        nodes += page["nodes"]
        more.append(page["pageInfo"]["hasNextPage"])
        after = page["pageInfo"]["endCursor"]
    assert more == [True, True, True, False]
    assert nodes == [{**shown(one), "provenance": {"department": {"code": "diskominfo"}}} for one in reversed(truth)]


async def test_fields_are_the_truth_below_the_graph(city: City, truth: list[ArticleTruth]) -> None:
    columns = Columns(joined=frozenset(NewsArticle.fields))
    batch = await city.records.read(request_of(), Read(NewsArticle, columns, rows_max=1_000))
    names = ArticleTruth._fields
    rows = list(zip(*([plain(value) for value in batch.joining(name)] for name in names), strict=True))
    assert rows == [tuple(one) for one in truth]


async def test_nothing_that_runs_is_left(city: City, cases: list[ArticleCase]) -> None:
    stored = "".join(str(case.legacy[2]) for case in cases if case.alive)
    for word in ("<script", "<style", "<iframe", "onclick=", "JavaScript:", "<!--", "jahat", "&lsquo;", "&#146;"):
        assert word in stored
    batch = await city.records.read(
        request_of(), Read(NewsArticle, Columns(joined=frozenset({"body_html", "body_text"})), rows_max=1_000)
    )
    safe = "".join(str(value) for value in batch.joining("body_html"))
    text = "".join(str(value) for value in batch.joining("body_text"))
    assert set(re.findall(r"</?([a-z0-9]+)", safe)) == {"a", "br", "li", "p", "strong", "ul"}
    assert set(re.findall(r"<[a-z]+ ([^>=]+)=", safe)) == {"href", "rel"}
    for word in ("script", "onclick", "jahat", "curi", "color: red", "\0", "â€", "Ã©", "\x92", "&rsquo;"):
        assert word not in safe.lower()
        assert word not in text.lower()
    assert not re.search(r"[<>]|&[a-z#0-9]+;|\u00a0|  ", text)


async def test_times_come_from_three_columns_and_a_wrong_day_is_a_finding(city: City, cases: list[ArticleCase]) -> None:
    city.findings.clear()
    await city.records.read(
        request_of(), Read(NewsArticle, Columns(joined=frozenset({"date_published"})), rows_max=1_000)
    )
    seen = Counter({finding.kind: finding.count for finding in city.findings})
    weekdays = ("senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu")
    other = {"jum'at": "jumat", "ahad": "minggu"}
    wrong = impossible = 0
    for case in cases:
        name, at = str(case.legacy[3] or "").strip().lower(), case.truth.date_published
        if case.alive:
            impossible += case.legacy[4] == "2026-02-31"
            wrong += bool(name and at is not None and other.get(name, name) != weekdays[at.weekday()])
    assert seen == {FindingKind.CONTRADICTION: wrong, FindingKind.UNDECODABLE: impossible}
    assert (wrong, impossible) == (7, 2)


async def test_filters_find_what_the_truth_has(city: City, truth: list[ArticleTruth]) -> None:
    since = "2026-06-01T00:00:00+07:00"
    border = datetime.fromisoformat(since)
    filters = {
        "{isHeadline: {eq: true}}": [one for one in truth if one.is_headline is True],
        "{isHeadline: {eq: false}}": [one for one in truth if one.is_headline is False],
        "{isHeadline: {isNull: true}}": [one for one in truth if one.is_headline is None],
        "{not: {isHeadline: {eq: true}}}": [one for one in truth if one.is_headline is not True],
        '{articleSection: {in: ["Kesehatan", "Budaya"]}}': [
            one for one in truth if one.article_section in ("Kesehatan", "Budaya")
        ],
        "{views: {gte: 5000, lt: 9000}}": [one for one in truth if one.views is not None and 5000 <= one.views < 9000],
        "{views: {isNull: true}}": [one for one in truth if one.views is None],
        "{datePublished: {isNull: true}}": [one for one in truth if one.date_published is None],
        f'{{datePublished: {{gte: "{since}"}}}}': [
            one for one in truth if one.date_published and one.date_published >= border
        ],
    }
    for given, expected in filters.items():
        answer = await city(f"{{ newsArticles(first: 100, filter: {given}) {{ totalCount nodes {{ id }} }} }}")
        assert answer.errors == [], given
        assert answer.data["newsArticles"]["totalCount"] == len(expected) > 0, given
        ids = [node["id"] for node in answer.data["newsArticles"]["nodes"]]
        assert ids == [str(GlobalId("NewsArticle", one.id)) for one in expected][:100], given


async def test_articles_that_are_read_most_come_first(city: City, truth: list[ArticleTruth]) -> None:
    answer = await city("{ newsArticles(first: 5, orderBy: [{views: DESC}]) { nodes { views } } }")
    most = sorted((one.views for one in truth if one.views is not None), reverse=True)
    assert [node["views"] for node in answer.data["newsArticles"]["nodes"]] == most[:5]


async def test_a_moment_of_three_columns_cannot_be_asked_for_by_equality(city: City) -> None:
    query = '{ newsArticles(filter: {datePublished: {eq: "2026-06-01T00:00:00+07:00"}}) { nodes { id } } }'
    answer = await city(query)
    assert (answer.codes, answer.statements) == ([("NOT_SUPPORTED", "newsArticles")], {})


async def test_an_article_that_is_not_published_is_nowhere(city: City, cases: list[ArticleCase]) -> None:
    hidden = next(case.truth for case in cases if not case.alive)
    seen = next(case.truth for case in cases if case.alive)
    query = "query ($id: ID!) { newsArticle(id: $id) { headline } node(id: $id) { id } }"
    answer = await city(query, id=str(GlobalId("NewsArticle", hidden.id)))
    assert (answer.errors, answer.data) == ([], {"newsArticle": None, "node": None})
    answer = await city(query, id=str(GlobalId("NewsArticle", seen.id)))
    assert answer.data["newsArticle"] == {"headline": seen.headline}


def test_what_is_published_is_not_personal() -> None:
    assert {field.personal for field in NewsArticle.fields.values()} == {PersonalClass.NON_PERSONAL}
