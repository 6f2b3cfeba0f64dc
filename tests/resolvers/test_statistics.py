"""Rounded counts: whatever is asked for follows from one rounded table, so that differences of answers tell nothing."""

from __future__ import annotations

from collections import Counter
from itertools import chain, combinations

from hypothesis import given
from hypothesis import strategies as st

from models.records import STATISTIC_FIELDS_MAX
from resolvers.aggregates.statistics import Cell, rounded, rounded_cells, statistic_fields, told
from schema.aggregates.statistics import COUNTED
from schema.build import RECORDS

LATTICE = [list(one) for one in chain.from_iterable(combinations(range(2), size) for size in range(3))]
"""Every choice of two declared things: none, either, both."""

PEOPLE = st.lists(st.tuples(st.sampled_from(["a", "b", "c", None]), st.sampled_from(["x", "y"])), max_size=60)
TABLES = st.dictionaries(
    st.tuples(st.sampled_from("abc"), st.sampled_from("xy")), st.integers(1, 12).map(lambda n: n * 5)
)
MOVES = st.integers(-2, 2)


def answers(people: list[Cell]) -> list[tuple[tuple[Cell, int], ...]]:
    """All that anybody can be told about some people."""
    table = rounded_cells((person, 1) for person in people)
    return [told(table, places) for places in LATTICE]


@given(count=st.integers(0, 10_000))
def test_a_count_is_rounded_to_the_nearest_five(count: int) -> None:
    assert rounded(count) % 5 == 0
    assert abs(rounded(count) - count) <= 2
    assert (rounded(count) == 0) is (count <= 2)


@given(people=PEOPLE)
def test_every_answer_is_a_sum_of_rounded_cells(people: list[Cell]) -> None:
    table = {cell: rounded(count) for cell, count in Counter(people).items()}
    for places, answer in zip(LATTICE, answers(people), strict=True):
        sums: Counter[Cell] = Counter()
        for cell, count in table.items():
            sums[tuple(cell[place] for place in places)] += count
        assert dict(answer) == {cell: count for cell, count in sums.items() if count}


@given(table=TABLES, moves=st.lists(MOVES, min_size=6, max_size=6))
def test_towns_with_one_rounded_table_cannot_be_told_apart(table: dict[Cell, int], moves: list[int]) -> None:
    """Differencing gives nothing: up to two people more or fewer in any cells change no answer of the whole lattice."""
    moved = {cell: count + move for (cell, count), move in zip(sorted(table.items()), moves, strict=False)}
    one = [cell for cell, count in table.items() for _ in range(count)]
    other = [cell for cell, count in moved.items() for _ in range(count)]
    assert answers(one) == answers(other)


def test_no_record_declares_more_than_two_things_and_each_is_counted_that_declares_one() -> None:
    declared = {record.name: statistic_fields(record) for record in RECORDS}
    assert all(len(fields) <= STATISTIC_FIELDS_MAX == 2 for fields in declared.values())
    assert {name for name, fields in declared.items() if fields} == {record.name for record in COUNTED}
