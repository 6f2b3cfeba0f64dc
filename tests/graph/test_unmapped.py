"""What a city has not mapped, as people are told: who may see rows, and by what nobody can filter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from models.policy.viewer import ANONYMOUS, Role, Viewer
from sample.complaints.source import ComplaintTruth
from tests.graph.harness import DPUPR, City

WHY = (
    "This city has not connected complaints.publication, which says who may see these records, so none can be shown "
    "to you."
)


@contextmanager
def without(city: City, record: str, field: str) -> Iterator[None]:
    binding = city.catalog.named(record)
    assert binding is not None
    kept = binding.mapping
    binding.mapping = replace(kept, columns={name: one for name, one in kept.columns.items() if name != field})
    try:
        yield
    finally:
        binding.mapping = kept


@pytest.mark.parametrize("role", [Role.ANONYMOUS, Role.ANALYST, Role.OFFICER])
async def test_without_publication_it_is_told_and_not_zero(city: City, alive: list[ComplaintTruth], role: Role) -> None:
    """Also an officer whose department handles none of them."""
    handling = {truth.department_code for truth in alive}
    idle = next(one.code for one in city.catalog.city.departments if one.code not in handling)
    viewer = {
        Role.ANONYMOUS: ANONYMOUS,
        Role.ANALYST: Viewer(Role.ANALYST, subject="analyst-1"),
        Role.OFFICER: Viewer(Role.OFFICER, subject="officer-2", department_code=idle),
    }[role]
    with without(city, "complaints", "publication"):
        counted = await city("{ complaints { totalCount } }", viewer)
        listed = await city("{ complaints { nodes { id } } complaintGroups(by: []) { totals { count } } }", viewer)
    assert counted.data == {"complaints": {"totalCount": None}}
    assert [(error.code, error.path, error.text) for error in counted.errors] == [
        ("NOT_CONNECTED", ("complaints", "totalCount"), WHY)
    ]
    assert listed.data == {"complaints": None, "complaintGroups": None}
    assert {(error.code, error.text) for error in listed.errors} == {("NOT_CONNECTED", WHY)}


async def test_without_publication_a_department_still_has_its_own(city: City, alive: list[ComplaintTruth]) -> None:
    own = [truth for truth in alive if truth.department_code == DPUPR.department_code]
    with without(city, "complaints", "publication"):
        answer = await city("{ complaints(first: 100) { totalCount nodes { publication } } }", DPUPR)
    assert answer.errors == []
    assert answer.data["complaints"]["totalCount"] == len(own) > 0
    assert {node["publication"] for node in answer.data["complaints"]["nodes"]} == {"UNKNOWN"}


@pytest.mark.parametrize(
    ("asked", "operation", "field"),
    [
        ("filter: {channel: {eq: WEB}}", "in", "channel"),
        ("filter: {requestedAt: {isNull: true}}", "isNull", "requestedAt"),
        ("orderBy: [{requestedAt: DESC}]", "orderBy", "requestedAt"),
    ],
)
async def test_what_a_field_that_is_not_mapped_cannot_is_told_as_such(
    city: City, asked: str, operation: str, field: str
) -> None:
    with without(city, "complaints", "channel"), without(city, "complaints", "requested_at"):
        answer = await city(f"{{ complaints({asked}) {{ nodes {{ id }} }} }}")
    text = f'This city has not connected "{field}": it is not mapped, so "{operation}" cannot be asked of it.'
    assert [(error.code, error.text) for error in answer.errors] == [("NOT_SUPPORTED", text)]
