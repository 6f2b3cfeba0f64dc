"""Assignment: the pairs whose scores are the greatest in sum, whatever comes first."""

from __future__ import annotations

import random
from itertools import permutations

import pytest

from onboarding.drafting.matching import best_assignment


def total(scores: list[list[float]], given: list[int | None]) -> float:
    return sum(scores[row][column] for row, column in enumerate(given) if column is not None)


def best_total(scores: list[list[float]], columns: int) -> float:
    rows = len(scores)
    padded = [row + [0.0] * rows for row in scores]
    return max(sum(padded[at][p] for at, p in enumerate(order)) for order in permutations(range(columns + rows), rows))


def test_the_first_does_not_take_what_fits_another_better() -> None:
    assert best_assignment([[0.9, 0.8], [0.9, 0.1]]) == [1, 0]


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (3, 3), (4, 2), (2, 4), (4, 4)])
def test_nothing_is_better(rows: int, columns: int) -> None:
    dice = random.Random(rows * 10 + columns)
    for _ in range(25):
        scores = [[dice.choice((0.0, dice.random())) for _ in range(columns)] for _ in range(rows)]
        given = best_assignment(scores)
        taken = [column for column in given if column is not None]
        assert len(taken) == len(set(taken))
        assert total(scores, given) == pytest.approx(best_total(scores, columns))


def test_a_score_of_nothing_gives_nothing() -> None:
    assert best_assignment([[0.0, 0.0], [0.0, 0.5]]) == [None, 1]
    assert best_assignment([]) == []
    assert best_assignment([[], []]) == [None, None]
