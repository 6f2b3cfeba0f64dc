"""A third city, made by `city new`: English only, wards and no villages, summer time, dollars, people by e-mail.

Its codes look like England's and say nothing about what lies in what. A register of people and prices are added by
hand, as a city does when it connects its next systems.
"""

from __future__ import annotations

import csv
import importlib
import re
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import city_sources
import cli
from api.identity.personas import personas_of
from api.pages.developers.saved_queries import saved_queries
from connectors.sources import CityPackage
from models.policy.viewer import Purpose, Role
from settings import ROOT
from tests.api.hub import SECRET, Running, codes_of, running
from tests.migrated import migrated

ZONE = ZoneInfo("America/Chicago")
WARDS = """code,name,parent,latitude,longitude
E07000178,Milltown,,,
E05000026,North Ward,E07000178,41.90,-87.65
W-12,"West Ward, Old Town",E07000178,41.88,-87.70
E05000027,South Ward,E07000178,41.80,-87.62
"""
WORDS = (
    "milltown", "--department", "works=Department of Public Works|DPW", "--department", "health=Department of Health",
    "--time-zone", "America/Chicago", "--currency", "USD", "--level", "City", "--level", "Ward", "--holiday",
    "2026-07-04",
)  # fmt: skip

PEOPLE = '''
"""The register of people of Milltown, by e-mail."""

from __future__ import annotations

import sqlalchemy as sa

from connectors.decoders import area_code, codes, person, text
from connectors.files.kind import Files
from connectors.files.tables import FileTable
from connectors.mapping import Mapping, column
from connectors.sources import Source, Subject
from milltown.city import CITY, DATA
from models.citizens import Citizen, Sex

SOURCE = Source("people", "health", "People", kind=Files((FileTable("people", "people.csv"),)), folder=DATA)
_NAMES = ("number", "name", "address", "ward", "sex")
_people = sa.table("people", *(sa.column(name, sa.String(100)) for name in _NAMES))

SUBJECT = Subject(SOURCE, (Mapping(Citizen, "people", _people, {
    "id": column("number", decoder=text()),
    "national_id": column("address", decoder=person(CITY.identity)),
    "full_name": column("name", decoder=text()),
    "sex": column("sex", decoder=codes({"F": Sex.FEMALE, "M": Sex.MALE})),
    "area_code": column("ward", decoder=area_code(CITY.area_code_shapes)),
}),))
'''
REGISTER = """number,name,address,ward,sex
1,Ann Example,RESIDENT1@EXAMPLE.ORG,W-12,F
2,Bob Example,resident2@example.org,E05000026,M
3,Nobody Known,not an address,E05000026,M
"""
PRICES = '''
"""Prices in the markets of Milltown, in dollars."""

from __future__ import annotations

import sqlalchemy as sa

from connectors.decoders import codes, local_date, money, text
from connectors.files.kind import Files
from connectors.files.tables import FileTable
from connectors.mapping import Mapping, column
from connectors.sources import Source, Subject
from milltown.city import CITY, DATA
from models.prices import Commodity, MarketPrice, PriceUnit

SOURCE = Source("prices", "health", "Prices", kind=Files((FileTable("prices", "prices.csv"),)), folder=DATA)
_NAMES = ("number", "day", "market", "goods", "unit", "price")
_UNIT = column("unit", decoder=codes({"kg": PriceUnit.KILOGRAM}))
_prices = sa.table("prices", *(sa.column(name, sa.String(40)) for name in _NAMES))
_goods = sa.select(_prices.c.goods, _prices.c.unit, sa.func.max(_prices.c.day).label("day"))
_goods = _goods.group_by(_prices.c.goods, _prices.c.unit).subquery("t")

SUBJECT = Subject(SOURCE, (
    Mapping(MarketPrice, "prices", _prices, {
        "id": column("number", decoder=text()),
        "day": column("day", decoder=local_date("%Y-%m-%d")),
        "market_name": column("market", decoder=text()),
        "commodity_id": column("goods", decoder=text()),
        "commodity_name": column("goods", decoder=text()),
        "unit": _UNIT,
        "price": column("price", decoder=money(CITY.currency)),
    }),
    Mapping(Commodity, "prices", _goods, {
        "id": column("goods", decoder=text()),
        "name": column("goods", decoder=text()),
        "unit": _UNIT,
        "latest_day": column("day", decoder=local_date("%Y-%m-%d")),
    }),
))
'''
ASKED = frozenset({
    "area-today", "open-by-area", "complaints-by-month", "quarter-compared", "overdue-complaints", "complaint-history",
    "who-owns-what", "market-prices", "price-of-goods", "people-by-area", "search",
})  # fmt: skip
"""The saved questions about what the city has connected."""


def city_new(patch: pytest.MonkeyPatch, *words: str) -> int:
    patch.setattr(sys, "argv", ["cli.py", "city", "new", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code if isinstance(ended.value.code, int) else 0


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CityPackage]:
    """The package as it is written, with two subjects more."""
    folder = tmp_path_factory.mktemp("new")
    (folder / "wards.csv").write_text(WARDS, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        assert city_new(patch, *WORDS, "--areas", str(folder / "wards.csv"), "--into", str(folder)) == 0
        made = folder / "milltown"
        yesterday = max(line["reported"] for line in lines_of(made, "complaints"))[:10]
        # People write the number of their library card into complaints: by it the city could know them too.
        facts = (made / "city.py").read_text(encoding="utf-8")
        facts = facts.replace("from pathlib", "import re\nfrom dataclasses import replace\nfrom pathlib")
        facts = facts.replace("identity=EMAIL", 'identity=replace(EMAIL, in_texts=re.compile(r"\\bM-[0-9]{4}\\b"))')
        (made / "city.py").write_text(facts, encoding="utf-8")
        written = (made / "data" / "complaints.csv").read_text(encoding="utf-8")
        (made / "data" / "complaints.csv").write_text(written.replace(": pothole.", ": pothole. M-1234"), "utf-8")
        (made / "people.py").write_text(PEOPLE, encoding="utf-8")
        (made / "prices.py").write_text(PRICES, encoding="utf-8")
        (made / "data" / "people.csv").write_text(REGISTER, encoding="utf-8")
        (made / "data" / "prices.csv").write_text(prices_of(yesterday), encoding="utf-8")
        registry = (made / "__init__.py").read_text(encoding="utf-8")
        registry = registry.replace("areas, complaints", "areas, complaints, people, prices")
        registry = registry.replace(
            "    complaints.SUBJECT,\n", "    complaints.SUBJECT,\n    people.SUBJECT,\n    prices.SUBJECT,\n"
        )
        (made / "__init__.py").write_text(registry, encoding="utf-8")
        forget()
        patch.syspath_prepend(str(folder))
        yield importlib.import_module("milltown").PACKAGE
    forget()


def forget() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "milltown"]:
        del sys.modules[name]


def prices_of(day: str) -> str:
    return f"number,day,market,goods,unit,price\n1,{day},Mill Street,Rice,kg,3.49\n2,{day},Old Town,Rice,kg,USD 4\n"


def lines_of(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def complaints(package: CityPackage) -> list[dict[str, str]]:
    folder = package.source("complaints").folder
    assert folder is not None
    return lines_of(folder.parent, "complaints")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return migrated(tmp_path_factory.mktemp("hub") / "hub.db")


@pytest.fixture(scope="module")
async def city(
    package: CityPackage, database: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Running]:
    environ = {
        "HUB_SECRET": SECRET, "HUB_CITY": "milltown", "HUB_DEADLINE_MS": "20000",
        "HUB_DATABASE_URL": f"sqlite:///{database.as_posix()}",
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(city_sources, "REPLICAS", tmp_path_factory.mktemp("replicas"))
        async with running(environ) as started:
            assert await started.hub.search.refresh() == []
            yield started


async def answer(city: Running, query: str, headers: dict[str, str] | None = None, **variables: Any) -> Any:
    body = (await city.ask(query, headers or {}, **variables)).json()
    assert "errors" not in body, body["errors"]
    return body["data"]


# --- It starts, and is asked its first questions ----------------------------------------------------------------------


async def test_the_saved_questions_are_answered(city: Running, package: CityPackage) -> None:
    saved = {
        one.name: one.text for one in saved_queries(package.city, city.hub.operations.services.records.reader.clock())
    }
    assert len(saved) == 20
    for name, text in saved.items():
        response = await city.ask(text)
        if name in ASKED:
            ((_, root),) = response.json()["data"].items()
            # No record of this city has the word that is searched for.
            assert (name, "errors" in response.json(), bool(root)) == (name, False, name != "search")
        else:
            assert (name, set(codes_of(response))) == (name, {"NOT_CONNECTED"})
        assert "36.71" not in text
        assert "+07:00" not in text
    page = (await city.client.get("/explorer/plain")).text
    assert set(re.findall(r'href="/explorer/plain\?saved=([a-z-]+)"', page)) == ASKED


async def test_the_personas_are_of_the_city(city: Running, package: CityPackage) -> None:
    people = {one.role: one for one in personas_of(package.city)}
    assert people[Role.CITIZEN].nik == "resident1@example.org"
    assert (people[Role.OFFICER].department, people[Role.OFFICER].name) == ("works", "officer of DPW")
    for one in people.values():
        purpose = {"hub-purpose": one.purpose.value} if one.purpose is not None else {}
        data = await answer(city, one.question, city.bearer(one.role, one.department, one.nik) | purpose)
        assert all(data.values())


async def test_what_it_wrote_about_itself_is_true_as_it_stands(package: CityPackage) -> None:
    facts = package.city
    assert (facts.code, facts.name, facts.currency, facts.time_zone) == ("E07000178", "Milltown", "USD", ZONE)
    assert [one.code for one in facts.departments] == ["works", "health"]
    assert facts.area_code_shapes == ("E########", "W-##")


# --- Areas ------------------------------------------------------------------------------------------------------------


async def test_wards_lie_in_the_city_as_the_list_has_it(city: Running, complaints: list[dict[str, str]]) -> None:
    data = await answer(city, """{ areas(orderBy: [{code: ASC}]) { nodes {
        code name level levelLabel levelName depth parent { code } complaints { totalCount } } } }""")  # fmt: skip
    many = Counter(line["area"] for line in complaints)
    ward = {
        "level": "DISTRICT",
        "levelLabel": "District",
        "levelName": "Ward",
        "depth": 1,
        "parent": {"code": "E07000178"},
    }
    assert data["areas"]["nodes"] == [
        {"code": "E05000026", "name": "North Ward", **ward, "complaints": {"totalCount": many["E05000026"]}},
        {"code": "E05000027", "name": "South Ward", **ward, "complaints": {"totalCount": many["E05000027"]}},
        {"code": "E07000178", "name": "Milltown", "level": "CITY", "levelLabel": "City", "levelName": "City",
         "depth": 0, "parent": None, "complaints": {"totalCount": len(complaints)}},
        {"code": "W-12", "name": "West Ward, Old Town", **ward, "complaints": {"totalCount": many["W-12"]}},
    ]  # fmt: skip


async def test_a_position_lies_in_a_ward(city: Running) -> None:
    query = "query ($lat: Float!, $lon: Float!) { areaAt(position: {latitude: $lat, longitude: $lon}) { code } }"
    assert (await answer(city, query, lat=41.879, lon=-87.699)) == {"areaAt": {"code": "W-12"}}
    assert (await answer(city, query, lat=-6.18, lon=106.63)) == {"areaAt": None}


async def test_complaints_roll_up_to_the_levels_that_there_are(city: Running, complaints: list[dict[str, str]]) -> None:
    query = """query ($level: AreaLevel!) {
        complaintGroups(by: [AREA], areaLevel: $level) { groups { key { areaCode } count } } }"""

    async def counts(level: str) -> dict[str, int]:
        groups = (await answer(city, query, level=level))["complaintGroups"]["groups"]
        return {group["key"]["areaCode"]: group["count"] for group in groups}

    assert await counts("DISTRICT") == Counter(line["area"] for line in complaints)
    assert await counts("CITY") == {"E07000178": len(complaints)}
    refused = (await city.ask(query, level="VILLAGE")).json()["errors"]
    assert [one["message"] for one in refused] == ["areaLevel must be a level that this city has: CITY, DISTRICT."]


# --- Time and money ---------------------------------------------------------------------------------------------------


async def test_times_are_those_of_the_clocks_on_the_wall(city: Running, complaints: list[dict[str, str]]) -> None:
    nodes = (await answer(city, "{ complaints(first: 100) { nodes { ticketNumber requestedAt } } }"))["complaints"][
        "nodes"
    ]
    expected = {
        line["number"]: datetime.strptime(line["reported"], "%Y-%m-%d %H:%M").replace(tzinfo=ZONE).isoformat()
        for line in complaints
    }
    assert {node["ticketNumber"]: node["requestedAt"] for node in nodes} == expected
    assert {moment[-6:] for moment in expected.values()} == {"-05:00", "-06:00"}, "summer and winter"


async def test_amounts_are_dollars_and_cents(city: Running, package: CityPackage) -> None:
    data = await answer(
        city, "{ marketPrices(orderBy: [{commodityName: ASC}]) { nodes { marketName price { amount currency } } } }"
    )
    assert {node["marketName"]: node["price"] for node in data["marketPrices"]["nodes"]} == {
        "Mill Street": {"amount": "3.49", "currency": "USD"}, "Old Town": {"amount": "4", "currency": "USD"},
    }  # fmt: skip
    page = (await city.client.get("/liveroom/panels/prices")).text
    # The mean of both, half a cent on the way to the even one.
    assert "$3.74" in page
    assert "Rp" not in page


# --- People by e-mail -------------------------------------------------------------------------------------------------


async def test_a_resident_is_known_by_e_mail(city: Running, complaints: list[dict[str, str]]) -> None:
    query = "{ me { nationalId fullName complaints { totalCount } } }"
    own = sum(line["reporter"] == "resident1@example.org" for line in complaints)
    assert await answer(city, query, city.bearer(Role.CITIZEN, nik="Resident1@Example.org")) == {
        "me": {"nationalId": "resident1@example.org", "fullName": "Ann Example", "complaints": {"totalCount": own}}
    }
    with pytest.raises(Exception, match=r"This is no possible e-mail address: like ann@example\.org\."):
        city.bearer(Role.CITIZEN, nik="3671014101459000")


async def test_reporters_are_for_the_office_that_handles_them(city: Running) -> None:
    query = '{ complaints(first: 1, filter: {departmentCode: {eq: "works"}}) { nodes { reporterNik } } }'
    officer = city.bearer(Role.OFFICER, "works") | {"hub-purpose": Purpose.COMPLAINT_HANDLING.value}
    ((node),) = (await answer(city, query, officer))["complaints"]["nodes"]
    assert node["reporterNik"].endswith("@example.org")
    assert codes_of(await city.ask(query)) == ["FORBIDDEN"]


async def test_what_people_are_known_by_is_covered_in_texts(city: Running, complaints: list[dict[str, str]]) -> None:
    query = '{ complaints(filter: {categoryCode: {eq: "ROAD"}}) { nodes { ticketNumber description } } }'
    texts = {line["number"]: line["text"] for line in complaints if line["category"] == "ROAD"}
    officer = city.bearer(Role.OFFICER, "works")

    async def told(headers: dict[str, str]) -> dict[str, str]:
        nodes = (await answer(city, query, headers))["complaints"]["nodes"]
        return {node["ticketNumber"]: node["description"] for node in nodes}

    assert await told(officer) == {number: text.replace("M-1234", "••••••") for number, text in texts.items()}
    own = {line["number"] for line in complaints if line["category"] == "ROAD" and line["department"] == "works"}
    opened = await told(officer | {"hub-purpose": Purpose.COMPLAINT_HANDLING.value})
    assert {number for number, text in opened.items() if text.endswith(" M-1234")} == own


# --- English only -----------------------------------------------------------------------------------------------------


async def test_nobody_is_spoken_to_in_another_language(city: Running) -> None:
    indonesian = {"accept-language": "id"}
    labels = await answer(city, '{ area(code: "W-12") { levelLabel } }', indonesian)
    assert labels == {"area": {"levelLabel": "District"}}
    refused = await city.ask('{ area(code: "a b") { name } }', indonesian)
    assert refused.json()["errors"][0]["message"].isascii()
    for path in ("/", "/explorer", "/liveroom", "/developers", "/areas/W-12", "/status", "/briefing", "/?lang=id"):
        page = await city.client.get(path, headers=indonesian)
        assert (path, page.status_code, '<html lang="en"' in page.text) == (path, 200, True)
        assert "Kecamatan" not in page.text
        assert 'class="languages"' not in page.text
        assert "set-cookie" not in page.headers or "simpul_language=id" not in page.headers["set-cookie"]


async def test_exports_say_everything_in_english_alone(city: Running) -> None:
    dictionary = (await city.client.get("/export/complaints.dictionary.json", headers={"accept-language": "id"})).json()
    assert dictionary["language"] == "en"
    words = [word for column in dictionary["columns"] for word in column["vocabulary"] or ()]
    assert words
    assert {frozenset(word) for word in words} == {frozenset({"value", "en", "description"})}


async def test_words_are_found_in_their_english_forms(city: Running) -> None:
    city_wards = await answer(city, '{ search(text: "wards", first: 5) { ... on Area { code } } }')
    assert {found["code"] for found in city_wards["search"]} == {"E05000026", "E05000027", "W-12"}


# --- The package on its own -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_its_own_test_is_green(tmp_path: Path) -> None:
    (tmp_path / "wards.csv").write_text(WARDS, encoding="utf-8")
    command = [sys.executable, str(ROOT / "cli.py"), "city", "new", *WORDS, "--areas", "wards.csv"]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=60)
    environ = {"PYTHONPATH": f"{tmp_path}:{ROOT}", "PATH": "/usr/bin:/bin"}
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "milltown"], cwd=tmp_path, env=environ, capture_output=True, text=True,
        check=False, timeout=180,
    )  # fmt: skip
    assert "14 passed" in tested.stdout, tested.stdout
