"""A city of market prices to ask, from the copies that the hub makes of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from connectors.departments import prices as departments
from sample.city import SIZES, Size
from sample.prices import source as prices
from sample.shapes import Row
from tests.graph.copies import copied
from tests.graph.harness import City, Urls, opened


def price_rows(size: Size) -> Iterator[Row]:
    """What a clean copy of the files holds: day, market, commodity and price as they are written."""
    for case in prices.generate(size):
        yield (case.truth.day.isoformat(), *case.legacy)


@pytest.fixture(scope="module")
def shop_urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Urls]:
    with copied(tmp_path_factory.mktemp("prices"), departments.SUBJECT, price_rows(SIZES["small"])) as found:
        yield found


@pytest.fixture(scope="module")
async def shop(shop_urls: Urls) -> AsyncIterator[City]:
    async with opened(shop_urls) as opening:
        await opening('{ area(code: "36.71") { markets { totalCount } } }')
        yield opening
