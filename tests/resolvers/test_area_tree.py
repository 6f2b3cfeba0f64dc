"""The tree of areas is read once, refreshed in time, and kept when its source is down."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from connectors.catalog import Catalog
from connectors.criteria import CountCriteria, Criteria, GroupCriteria
from connectors.departments import PACKAGE
from connectors.indexes import Indexes
from connectors.mapping import Mapping
from connectors.protocol import Call, Capabilities, RawGroups, Rows, SourceUnreachable
from models.batch import SourceState
from models.errors import DepartmentUnavailable
from models.values.types import AreaCode, BpsCode, Position
from resolvers.areas.tree import REFRESH_AFTER, RETRY_AFTER
from tests.graph.harness import City, request_of

START = datetime(2026, 11, 20, tzinfo=UTC)
CODES = ("36.71", "36.71.05", "3671051001", "36.71.05.1002", "36.71.06", "36.71.07.1001", "broken", "36.71.05.1003")

PARENTS = {
    "36.71": "36",
    "36.71.05": "36.71",
    "3671051001": "36.71.05",
    "36.71.05.1002": "36.71.05",
    "36.71.06": "36.71",
    "36.71.07.1001": "36.71",
    "36.71.05.1003": "367105",
}
"""Each is in the area that the table names, whatever its code looks like: one village lies right in the city."""

BPS_CODES = {
    "36.71": "3671",
    "36.71.05": "3671061",
    "3671051001": "3671061001",
    "36.71.05.1003": "36.71.05",
    "36.71.06": "3671051",
    "broken": "3671999",
}
"""The second village has none, the third an official code in its place; those of two districts are crossed."""


class Register:
    """A source of areas in memory, which can be down, and slow."""

    is_local = False

    def __init__(self) -> None:
        self.capabilities = Capabilities()
        self.codes = list(CODES)
        self.parents = dict(PARENTS)
        self.reads = 0
        self.down = False

    async def probe(self) -> Capabilities:
        return self.capabilities

    async def read(self, mapping: Mapping, criteria: Criteria, call: Call) -> Rows:
        self.reads += 1
        await asyncio.sleep(0)
        if self.down:
            raise SourceUnreachable("down")
        levels = {5: "KOTA", 8: "KEC"}
        columns: dict[str, list[object]] = {
            "kd_wilayah": list(self.codes),
            "jns_wilayah": [levels.get(len(code), "KEL") for code in self.codes],
            "kd_induk": [self.parents.get(code, "-") for code in self.codes],
            "lat": [f"-6.1{place}" for place in range(len(self.codes))],
            "lng": ["106.6" if place != 3 else "-" for place in range(len(self.codes))],
            "kd_bps": [BPS_CODES.get(code, "-") for code in self.codes],
            "id_wilayah": list(range(len(self.codes))),
        }
        return Rows(len(self.codes), columns, [(place,) for place in range(len(self.codes))], ())

    async def count(self, mapping: Mapping, criteria: CountCriteria, call: Call) -> list[int]:
        raise NotImplementedError

    async def groups(self, mapping: Mapping, criteria: GroupCriteria, call: Call) -> RawGroups:
        raise NotImplementedError

    async def columns_of(self, mapping: Mapping) -> dict[str, str] | None:
        raise NotImplementedError

    async def indexes_of(self, mapping: Mapping) -> Indexes:
        raise NotImplementedError

    async def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
def city(register: Register) -> City:
    made = City(Catalog(PACKAGE, {"areas": register}))
    made.now = START
    return made


async def within(city: City, code: str) -> list[str]:
    return [str(one) for one in await city.relations.areas.within(request_of(), AreaCode(code))]


async def test_an_area_is_itself_and_all_below(city: City) -> None:
    assert await within(city, "36.71") == [
        "36.71", "36.71.05", "36.71.05.1001", "36.71.05.1002", "36.71.05.1003", "36.71.06", "36.71.07.1001",
    ]  # fmt: skip
    assert await within(city, "36.71.05") == ["36.71.05", "36.71.05.1001", "36.71.05.1002", "36.71.05.1003"]
    assert await within(city, "36.71.05.1002") == ["36.71.05.1002"]
    assert await within(city, "36.71.06") == ["36.71.06"]


async def test_areas_lie_where_the_table_says_and_not_where_their_code_does(city: City, register: Register) -> None:
    register.parents |= {"36.71.05.1002": "36.71.06", "36.71.05": "36.71.06", "36.71.06": "36.71.05"}
    assert await within(city, "36.71") == ["36.71", "36.71.07.1001"]
    # Two that lie in each other, as tables may say.
    both = ["36.71.05", "36.71.05.1001", "36.71.05.1002", "36.71.05.1003", "36.71.06"]
    assert await within(city, "36.71.05") == await within(city, "36.71.06") == both
    codes = [AreaCode("36.71.05.1002"), AreaCode("36.71"), "nowhere"]
    assert await city.relations.areas.around(request_of(), codes) == [("36.71.06", "36.71.05"), (), ()]


async def within_bps(city: City, code: str) -> list[str]:
    return [str(one) for one in await city.relations.areas.within(request_of(), BpsCode(code))]


async def test_by_a_code_of_the_statistics_office_an_area_is_all_such_codes_in_it(city: City) -> None:
    assert await within_bps(city, "3671") == ["3671", "3671051", "3671061", "3671061001"]
    assert await within_bps(city, "3671061") == ["3671061", "3671061001"]
    assert await within_bps(city, "3671061001") == ["3671061001"]
    assert await within_bps(city, "3671051") == ["3671051"]


async def test_a_code_of_the_statistics_office_that_nobody_has_is_itself(city: City) -> None:
    assert await within_bps(city, "3671999") == ["3671999"]
    assert await within_bps(city, "3671051001") == ["3671051001"]


async def test_two_areas_that_claim_one_code_have_both_their_areas(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BPS_CODES, "36.71.06", "3671061")
    monkeypatch.setitem(BPS_CODES, "36.71.07.1001", "3671061007")
    assert await within_bps(city, "3671061") == ["3671061", "3671061001"]
    monkeypatch.setitem(BPS_CODES, "36.71", "3671061")
    city.now += REFRESH_AFTER * 2
    assert await within_bps(city, "3671061") == ["3671061", "3671061001", "3671061007"]


async def test_an_area_that_nobody_knows_is_itself(city: City) -> None:
    assert await within(city, "36.71.99") == ["36.71.99"]
    assert await within(city, "36.71.07") == ["36.71.07"]


async def test_the_nearest_of_the_smallest_areas_has_a_known_place(city: City) -> None:
    tree = city.relations.areas
    assert await tree.nearest(request_of(), Position(-6.12, 106.6)) == "36.71.05.1001"
    assert await tree.nearest(request_of(), Position(-6.13, 106.6)) in ("36.71.05.1001", "36.71.06")
    assert await tree.nearest(request_of(), Position(-6.2, 106.6)) == "36.71.05.1003"


async def test_a_city_that_is_not_divided_is_near_to_nothing(city: City, register: Register) -> None:
    register.codes = ["36.71"]
    assert await city.relations.areas.nearest(request_of(), Position(-6.12, 106.6)) is None


async def test_the_tree_is_read_once_by_all_who_wait_for_it(city: City, register: Register) -> None:
    answers = await asyncio.gather(*(within(city, "36.71.05") for _ in range(20)))
    assert len({tuple(answer) for answer in answers}) == 1
    assert register.reads == 1


async def test_the_tree_is_read_again_when_it_is_old(city: City, register: Register) -> None:
    await within(city, "36.71")
    register.codes.append("36.71.05.1004")
    register.parents["36.71.05.1004"] = "36.71.05"
    city.now = START + REFRESH_AFTER
    assert "36.71.05.1004" not in await within(city, "36.71.05")
    assert register.reads == 1
    city.now += timedelta(microseconds=1)
    assert "36.71.05.1004" in await within(city, "36.71.05")
    assert register.reads == 2


async def test_an_old_tree_is_better_than_none(city: City, register: Register) -> None:
    expected = await within(city, "36.71.05")
    register.down = True
    city.now = START + REFRESH_AFTER * 2
    request = request_of()
    assert [str(one) for one in await city.relations.areas.within(request, AreaCode("36.71.05"))] == expected
    assert request.report.lines["areas"].state is SourceState.UNAVAILABLE
    # A read whose connection is lost is sent once more.
    assert register.reads == 3


async def test_a_source_that_is_down_is_not_asked_all_the_time(city: City, register: Register) -> None:
    await within(city, "36.71")
    register.down = True
    city.now = START + REFRESH_AFTER * 2
    for _ in range(5):
        await within(city, "36.71")
    assert register.reads == 3
    city.now += RETRY_AFTER
    await within(city, "36.71")
    assert register.reads == 5
    register.down = False
    register.codes.append("36.71.05.1004")
    register.parents["36.71.05.1004"] = "36.71.05"
    city.now += RETRY_AFTER
    assert "36.71.05.1004" in await within(city, "36.71.05")
    assert register.reads == 6


async def test_without_any_tree_the_error_of_the_source_is_told(city: City, register: Register) -> None:
    register.down = True
    with pytest.raises(DepartmentUnavailable) as caught:
        await within(city, "36.71")
    assert str(caught.value) == "Data wilayah (Bagpem) cannot be reached at the moment. Try again later."
    register.down = False
    assert await within(city, "36.71.06") == ["36.71.06"]


async def test_areas_that_are_down_fail_what_needs_them_and_nothing_else(city: City, register: Register) -> None:
    register.down = True
    answer = await city('{ area(code: "36.71") { name } departments { code } }')
    assert answer.codes == [("DEPARTMENT_UNAVAILABLE", "area")]
    assert answer.data["area"] is None
    assert len(answer.data["departments"]) == 14
