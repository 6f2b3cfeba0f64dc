"""The compiled lane is worth having: many times cheaper than the reference lane, in one process and on every machine.

Ratios of processor time are stable where times are not. What is asked here is about half of what is reached, so that a
busy machine does not fail it; `dev.py bench` says what is reached.
"""

from __future__ import annotations

import pytest

from bench.in_process import measured

ROUNDS = 5


@pytest.mark.parametrize(("query", "ratio_min"), [("Q1", 20.0), ("Q2", 15.0), ("Q3", 30.0)])
def test_the_compiled_lane_costs_a_fraction_of_the_reference_lane(query: str, ratio_min: float) -> None:
    figures = measured(query, ROUNDS)
    assert figures.ratio >= ratio_min, figures
