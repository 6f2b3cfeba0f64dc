"""What questions cost against what they are charged: the dearest that the search has found, on the small city."""

from __future__ import annotations

import asyncio
import tracemalloc
from dataclasses import dataclass

import pytest

from tests.api.hub import Running
from tests.attacks.costs import (
    CASES,
    CPU_TIMES_MAX,
    HELD_MS_MAX,
    REPEATED_MIN,
    Line,
    bench,
)
from tests.attacks.stage import MeasuredLoop
from tests.small_city import small_city

TIMES_MAX = 3 * CPU_TIMES_MAX
"""A small city is asked in milliseconds, of which the hub's own tasks take some."""

WORST = (
    "areas > complaints near by distance",
    "areas > complaints filter near",
    "areas > complaints filter requestedAt gte",
    "areas > events filter endDate lte",
    "areas > markets filter area.complaints some",
    "complaints filter area.complaints some",
    "complaints filter category.complaints none counted",
    "complaints filter requestedAt isNull counted",
    "complaints filter urgency in",
    "complaints near by distance",
    "events filter endDate lte counted",
    "licenses filter status eq counted",
    "marketPrices > price",
    "marketPrices filter commodity.latestDay lt counted",
    "marketPrices filter commodityName isNull",
    "newsArticleGroups by: [ARTICLE_SECTION] datePublished",
    "areas > events by area.name",
    "commodities > prices by commodity.name",
    "complaintCategories > complaints by area.name",
    "complaintGroups by: [AREA], bucket: {field: REQUESTED_AT, unit: DAY}",
    "complaintGroups by: [CATEGORY] timeToResolution",
    "complaintGroups by timeToResolutionMedianHours",
)
QUICK = 16
"""So many of them take some milliseconds on a small city, and are repeated in the ordinary set too."""
GROWTH_KB_MAX = 256
"""Five times what was seen in thirty repetitions after ten: caches make room and fill again."""


def test_the_schema_has_all_of_them() -> None:
    assert [name for name in WORST if name not in CASES] == []


@dataclass(frozen=True, slots=True)
class Found:
    """The lines of the worst, and by how many kB each made the hub's process grow when it was repeated."""

    lines: list[Line]
    grown_kb: dict[str, float]


def traced_kb() -> float:
    """What all that Python has allocated takes, and not what the allocator keeps for later."""
    return tracemalloc.get_traced_memory()[0] / 1024


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory, everything: bool) -> Found:
    folder = tmp_path_factory.mktemp("costs")
    city = small_city(folder / "city")

    async def measured() -> Found:
        async with bench(city, folder) as made:
            lines = [await made.line(name, CASES[name].alone) for name in WORST]
            lines += [await made.line(f"{name} x20", CASES[name].aliased) for name in WORST[:4]]
            tracemalloc.start()
            try:
                names = WORST if everything else WORST[:QUICK]
                grown = {name: await made.growth(CASES[name].alone, REPEATED_MIN, traced_kb) for name in names}
            finally:
                tracemalloc.stop()
        return Found(lines, grown)

    with asyncio.Runner(loop_factory=MeasuredLoop) as runner:
        return runner.run(measured())


def test_no_unit_of_the_dearest_takes_ten_times_that_of_a_plain_list(found: Found) -> None:
    lines = found.lines
    assert {code for line in lines for code in line.cost.codes} <= {"NOT_SUPPORTED", "FORBIDDEN"}
    assert [line.row() for line in lines if line.times > TIMES_MAX or line.cost.held_ms > HELD_MS_MAX] == []


def test_memory_stays_flat_when_the_dearest_are_repeated(found: Found) -> None:
    assert {name: round(kb) for name, kb in found.grown_kb.items() if kb > GROWTH_KB_MAX} == {}


LOOKED = [
    ('complaints(filter: {area: {parentCode: {eq: "36.71.05"}}}) { totalCount }', 100 + 133),
    ("complaints { nodes { id } }", 0),
    ("complaints { totalCount }", 100),
    ("areas { totalCount }", 0),
    ('complaints(filter: {status: {eq: OPEN}}) { nodes { id } }', 133),
    ('complaints(filter: {status: {eq: OPEN}}) { totalCount nodes { id } }', 133 + 100 + 133),
    ('complaints(filter: {not: {requestedAt: {gte: "2026-01-01T00:00:00Z"}}}) { nodes { id } }', 500),
    ("complaints(filter: {urgency: {in: [RED]}}) { nodes { id } }", 1_333),
    ("complaints(filter: {isOverdue: {eq: true}}) { totalCount }", 100 + 1_333),
    ('areas { nodes { complaints(filter: {dueAt: {gte: "2026-01-01T00:00:00Z"}}) { nodes { id } } } }', 2_666),
    ("complaints(orderBy: [{requestedAt: DESC}]) { nodes { id } }", 200),
    ("complaints(orderBy: [{area: {name: ASC}}]) { nodes { id } }", 2_222),
    ("complaints(filter: {near: {position: {latitude: -6.2, longitude: 106.6}, meters: 5}}) { nodes { id } }", 133),
    ("complaints(filter: {history: {some: {}}}) { nodes { id } }", 833 + 133),
    ("hospitals(filter: {near: {position: {latitude: -6.2, longitude: 106.6}, meters: 5}}) { nodes { id } }", 0),
    ("complaintGroups(by: [STATUS]) { groups { count } }", 555),
    ("complaintGroups(by: [STATUS]) { groups { count timeToResolution { known } } }", 2 * 555 + 1_000),
    ("complaintGroups(by: [], orderBy: [{timeToResolutionMedianHours: ASC}]) { groups { count } }", 2 * 555 + 1_000),
    ("complaintGroups(by: [STATUS], having: {overdueCount: {gt: 1}}) { groups { count } }", 2 * 555),
    ("complaintGroups(by: [], bucket: {field: REQUESTED_AT, unit: DAY}) { groups { count } }", 800 + 50),
    ("areas { nodes { complaints { totalCount } } }", 400),
    ("areas { nodes { events(orderBy: [{area: {name: ASC}}]) { nodes { id } } } }", 400),
    ("areas { nodes { complaints(filter: {status: {eq: OPEN}}) { nodes { id } } } }", 266),
    ("markets { nodes { id } totalCount }", 2 * 600 + 50),
    ("marketPrices { nodes { market { id } } }", 400 + 600),
    ("citizenStatistics { total }", 2_857),
]  # fmt: skip


@pytest.mark.parametrize(("field", "looked"), LOOKED)
async def test_what_is_looked_at_is_charged(hub: Running, field: str, looked: int) -> None:
    answer = (await hub.ask(f"{{ {field} }}")).json()
    cost = answer["extensions"]["cost"]
    assert cost.get("looked", 0) == looked
    assert cost["units"] == cost["rows"] + 10 * cost["calls"] + looked
