"""Covering: what is shown of a column, a slice of it at a time, so that nobody waits for all the texts of a chunk."""

from __future__ import annotations

import asyncio

import pytest

from resolvers.visibility import SLICE_ROWS, Visibility, in_slices
from tests.loops import turns_until

COVER = Visibility(lambda value: f"open {value}", lambda value: f"closed {value}")


@pytest.mark.parametrize(("rows", "turns"), [(0, 0), (SLICE_ROWS, 0), (SLICE_ROWS + 1, 2), (20 * SLICE_ROWS, 20)])
async def test_others_have_their_turn_before_each_slice_of_a_column(rows: int, turns: int) -> None:
    is_open = [row % 3 == 0 for row in range(rows)]
    covering = asyncio.ensure_future(in_slices(range(rows), is_open, COVER))
    assert await turns_until(covering) == turns
    assert await covering == [f"closed {row}" if row % 3 else f"open {row}" for row in range(rows)]
