"""Gives the tests beside it the sample cities."""

from __future__ import annotations

from tests.graph.cities import (
    alive,
    broken,
    broken_urls,
    city,
    engine,
    own,
    own_urls,
    server,
    small_urls,
)
from tests.graph.shops import shop, shop_urls

__all__ = [
    "alive",
    "broken",
    "broken_urls",
    "city",
    "engine",
    "own",
    "own_urls",
    "server",
    "shop",
    "shop_urls",
    "small_urls",
]
