"""Rounded counts in the graph: of people whom nobody may list, for everybody, and never more than that."""

from __future__ import annotations

from collections import Counter

import pytest
from graphql import GraphQLObjectType

from models.policy.viewer import ANONYMOUS, Role, Viewer
from resolvers.aggregates.statistics import rounded
from sample.citizens import source as citizens
from sample.city import SIZES
from schema.build import SCHEMA
from tests.graph.harness import City

TRUTH = [case.truth for case in citizens.generate(SIZES["small"]) if case.alive]


@pytest.mark.parametrize("viewer", [ANONYMOUS, Viewer(Role.ANALYST)], ids=["anonymous", "analyst"])
async def test_people_are_counted_by_what_is_declared_and_nothing_else(city: City, viewer: Viewer) -> None:
    table = {cell: rounded(count) for cell, count in Counter((one.area_code, one.sex) for one in TRUTH).items()}
    by_sex: Counter[str] = Counter()
    for (_, sex), count in table.items():
        by_sex[sex] += count
    answer = await city(
        """
        { both: citizenStatistics(by: [AREA_CODE, SEX]) { cells { areaCode sex count } total }
          one: citizenStatistics(by: [SEX]) { cells { sex areaCode count } total }
          none: citizenStatistics { cells { count } total } }
        """,
        viewer,
    )
    assert answer.errors == []
    both, one, none = (answer.data[name] for name in ("both", "one", "none"))
    assert {(cell["areaCode"], cell["sex"]): cell["count"] for cell in both["cells"]} == {
        cell: count for cell, count in table.items() if count
    }
    assert {cell["sex"]: cell["count"] for cell in one["cells"]} == {sex: n for sex, n in by_sex.items() if n}
    assert {cell["areaCode"] for cell in one["cells"]} == {None}
    assert both["total"] == one["total"] == none["total"] == none["cells"][0]["count"] == rounded(len(TRUTH)) > 0
    assert answer.statements == {"citizens": 3}


def test_nothing_narrows_a_rounded_count_and_nothing_else_counts_people() -> None:
    query = SCHEMA._schema.query_type
    assert isinstance(query, GraphQLObjectType)
    for name in ("citizen", "admissionApplication", "jobApplication", "licenseApplication"):
        assert set(query.fields[f"{name}Statistics"].args) <= {"by", "areaLevel"}
        assert f"{name}Groups" not in query.fields
