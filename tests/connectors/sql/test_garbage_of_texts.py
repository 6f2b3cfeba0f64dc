"""Garbage of texts: a statement that is built leaves nothing that only Python's collector would find later."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from connectors.criteria import CountCriteria, Criteria, GroupCriteria, MomentPart, Order
from connectors.departments.complaints import COMPLAINTS
from connectors.sql.dialects import DIALECTS
from connectors.sql.groups import grouped_statement
from connectors.sql.statements import Statements
from models.predicates import Compare, Operator, is_in

TIMES = 5


@pytest.fixture
def uncollected() -> Iterator[None]:
    """The collector does not look by itself."""
    gc.collect()
    gc.freeze()
    gc.disable()
    yield
    gc.unfreeze()
    gc.enable()


def of_dialect(name: str, number: int) -> None:
    statements, order = Statements(DIALECTS[name]), (Order("requested_at", descending=True), Order("id"))
    found = Compare("ticket_number", Operator.CONTAINS, ("LAKSA",))
    statements.select(COMPLAINTS, Criteria("complaints", tuple(COMPLAINTS.columns), found, order, number))
    statements.count(COMPLAINTS, CountCriteria("complaints", found))
    by_month = GroupCriteria(
        "complaints", ("status",), is_in("category_code", "K03"), number, MomentPart("requested_at", 7)
    )
    grouped_statement(DIALECTS[name], COMPLAINTS, by_month)


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_building_leaves_none(dialect: str) -> None:
    # The first time, SQLAlchemy keeps for later what it has found out about a table.
    of_dialect(dialect, 1)
    gc.collect()
    for number in range(2, 2 + TIMES):
        of_dialect(dialect, number)
    assert gc.collect() == 0
