"""The version of what a source has: the same for the same rows, another one for any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from connectors.replica.replica import ROWS_HASHED_AT_ONCE, content_version

VALUES: st.SearchStrategy[Any] = st.none() | st.integers() | st.text(max_size=3) | st.binary(max_size=3)
ROWS = st.dictionaries(st.sampled_from("abc"), st.lists(st.tuples(VALUES, VALUES), max_size=4), max_size=3)
MANY = [(number, f"baris {number}") for number in range(ROWS_HASHED_AT_ONCE * 2 + 1)]


@given(ROWS, ROWS)
async def test_other_rows_have_another(
    one: Mapping[str, Sequence[Sequence[object]]], other: Mapping[str, Sequence[Sequence[object]]]
) -> None:
    assume(one != other)
    assert await content_version(one) != await content_version(other)


async def test_the_order_of_tables_is_nothing() -> None:
    assert await content_version({"a": MANY, "b": []}) == await content_version({"b": [], "a": list(MANY)})


async def test_every_row_of_many_counts() -> None:
    others = {await content_version({"a": [*MANY[:at], (at, "lain"), *MANY[at + 1 :]]}) for at in range(len(MANY))}
    assert len(others | {await content_version({"a": MANY})}) == len(MANY) + 1


async def test_half_a_character_is_one() -> None:
    assert await content_version({"a": [("\ud800",)]}) != await content_version({"a": [("\ud801",)]})
