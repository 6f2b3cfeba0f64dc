"""Whether a list is sorted within a range of what it is sorted by: only if every row of it surely lies in one."""

from __future__ import annotations

import pytest

from connectors.catalog import Way, way_of_order
from models.predicates import EVERYTHING, And, Compare, Not, Operator, Or, Predicate, is_in

FROM = Compare("day", Operator.GTE, ("2026-01-01",))
KIND = is_in("kind", "a")


@pytest.mark.parametrize(
    ("where", "way"),
    [
        (EVERYTHING, Way.ORDER),
        (KIND, Way.ORDER),
        (is_in("day", "2026-01-01"), Way.ORDER),
        (Compare("other", Operator.GTE, ("2026-01-01",)), Way.ORDER),
        (Or((FROM, KIND)), Way.ORDER),
        (And((KIND, Or((FROM, KIND)))), Way.ORDER),
        (Not(FROM), Way.ORDER),
        (FROM, Way.ORDER_IN_RANGE),
        (And((KIND, And((FROM,)))), Way.ORDER_IN_RANGE),
    ],
)
def test_the_way_of_an_order(where: Predicate, way: Way) -> None:
    assert way_of_order(where, "day") is way
