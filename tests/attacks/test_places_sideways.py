"""Where exactly something was reported changes no byte of any answer to who is told it less exactly.

Two cities differ in exact places alone, within what everybody is told of them. Whatever is asked of both through HTTP -
circles however small, areas by their polygons, orders by distance, distances, figures, files, plans - is the same.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import resolvers.areas.nearby
from connectors.departments.complaints import HANDLINGS
from models.policy.viewer import Role
from models.values.position_accuracy import ComplaintPositions, PositionAccuracy
from store.buckets import MemoryBuckets
from tests.api import two_departments
from tests.api.hub import Running, environment, running
from tests.api.two_departments import PACKAGE
from tests.attacks.moved import anywhere, moved, within_its_square
from tests.attacks.test_nothing_sideways_http import everything, first_difference, still
from tests.graph.cities import TINY
from tests.graph.harness import written
from tests.migrated import migrated
from tests.slow import examples

__all__ = ["still"]

EXAMPLES: Final = examples(20)
FEW: Final = 50
MILLISECONDS: Final = re.compile(rb'"ms":[0-9.]+')
BORDERS: Final = ((-6.2612, -6.17834), (-6.17834, -6.0888)), ((106.5488, 106.64271), (106.64271, 106.7512))
"""Four areas, whose borders are none of any square."""
VILLAGES: Final = ("36.71.05.1003", "36.71.01.1003", "36.71.10", "36.71.05")


@dataclass(frozen=True)
class Choice:
    """What a city has chosen, and how what is reported is moved where nobody may notice it."""

    name: str
    positions: ComplaintPositions
    moves: Mapping[str, Any]


CHOICES: Final = (
    Choice("by default", ComplaintPositions(), {"Anonim": within_its_square}),
    Choice(
        "by villages",
        ComplaintPositions(public=PositionAccuracy.ABOUT_100_M, anonymous=PositionAccuracy.VILLAGE),
        {"Publik": within_its_square, "Anonim": anywhere},
    ),
)


@dataclass(frozen=True)
class Cities:
    """The hub of the city as it is, and of the one where what is told less exactly has moved; and those places."""

    true: Running
    changed: Running
    places: list[tuple[float, float]]


def polygons(file: Path) -> Path:
    rings = [
        [[west, south], [east, south], [east, north], [west, north], [west, south]]
        for south, north in BORDERS[0] for west, east in BORDERS[1]
    ]  # fmt: skip
    features = [
        {"type": "Feature", "id": code, "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        for code, ring in zip(VILLAGES, rings, strict=True)
    ]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return file


@pytest.fixture(scope="module", params=CHOICES, ids=lambda one: one.name)
async def cities(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, still: None
) -> AsyncIterator[Cities]:
    choice: Choice = request.param
    folder = tmp_path_factory.mktemp("places")
    true, changed = folder / "true", folder / "changed"
    true.mkdir()
    areas = polygons(folder / "areas.geojson")
    with written("sqlite", "", true, TINY):
        shutil.copytree(true, changed)
        pairs = [
            pair for published, move in choice.moves.items()
            for pair in moved(changed / "complaints.db", published, move)
        ]  # fmt: skip
        assert sum(before != after for before, after in pairs) > 10
        async with AsyncExitStack() as stack:
            handled = replace(PACKAGE, mappings=(*PACKAGE.mappings, HANDLINGS))
            stack.enter_context(pytest.MonkeyPatch.context()).setattr(two_departments, "PACKAGE", handled)
            hubs: list[Running] = []
            for city in (true, changed):
                more = {"HUB_AREAS_GEOJSON": str(areas), "HUB_BUDGET_SCALE": "1000"}
                database = await asyncio.to_thread(migrated, city / "hub.db")
                environ = environment(city, database, **more)
                hub = await stack.enter_async_context(running(environ))
                hub.hub.catalog.city = replace(hub.hub.catalog.city, complaint_positions=choice.positions)
                hub.hub.charging.fallback_buckets.own = MemoryBuckets(clock=lambda: 0.0)
                hub.hub.responses.clock = lambda: 0.0
                await hub.ask('{ area(code: "36.71") { complaints { totalCount } } }')
                hubs.append(hub)
            places = [(float(place[0]), float(place[1])) for pair in pairs for place in pair]
            yield Cities(hubs[0], hubs[1], places)


LIST: Final = """query ($f: ComplaintFilter, $by: [ComplaintOrder!], $from: PositionInput!, $after: String) {
  complaints(%s, filter: $f, orderBy: $by, after: $after) { totalCount pageInfo { hasNextPage startCursor endCursor }
    edges { cursor node { ticketNumber publication position { latitude longitude } positionAccuracy
      positionAccuracyLabel distanceMeters(from: $from) area { code } } } } }"""
DOCUMENTS: Final = (
    LIST % "first: 7",
    (LIST % "last: 5").replace("$after: String", "$before: String").replace("after: $after", "before: $before"),
    "query ($f: ComplaintFilter) { complaints(filter: $f) { totalCount } }",
    """query ($f: ComplaintFilter) { complaintGroups(by: [STATUS, AREA], filter: $f) {
      groups { key { status areaCode } count } totals { count timeToResolution { median } } } }""",
    """query ($f: ComplaintFilter, $by: [ComplaintOrder!]) { areas(first: 3, filter: {level: {eq: DISTRICT}}) {
      nodes { code complaints(first: 2, filter: $f, orderBy: $by) { totalCount nodes { id } } } } }""",
    "query ($f: ComplaintFilter) { areas(first: 9, filter: {complaints: {some: $f}}) { totalCount nodes { code } } }",
)
FORMS: Final = ("csv", "ndjson", "geojson", "xlsx")


@dataclass(frozen=True)
class Asked:
    """A question: a document, or a form of a file; what is near a place, which is one of those that moved, or not."""

    what: str
    place: int | tuple[float, float]
    off: tuple[float, float]
    meters: float
    way: str
    order: str | None
    role: str
    candidates: int

    def filter(self, places: list[tuple[float, float]]) -> dict[str, Any]:
        near = {"near": {"position": self.at(places), "meters": self.meters}}
        within = {"within": VILLAGES[int(self.meters) % len(VILLAGES)]}
        filters: dict[str, dict[str, Any]] = {
            "near": near,
            "near and more": {**near, "publication": {"in": ["ANONYMOUS", "PUBLIC"]}},
            "not near": {"not": near},
            "either": {"or": [near, within]},
            "within": within,
            "both": {**near, **within},
            "not within": {"not": within},
        }
        return filters[self.way]

    def at(self, places: list[tuple[float, float]]) -> dict[str, float]:
        latitude, longitude = places[self.place % len(places)] if isinstance(self.place, int) else self.place
        return {"latitude": latitude + self.off[0], "longitude": longitude + self.off[1]}


_NO_OFF: Final = st.just((0.0, 0.0))
_FAR: Final = st.floats(-0.002, 0.002).map(lambda degrees: round(degrees, 6))
QUESTIONS: Final = st.builds(
    Asked,
    what=st.sampled_from((*DOCUMENTS, *FORMS)),
    place=st.one_of(st.integers(0, 10_000), st.tuples(st.floats(-6.26, -6.09), st.floats(106.55, 106.75))),
    off=st.one_of(_NO_OFF, st.tuples(_FAR, _FAR)),
    meters=st.sampled_from([0.01, 1.0, 20.0, 56.0, 79.0, 112.0, 500.0, 3_000.0, 40_000.0]),
    way=st.sampled_from(["near", "near", "near and more", "not near", "either", "within", "both", "not within"]),
    order=st.sampled_from([None, "ASC", "DESC"]),
    role=st.sampled_from(["anonymous", "developer", "officer elsewhere", "analyst"]),
    candidates=st.sampled_from([5_000, 5_000, 12, 3]),
)


def headers_of(hub: Running, role: str) -> dict[str, str]:
    if role == "developer":
        # Whom it is explained to how the hub reads, what it looked at.
        return {**hub.bearer(Role.DEVELOPER), "hub-explain": "1"}
    if role == "officer elsewhere":
        return {**hub.bearer(Role.OFFICER, "dinkes"), "hub-purpose": "COMPLAINT_HANDLING"}
    return hub.bearer(Role.ANALYST) if role == "analyst" else {}


def literal(value: Any) -> str:
    """A filter as GraphQL writes it, in which codes of an enum are bare."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {literal(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(one if isinstance(one, str) else literal(one) for one in value) + "]"
    return json.dumps(value)


async def sent(hub: Running, asked: Asked, places: list[tuple[float, float]]) -> list[httpx2.Response]:
    """The answers, with that of a second page where there is one."""
    headers = {**headers_of(hub, asked.role), "x-request-id": "request-1"}
    given_filter = asked.filter(places)
    is_sorted = asked.order is not None and asked.way in ("near", "near and more", "both")
    if asked.what in FORMS:
        parameters = {"filter": literal(given_filter)}
        if is_sorted:
            parameters["orderBy"] = f"[{{distance: {asked.order}}}]"
        headers.pop("hub-explain", None)
        return [await hub.client.get(f"/export/complaints.{asked.what}", params=parameters, headers=headers)]
    variables: dict[str, Any] = {"f": given_filter, "from": asked.at(places)}
    if is_sorted:
        variables["by"] = [{"distance": asked.order}]
    replies = [await _posted(hub, asked.what, variables, headers)]
    lists = (replies[0].json().get("data") or {}).get("complaints") or {}
    if lists.get("pageInfo", {}).get("hasNextPage"):
        more = variables | {"after": lists["pageInfo"]["endCursor"]}
        replies.append(await _posted(hub, asked.what, more, headers))
    return replies


async def _posted(hub: Running, query: str, variables: dict[str, Any], headers: dict[str, str]) -> httpx2.Response:
    named = {name: value for name, value in variables.items() if f"${name}" in query}
    return await hub.client.post("/graphql", json={"query": query, "variables": named}, headers=headers)


async def compared(cities: Cities, asked: Asked) -> list[httpx2.Response]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resolvers.areas.nearby, "CANDIDATES_MAX", asked.candidates)
        true, changed = [await sent(hub, asked, cities.places) for hub in (cities.true, cities.changed)]
    for one, other in zip(true, changed, strict=True):
        told, retold = (_without_time(everything(reply)) for reply in (one, other))
        assert retold == told, f"{asked}: {first_difference(str(told), str(retold))}"
    return true


def _without_time(reply: tuple[int, list[tuple[str, str]], bytes]) -> object:
    """What was sent; the steps of a plan in an order that does not tell which of two at once was done first."""
    status, headers, content = reply
    content = MILLISECONDS.sub(b'"ms":0', content)
    if b'"steps":[' not in content:
        return status, headers, content
    body = json.loads(content)
    body["extensions"]["plan"]["steps"].sort(key=json.dumps)
    return status, [header for header in headers if header[0] != "content-length"], json.dumps(body)


async def test_no_question_finds_an_exact_place(cities: Cities) -> None:
    drawn: list[Asked] = []

    @settings(suppress_health_check=list(HealthCheck), phases=[Phase.generate], max_examples=EXAMPLES)
    @given(QUESTIONS)
    def draw(asked: Asked) -> None:
        drawn.append(asked)

    draw()
    statuses: Counter[int] = Counter()
    found = 0
    for asked in drawn:
        for reply in await compared(cities, asked):
            statuses[reply.status_code] += 1
            found += b"ANONYMOUS" in reply.content
    # Files that would be too dear are refused as a whole.
    assert set(statuses) <= {200, 400}
    assert statuses[200] > EXAMPLES // 2
    # Few questions may all be about other things; many are not.
    assert found > 0 or EXAMPLES < FEW
