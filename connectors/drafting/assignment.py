"""Assignment: which of many pairs belong together, so that the sum of their scores is the greatest possible. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence


def best_assignment(scores: Sequence[Sequence[float]]) -> list[int | None]:
    """For each row the column that it is given, no column twice, or None where a score of 0 is all that was left.

    Scores are not negative. The Hungarian method with potentials (Kuhn and Munkres), in the cube of the longer side.
    """
    rows, columns = len(scores), max((len(row) for row in scores), default=0)
    if not columns:
        return [None] * rows
    size = max(rows, columns)
    costs = [
        [-scores[row][column] if row < rows and column < columns else 0.0 for column in range(size)]
        for row in range(size)
    ]
    row_of = _matched(costs)
    found: list[int | None] = [None] * rows
    for column, row in enumerate(row_of):
        if row < rows and column < columns and scores[row][column] > 0:
            found[row] = column
    return found


def _matched(costs: list[list[float]]) -> list[int]:
    """The row of each column in the cheapest complete matching of a square of costs. Inside, both count from 1."""
    size = len(costs)
    of_rows, of_columns = [0.0] * (size + 1), [0.0] * (size + 1)
    row_of, came_from = [0] * (size + 1), [0] * (size + 1)
    for row in range(1, size + 1):
        row_of[0] = row
        least, seen = [math.inf] * (size + 1), [False] * (size + 1)
        column = 0
        while row_of[column]:
            seen[column] = True
            current, step, following = row_of[column], math.inf, 0
            for other in range(1, size + 1):
                if seen[other]:
                    continue
                reduced = costs[current - 1][other - 1] - of_rows[current] - of_columns[other]
                if reduced < least[other]:
                    least[other], came_from[other] = reduced, column
                if least[other] < step:
                    step, following = least[other], other
            for other in range(size + 1):
                if seen[other]:
                    of_rows[row_of[other]] += step
                    of_columns[other] -= step
                else:
                    least[other] -= step
            column = following
        while column:
            row_of[column] = row_of[came_from[column]]
            column = came_from[column]
    return [row - 1 for row in row_of[1:]]
