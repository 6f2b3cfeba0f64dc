"""A city of market prices to ask, from the copies that the hub makes of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from connectors.departments import prices as departments
from sample import prices
from sample.city import SIZES
from tests.graph.copies import copied
from tests.graph.harness import City, Urls, opened


@pytest.fixture(scope="module")
def shop_urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Urls]:
    with copied(tmp_path_factory.mktemp("prices"), departments.SUBJECT, prices.rows(SIZES["small"])) as found:
        yield found


@pytest.fixture(scope="module")
async def shop(shop_urls: Urls) -> AsyncIterator[City]:
    async with opened(shop_urls) as opening:
        await opening('{ area(code: "36.71") { markets { totalCount } } }')
        yield opening
