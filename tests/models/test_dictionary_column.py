"""Dictionary columns: whoever reads one sees the list that it stands for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from models.values.dictionary_column import ROWS_MIN, VALUES_MAX, DictionaryColumn, numbered, per_value

LISTS = st.lists(st.sampled_from(["a", "b", None, 1, 2.5, "long"]), min_size=1, max_size=12)


def long(some: Sequence[Any]) -> list[Any]:
    return list(some) * (ROWS_MIN // len(some) + 1)


def encoded(column: list[Any]) -> Sequence[Any]:
    values = list(dict.fromkeys(column))
    return numbered(["unused", *values], [1 + values.index(value) for value in column])


def assert_is(column: Sequence[Any], expected: list[Any]) -> None:
    assert isinstance(column, DictionaryColumn)
    assert list(column) == expected
    assert [column[row] for row in range(len(column))] == expected
    assert len(column) == len(expected)
    # Each of its values is in some row, and it has no other.
    assert {*map(repr, column.values)} == {*map(repr, expected)}
    assert [value in column for value in ("a", None, 3)] == [value in expected for value in ("a", None, 3)]


@given(LISTS, st.data())
def test_it_is_the_list(some: list[Any], data: st.DataObject) -> None:
    column = encoded(long(some))
    assert_is(column, long(some))
    assert isinstance(column, DictionaryColumn)
    start, stop = (data.draw(st.integers(0, len(column))) for _ in range(2))
    assert_is(column[start:stop], long(some)[start:stop])
    rows = data.draw(st.lists(st.integers(0, len(column) - 1), max_size=9))
    assert_is(column.at(rows), [long(some)[row] for row in rows])
    assert_is(column.at(rows)[1:], [long(some)[row] for row in rows][1:])


def test_what_is_made_of_it_is_made_once_for_each_value() -> None:
    seen: list[Any] = []

    def shouted(values: Sequence[Any]) -> list[Any]:
        seen.extend(values)
        return [None if value is None else value.upper() for value in values]

    column = long(["b", None, "a"])
    assert_is(per_value(encoded(column), shouted), long(["B", None, "A"]))
    assert sorted(map(repr, seen)) == ["'a'", "'b'", "None"]
    assert per_value(["b", "b"], shouted) == ["B", "B"]


def test_short_columns_and_those_of_many_values_stay_lists() -> None:
    few, many = range(VALUES_MAX), range(VALUES_MAX + 1)
    assert numbered(few, [7] * (ROWS_MIN - 1)) == [7] * (ROWS_MIN - 1)
    assert numbered(many, many) == list(many)
    assert_is(numbered(few, few), list(few))
