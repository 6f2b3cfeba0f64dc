"""Gives the tests beside it the sample cities."""

from __future__ import annotations

import pytest

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
    whole,
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
    "whole",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--answers", action="store_true", help="renew the answers in docs/questions.md")
