"""How long a page may be is the city's own statement."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.departments import PACKAGE
from tests.graph.harness import City, Urls, opened

LONG_PAGES = replace(PACKAGE, city=replace(PACKAGE.city, page_rows_max=104))
QUERY = "query ($rows: Int!) { areas(first: $rows, filter: {level: {eq: VILLAGE}}) { nodes { code } } }"
BACKWARDS = "query ($rows: Int!) { areas(last: $rows, filter: {level: {eq: VILLAGE}}) { nodes { code } } }"


@pytest.mark.parametrize("query", [QUERY, BACKWARDS])
async def test_a_city_with_long_pages_gives_them_and_no_longer_ones(small_urls: Urls, query: str) -> None:
    async with opened(small_urls, LONG_PAGES) as city:
        answer = await city(query, rows=104)
        assert (len(answer.data["areas"]["nodes"]), answer.errors) == (104, [])
        refused = await city(query, rows=105)
        assert refused.codes == [("BAD_INPUT", "areas")]
        assert "104" in refused.errors[0].text
        assert refused.statements == {}


@pytest.mark.parametrize("query", [QUERY, BACKWARDS])
async def test_a_city_that_says_nothing_has_pages_of_a_hundred(city: City, query: str) -> None:
    answer = await city(query, rows=100)
    assert (len(answer.data["areas"]["nodes"]), answer.errors) == (100, [])
    assert (await city(query, rows=101)).codes == [("BAD_INPUT", "areas")]
