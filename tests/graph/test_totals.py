"""Totals: what is counted in the source is what is found by paging through it, and parts add up to their whole."""

from __future__ import annotations

from typing import Any

import pytest

from models.policy.viewer import ANONYMOUS, Purpose, Viewer
from tests.graph.harness import DPUPR, City

PAGE = """
query Page($after: String, $status: ComplaintStatus!) {
  complaints(first: 100, after: $after, filter: {status: {eq: $status}}, orderBy: [{requestedAt: DESC}]) {
    totalCount pageInfo { hasNextPage endCursor } nodes { id area { code } }
  }
}
"""


async def pages(city: City, viewer: Viewer, purpose: Purpose | None, status: str) -> tuple[set[int], list[Any]]:
    """The totals that were told, and all rows, page by page."""
    totals: set[int] = set()
    rows: list[Any] = []
    after: str | None = None
    while True:
        answer = await city(PAGE, viewer, purpose=purpose, after=after, status=status)
        page = answer.data["complaints"]
        totals.add(page["totalCount"])
        rows += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return totals, rows
        after = page["pageInfo"]["endCursor"]


@pytest.mark.parametrize(
    ("viewer", "purpose"), [(ANONYMOUS, None), (DPUPR, Purpose.COMPLAINT_HANDLING)], ids=["anonymous", "officer"]
)
@pytest.mark.parametrize("status", ["OPEN", "UNKNOWN"])
async def test_a_total_is_the_number_of_rows_on_its_pages(
    city: City, viewer: Viewer, purpose: Purpose | None, status: str
) -> None:
    totals, rows = await pages(city, viewer, purpose, status)
    assert totals == {len(rows)}
    assert len({row["id"] for row in rows}) == len(rows) > 0


async def test_the_total_of_an_area_is_the_sum_of_its_parts_and_its_own(city: City) -> None:
    """Parents hold what is in them and below; what names the district itself is in the village that it lies in."""
    answer = await city(
        """
        { areas(first: 100, filter: {level: {eq: DISTRICT}}) { nodes { code
            complaints { totalCount }
            own: complaints(filter: {areaCode: {in: []}}) { totalCount }
            children(first: 100) { nodes { complaints { totalCount } } } } } }
        """
    )
    _, rows = await pages(city, ANONYMOUS, None, "OPEN")
    assert rows
    named = 0
    for district in answer.data["areas"]["nodes"]:
        code = district["code"]
        own = await city(
            "query Own($code: AreaCode!) { complaints(first: 0, filter: {areaCode: {eq: $code}}) { totalCount } }",
            code=code,
        )
        named += own.data["complaints"]["totalCount"]
        parts = sum(village["complaints"]["totalCount"] for village in district["children"]["nodes"])
        # Each of these has a position.
        assert district["complaints"]["totalCount"] == parts
        assert district["own"]["totalCount"] == 0
        assert parts > 0
    assert named > 50
