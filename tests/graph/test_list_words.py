"""Words in lists: what `text: {matches: ...}` finds is what looking at every row finds, on every engine."""

from __future__ import annotations

import random
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import pytest
import snowballstemmer
from strawberry.utils.str_converters import to_camel_case

from models.sources.search import SEARCHED, SearchableRecord
from models.values.localized import Language
from sample.city import SIZES
from sample.complaints.source import ComplaintTruth
from tests.graph.cities import opened_whole
from tests.graph.harness import City, written

STEMMER = snowballstemmer.stemmer("indonesian")
COMPLAINTS_ASKED = (
    "banjir", "Perbaikan JALAN", "jalan rusak karawaci", "sampah, Cipondoh!", "kebersihan", "tangerang", "jalan", "zzz",
    "jalan zzz", "drainase banjiran",
)  # fmt: skip
LISTS = {
    "alerts": "alerts", "areas": "areas", "commodities": "commodities", "complaint_categories": "complaintCategories",
    "events": "events", "hospitals": "hospitals", "job_postings": "jobPostings", "markets": "markets",
    "news_articles": "newsArticles", "services": "services", "schools": "schools",
}  # fmt: skip


def stems(*texts: str | None) -> frozenset[str]:
    return frozenset(
        STEMMER.stemWord(word) for text in texts if text is not None for word in re.findall(r"\w+", text.casefold())
    )


async def pages(city: City, field: str, selected: str) -> list[dict[str, Any]]:
    """All rows of a list, without a filter."""
    rows: list[dict[str, Any]] = []
    after = ""
    while True:
        answer = await city(
            f"{{ {field}(first: 100{after}) {{ nodes {{ id {selected} }} pageInfo {{ endCursor }} }} }}",
            language=Language.ID,
        )
        assert answer.errors == []
        page = answer.data[field]
        rows += page["nodes"]
        if len(page["nodes"]) < 100:
            return rows
        after = f', after: "{page["pageInfo"]["endCursor"]}"'


async def found(city: City, field: str, text: str) -> list[str]:
    """The ids of all rows that the filter lets through; their count says the same."""
    ids: list[str] = []
    after: str | None = None
    question = (
        "query ($text: String!, $after: String) {"
        f" {field}(first: 100, after: $after, filter: {{text: {{matches: $text}}}})"
        " { totalCount nodes { id } pageInfo { hasNextPage endCursor } } }"
    )
    while True:
        answer = await city(question, text=text, after=after)
        assert answer.errors == []
        page = answer.data[field]
        ids += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            assert page["totalCount"] == len(ids)
            return ids


@pytest.fixture(scope="module")
async def words(city: City, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    search = await city.give_search(tmp_path_factory.mktemp("words"))
    yield city
    await search.index.close()


@pytest.fixture(scope="module")
async def embedded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    """The whole city on SQLite: the index is the same on every engine."""
    folder = tmp_path_factory.mktemp("embedded")
    with written("sqlite", "", folder, SIZES["small"]) as urls:
        async with opened_whole(urls, folder) as opening:
            yield opening


async def test_complaints_are_found_by_the_words_of_their_category_and_areas(
    words: City, alive: list[ComplaintTruth]
) -> None:
    categories = {one["code"]: one for one in await pages(words, "complaintCategories", "code name group")}
    areas = {one["code"]: one for one in await pages(words, "areas", "code name parent { code }")}

    def around(code: str | None) -> Iterator[str]:
        while code is not None and code in areas:
            yield areas[code]["name"]
            code = (areas[code]["parent"] or {"code": None})["code"]

    stems_of = {}
    for one in alive:
        category = categories.get(one.category_code or "", {"name": None, "group": None})
        if one.publication in ("PUBLIC", "ANONYMOUS"):
            stems_of[one.ticket_number] = stems(category["name"], category["group"], *around(one.area_code))
    question = """query ($text: String!) {
        complaintGroups(by: [STATUS], filter: {text: {matches: $text}}) { totals { count } } }"""
    counts = []
    for text in COMPLAINTS_ASKED:
        expected = sum(stems(text) <= held for held in stems_of.values())
        assert len(await found(words, "complaints", text)) == expected, text
        grouped = await words(question, text=text)
        assert (grouped.errors, grouped.data["complaintGroups"]["totals"]["count"]) == ([], expected)
        counts.append(expected)
    assert counts[0] > 100
    assert 0 < counts[2] < counts[6]
    assert counts[-3:] == [0, 0, counts[0]]


@pytest.mark.parametrize("one", SEARCHED, ids=lambda one: one.record.name)
async def test_every_list_that_is_searched_is_found_by_its_own_words(embedded: City, one: SearchableRecord) -> None:
    names = [to_camel_case(name) for name in one.fields]
    field = LISTS[one.record.name]
    rows = await pages(embedded, field, " ".join(names))
    held = {row["id"]: stems(row[names[0]]) | stems(*(row[name] for name in names[1:])) for row in rows}
    assert len(held) > 4
    for text in texts_of(rows, names):
        expected = {key for key, has in held.items() if stems(text) <= has}
        assert set(await found(embedded, field, text)) == expected, text


def texts_of(rows: Sequence[dict[str, Any]], names: Sequence[str]) -> list[str]:
    """Words that are there, alone and in twos, from one row and from several."""
    chance = random.Random(7)  # no secret
    texts = [" ".join(row[name] for name in names if row[name]) for row in chance.sample(rows, min(len(rows), 6))]
    spoken = [chance.choice(found) for text in texts if (found := re.findall(r"\w+", text))]
    within = [" ".join(chance.sample(found, 2)) for text in texts if len(found := re.findall(r"\w+", text)) > 1]
    return [*spoken, *within, " ".join(spoken[:2]), "zzz"]


async def test_words_hold_through_relations_and_their_complement(words: City) -> None:
    answer = await words(
        """{ with: areas(filter: {complaints: {some: {text: {matches: "banjir"}}}}) { totalCount }
             without: areas(filter: {not: {complaints: {some: {text: {matches: "banjir"}}}}}) { totalCount }
             by: areas(filter: {complaints: {some: {category: {name: {contains: "banjir"}}}}}) { totalCount }
             all: areas { totalCount }
             news: newsArticles(filter: {text: {matches: "banjir"}}) { totalCount }
             none: newsArticles(filter: {not: {text: {matches: "banjir"}}}) { totalCount }
             every: newsArticles { totalCount } }"""
    )
    assert answer.errors == []
    counts = {name: connection["totalCount"] for name, connection in answer.data.items()}
    assert counts["with"] == counts["by"] > 50
    assert counts["with"] + counts["without"] == counts["all"]
    assert 0 < counts["news"] < counts["none"]
    assert counts["news"] + counts["none"] == counts["every"]


@pytest.mark.parametrize("text", ["", " !? ", "a b c d e f g h i", "x" * 201])
async def test_words_are_one_to_eight(words: City, text: str) -> None:
    answer = await words(
        "query ($text: String!) { complaints(filter: {text: {matches: $text}}) { totalCount } }", text=text
    )
    assert answer.codes == [("BAD_INPUT", "complaints")]
    assert answer.errors[0].text == "`matches` takes 1 to 8 words, 200 characters at most."
    assert answer.statements == {}


async def test_nothing_is_left_out_silently(words: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither what the index does not know yet, nor more keys than a filter carries."""
    question = '{ newsArticles(filter: {text: {matches: "tangerang"}}) { totalCount } }'
    assert words.search is not None
    with monkeypatch.context() as patch:
        patch.setattr("resolvers.across.KEYS_MAX", 20)
        assert (await words(question)).codes == [("TOO_EXPENSIVE", "totalCount")]
        for text in ("tangerang", "sukasari"):
            asked = f'{{ complaints(filter: {{text: {{matches: "{text}"}}}}) {{ totalCount }} }}'
            few = [] if text == "sukasari" else [("TOO_EXPENSIVE", "totalCount")]
            assert (await words(asked)).codes == few
    with monkeypatch.context() as patch:
        patch.setitem(words.search.sources, "news_articles", "news_feed")
        assert (await words(question)).codes == [("NOT_CONNECTED", "totalCount")]
    with monkeypatch.context() as patch:
        patch.setattr(words.search.index, "_pool", None)
        assert (await words(question)).codes == [("NOT_CONNECTED", "totalCount")]
    assert (await words(question)).errors == []


RESULTS = """query ($text: String!, $kinds: [SearchKind!], $after: String) {
    searchResults(text: $text, kinds: $kinds, first: 50, after: $after) {
        totalCount counts { kind count } pageInfo { hasNextPage hasPreviousPage endCursor }
        edges { cursor node { __typename ... on Node { id } } highlights { field excerpt } } } }"""


async def results(city: City, text: str, kinds: list[str] | None = None) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """The counts by kind, and the edges of all pages."""
    edges: list[dict[str, Any]] = []
    after = None
    while True:
        answer = await city(RESULTS, text=text, kinds=kinds, after=after, language=Language.ID)
        assert answer.errors == []
        page = answer.data["searchResults"]
        assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
        edges += page["edges"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            counts = {one["kind"]: one["count"] for one in page["counts"]}
            assert page["totalCount"] == sum(counts.values()) == len(edges)
            return counts, edges


async def test_the_search_counts_by_kind_and_pages_through_everything(embedded: City) -> None:
    asked = "banjir"
    counts, edges = await results(embedded, asked)
    expected = {}
    for one in SEARCHED:
        names = [to_camel_case(name) for name in one.fields]
        rows = await pages(embedded, LISTS[one.record.name], " ".join(names))
        held = sum(any(stem.startswith(asked) for stem in stems(*(row[name] for name in names))) for row in rows)
        if held:
            expected[re.sub(r"(?<!^)([A-Z])", r"_\1", one.record.__name__).upper()] = held
    assert counts == expected
    assert len(counts) > 3
    assert len(edges) > 50
    ids = [edge["node"]["id"] for edge in edges]
    assert len(set(ids)) == len(ids)
    of_news, news = await results(embedded, asked, ["NEWS_ARTICLE"])
    assert of_news == {"NEWS_ARTICLE": counts["NEWS_ARTICLE"]}
    assert [edge["node"]["id"] for edge in news] == [
        edge["node"]["id"] for edge in edges if edge["node"]["__typename"] == "NewsArticle"
    ]


async def test_highlights_are_where_the_words_are(embedded: City) -> None:
    _, edges = await results(embedded, "posko banj")
    for edge in edges:
        assert edge["highlights"] != []
        for told in edge["highlights"]:
            words = told["excerpt"][1::2]
            assert words != []
            assert all(stems(word) <= stems("posko") or word.casefold().startswith("banj") for word in words)
            assert len("".join(told["excerpt"])) <= 202
    headline = next(told for edge in edges for told in edge["highlights"] if told["field"] == "headline")
    assert headline["excerpt"][1::2] == ["posko", "banjir"]


async def test_a_cursor_is_of_its_own_search(embedded: City) -> None:
    _, edges = await results(embedded, "banjir")
    answer = await embedded(RESULTS, text="jalan", after=edges[0]["cursor"])
    assert answer.codes == [("BAD_INPUT", "searchResults")]
    again = await embedded(RESULTS, text="banjir", after=edges[0]["cursor"], language=Language.ID)
    assert again.data["searchResults"]["edges"][0] == edges[1]
