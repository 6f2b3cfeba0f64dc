"""A column of local times in another zone than the city's: moments, ranges and days are the city's all the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC

from connectors.decoders import local_datetime
from tests.graph.harness import City

PAGE = """query ($after: String) {
    complaints(first: 100, after: $after, filter: {requestedAt: {isNull: false}}) {
        nodes { requestedAt } pageInfo { hasNextPage endCursor } } }"""
DAYS = """{
    complaintGroups(
        filter: {requestedAt: {isNull: false}}, bucket: {field: REQUESTED_AT, unit: DAY}, first: 1000
    ) { groups { count key { period { label } } } } }"""


async def days_of_pages(city: City) -> Counter[str]:
    """How many complaints there are of each day, from page to page."""
    counted = Counter[str]()
    after = None
    while True:
        page = (await city(PAGE, after=after)).data["complaints"]
        moments = [one["requestedAt"] for one in page["nodes"]]
        assert {moment[-6:] for moment in moments} <= {"+07:00"}
        counted.update(moment[:10] for moment in moments)
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return counted


async def test_days_are_those_of_the_city(city: City) -> None:
    binding = city.catalog.named("complaints")
    assert binding is not None
    kept = binding.mapping
    zone = city.catalog.city.time_zone
    there = replace(kept.columns["requested_at"], decoder=local_datetime("%d-%m-%Y %H:%M", zone, stored_in=UTC))
    before = await days_of_pages(city)
    binding.mapping = replace(kept, columns={**kept.columns, "requested_at": there})
    try:
        after, groups = await days_of_pages(city), await city(DAYS)
    finally:
        binding.mapping = kept
    assert after != before, "the evening of a column in UTC is the morning of the next day"
    assert {one["key"]["period"]["label"]: one["count"] for one in groups.data["complaintGroups"]["groups"]} == dict(
        after
    )
