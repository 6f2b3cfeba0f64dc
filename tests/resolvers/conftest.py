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

__all__ = ["alive", "broken", "broken_urls", "city", "engine", "own", "own_urls", "server", "small_urls"]
