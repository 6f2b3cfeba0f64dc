"""Lines of CSV: whatever the cells are, they are those of Python's csv module, which readers of CSV are tested with."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.exports.writers import lines_of
from models.values.dictionary_column import DictionaryColumn
from models.values.types import AreaCode

TEXTS = st.one_of(st.text(max_size=8), st.text(alphabet='a,"\r\n=é', max_size=5), st.just(AreaCode("36.71.05")))
NUMBERS = st.one_of(st.floats(), st.integers(), st.sampled_from([0.0, -0.0, 1e16, 1e-5, 106.6318, 2**70]))
ANYTHING = st.one_of(TEXTS, NUMBERS, st.booleans(), st.lists(st.integers(), max_size=2))


def by_the_module(columns: Sequence[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(zip(*columns, strict=True))
    return text.getvalue()


def column(rows: int) -> st.SearchStrategy[list[Any]]:
    """Of one kind, as columns of the graph are, with and without nulls; and of all kinds together."""
    kinds = [TEXTS, NUMBERS, st.floats(-180, 180), ANYTHING]
    lists = [st.lists(kind, min_size=rows, max_size=rows) for kind in kinds]
    return st.one_of(*lists, *(st.lists(kind | st.none(), min_size=rows, max_size=rows) for kind in kinds))


def neighbours(rows: int) -> st.SearchStrategy[list[DictionaryColumn]]:
    """Columns that repeat their values in the same rows."""
    codes = st.lists(st.integers(0, 2), min_size=rows, max_size=rows)
    values = st.lists(st.lists(ANYTHING | st.none(), min_size=3, max_size=3), min_size=1, max_size=3)
    return st.builds(lambda codes, values: [DictionaryColumn(some, codes) for some in values], codes.map(bytes), values)


@given(st.integers(0, 4).flatmap(lambda rows: st.lists(column(rows), min_size=1, max_size=4)))
def test_they_are_those_of_the_csv_module(columns: list[list[Any]]) -> None:
    assert lines_of(columns) == by_the_module(columns)


@given(
    st.integers(0, 6).flatmap(
        lambda rows: st.lists(st.builds(lambda one: [one], column(rows)) | neighbours(rows), min_size=1, max_size=4)
    )
)
def test_so_are_those_of_columns_that_repeat_their_values(parts: list[list[Sequence[Any]]]) -> None:
    columns = [column for part in parts for column in part]
    assert lines_of(columns) == by_the_module(columns)


@pytest.mark.parametrize(
    "columns",
    [
        [[None, "", "a"]],
        [["a", None], [None, 0]],
        [[1.5, None, float("nan")], ["x", 'sa"id', "a,b"]],
        [["a\rb", "c"], ["d\ne", None]],
        [["a\rb"]],
        [("36.71", None), (106.6318, 1e22)],
    ],
)
def test_so_are_the_usual_columns(columns: list[Sequence[Any]]) -> None:
    assert lines_of(columns) == by_the_module(columns)
