"""What a source could only answer by scanning a large table is refused, with what it can, and nothing is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from connectors.catalog import Way
from connectors.departments import PACKAGE
from connectors.guard.guard import Guard
from connectors.load import LoadContract
from connectors.sources import CityPackage
from models.predicates import Operator
from onboarding.explain import explained
from tests.graph.harness import City, Urls, opened

READ = ("areas", "complaints", "licenses")
BOUND = LoadContract(scan_rows_max=100)
"""Fewer than the 4,000 complaints and the 1,500 licenses of the small city."""


def bounded(package: CityPackage) -> CityPackage:
    """The areas stay as they are: of 118 rows, all on one page, a database reads all and looks into no index."""
    sources = (source if source.name == "areas" else replace(source, load=BOUND) for source in package.sources)
    return replace(package, sources=tuple(sources))


@pytest.fixture(scope="module")
async def gated(small_urls: Urls) -> AsyncIterator[City]:
    """A city whose tables are large for its load contracts, once it has been explained."""
    async with opened({name: small_urls[name] for name in READ}, bounded(PACKAGE)) as opening:
        await opening('{ area(code: "36.71") { complaints { totalCount } } }')
        await explained(opening.catalog, Guard(lambda *_: None), READ)
        yield opening


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (
            '{ complaints(filter: {ticketNumber: {contains: "7"}}) { nodes { id } } }',
            'This source cannot do "contains" on "ticketNumber". It can: eq, in, gt, gte, lt, lte.',
        ),
        (
            "{ complaints(filter: {or: [{status: {eq: OPEN}}, {ticketNumber: {isNull: false}}]}) { totalCount } }",
            'This source cannot do "isNull" on "ticketNumber". It can: eq, in, gt, gte, lt, lte.',
        ),
        (
            '{ licenses(filter: {issuedAt: {gte: "2026-01-01"}}) { totalCount nodes { id } } }',
            'This source cannot do "gte" on "issuedAt". ',
        ),
        (
            "{ licenses(orderBy: [{validUntil: DESC}]) { nodes { id } } }",
            'This source cannot do "orderBy" on "validUntil". It can: gt, gte, lt, lte.',
        ),
        (
            '{ licenses(filter: {not: {validUntil: {lt: "2026-01-01"}}}, orderBy: {validUntil: ASC}) { totalCount } }',
            'This source cannot do "orderBy" on "validUntil". It can: gt, gte, lt, lte.',
        ),
    ],
)
async def test_a_scan_is_refused_before_anything_is_asked(gated: City, query: str, sentence: str) -> None:
    answer = await gated(query)
    assert {error.code for error in answer.errors} == {"NOT_SUPPORTED"}
    assert [error.text for error in answer.errors if not error.text.startswith(sentence)] == []
    assert answer.statements == {}


@pytest.mark.parametrize(
    "query",
    [
        '{ complaints(filter: {ticketNumber: {eq: "7"}}) { totalCount nodes { id } } }',
        "{ complaints(filter: {status: {eq: OPEN}}, orderBy: [{requestedAt: DESC}]) { nodes { id } } }",
        # The mapping allows it.
        '{ complaints(filter: {requestedAt: {gte: "2026-01-01T00:00:00Z"}}) { nodes { id } } }',
        '{ licenses(filter: {validUntil: {gt: "2026-01-01"}}, orderBy: [{validUntil: DESC}]) { nodes { id } } }',
        '{ area(code: "36.71.05") { complaints(first: 2) { nodes { history { nodes { at } } } } } }',
    ],
)
async def test_what_an_index_serves_or_the_mapping_allows_is_answered(gated: City, query: str) -> None:
    answer = await gated(query)
    assert answer.errors == []


async def test_a_relation_without_an_index_is_refused(gated: City) -> None:
    binding = gated.catalog.named("complaints")
    assert binding is not None
    before = binding.scans
    binding.scans = before | {("area_code", Way.PARENTS)}
    try:
        answer = await gated('{ area(code: "36.71.05") { name complaints { nodes { id } } } }')
    finally:
        binding.scans = before
    assert answer.data == {"area": {"name": "Cipondoh", "complaints": None}}
    assert answer.codes == [("NOT_SUPPORTED", "complaints")]
    assert "complaints" not in answer.statements


async def test_a_key_without_an_index_is_not_looked_up(gated: City) -> None:
    binding = gated.catalog.named("complaints")
    assert binding is not None
    before = binding.scans
    binding.scans = before | {("ticket_number", Operator.IN)}
    try:
        answer = await gated('{ complaint(ticketNumber: "LAKSA-1") { id } }')
    finally:
        binding.scans = before
    assert [error.code for error in answer.errors] == ["NOT_SUPPORTED"]
    assert answer.statements == {}


async def test_the_small_city_is_answered_whole(small_urls: Urls) -> None:
    async with opened({name: small_urls[name] for name in READ}) as city:
        found = await explained(city.catalog, Guard(lambda *_: None), READ)
        assert [each.failure for each in found] == [""] * len(found) != []
        assert {binding.mapping.record.name: binding.scans for binding in city.catalog if binding.scans} == {}
