"""The page about limits is true: its examples are asked, and its table is the table of the budgets."""

from __future__ import annotations

import json
import re
from typing import Any

from models.policy.budgets import AD_HOC, OF_ROLES, SIGNED_IN, TRUSTED
from settings import ROOT
from tests.api.hub import Running

PAGE = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```graphql\n(.*?)```", PAGE, re.DOTALL)
ANSWERS: list[dict[str, Any]] = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]


async def test_the_examples_have_the_answers_that_are_printed(prod: Running) -> None:
    fits, too_much = QUERIES
    cost, refusal = ANSWERS
    assert (await prod.ask(fits)).json()["extensions"]["cost"] == cost
    assert (await prod.ask(too_much)).json() == {"errors": [refusal]}
    change = refusal["extensions"]["cheaper"]
    rewritten = too_much.replace(f"first: {change['insteadOf']}", f"first: {change['value']}")
    assert (await prod.ask(rewritten)).json()["extensions"]["cost"]["units"] == change["units"]


async def test_a_count_alone_costs_a_question(prod: Running) -> None:
    assert "`complaints { totalCount }` costs 110 units" in PAGE
    answer = (await prod.ask("{ complaints { totalCount } }")).json()
    assert answer["extensions"]["cost"] == {"units": 110, "rows": 0, "calls": 1, "looked": 100}


def test_the_table_is_that_of_the_budgets() -> None:
    printed = re.findall(r"\| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|$", PAGE, re.MULTILINE)
    budgets = [AD_HOC, TRUSTED, SIGNED_IN, *OF_ROLES.values()]
    assert [tuple(int(number.replace(",", "")) for number in row) for row in printed] == [
        (budget.units_max, budget.units_per_second, budget.operation_units_max) for budget in budgets
    ]
