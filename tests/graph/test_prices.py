"""Prices through the hub: the truth of every price, markets and commodities however they are written, and orders."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import pytest

from models.prices import Commodity, Market, MarketPrice
from models.records import PersonalClass
from models.sources.findings import FindingKind
from models.values.localized import Language
from models.values.types import Money
from resolvers.records import Columns, Read
from sample.city import CLOCK, SIZES
from sample.prices import source as prices
from sample.prices.source import PriceTruth
from sample.prices.texts import COMMODITIES, DISTRICTS, MARKETS
from schema.core.relay import GlobalId
from tests.graph.filters import plain
from tests.graph.harness import City, Urls, request_of

SMALL = SIZES["small"]
TRUTH = sorted((case.truth for case in prices.generate(SMALL)), key=lambda truth: truth.id)
DAYS = sorted({truth.day for truth in TRUTH})
DAY = DAYS[-1]
OF_DAY = [truth for truth in TRUTH if truth.day == DAY]

PRICE = "id day marketName market { name } commodityName commodity { name unit } unit price { amount currency }"


def shown(truth: PriceTruth) -> dict[str, Any]:
    """A price as the graph writes it."""
    market = truth.market_name
    return {
        "id": str(GlobalId("MarketPrice", truth.id)),
        "day": truth.day.isoformat(),
        "marketName": market,
        "market": {"name": market} if market else None,
        "commodityName": truth.commodity_name,
        "commodity": {"name": truth.commodity_name, "unit": truth.unit},
        "unit": truth.unit,
        "price": {"amount": str(truth.amount), "currency": "IDR"} if truth.amount is not None else None,
    }


async def all_of(shop: City, arguments: str, fields: str = "id") -> list[dict[str, Any]]:
    """All nodes of a list of prices, page by page."""
    query = f"""
    query ($after: String) {{
      marketPrices(first: 100, after: $after, {arguments}) {{
        totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {fields} }}
      }}
    }}
    """
    nodes: list[dict[str, Any]] = []
    after = None
    while True:
        answer = await shop(query, after=after)
        assert answer.errors == []
        page = answer.data["marketPrices"]
        nodes += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            assert page["totalCount"] == len(nodes)
            return nodes
        after = page["pageInfo"]["endCursor"]


def ids(truths: list[PriceTruth]) -> list[str]:
    return [str(GlobalId("MarketPrice", truth.id)) for truth in truths]


# --- Truth ------------------------------------------------------------------------------------------------------------


async def test_every_price_of_a_day_is_the_truth(shop: City) -> None:
    nodes = await all_of(shop, f'filter: {{day: {{eq: "{DAY}"}}}}', PRICE)
    assert nodes == [shown(truth) for truth in OF_DAY]
    assert len(nodes) == len(MARKETS) * len(COMMODITIES)


async def test_every_price_of_a_month_is_the_truth_below_the_graph(shop: City) -> None:
    names = ("id", "day", "market_name", "commodity_id", "commodity_name", "unit")
    read = Read(MarketPrice, Columns(joined=frozenset({*names, "price"})), rows_max=10_000)
    batch = await shop.records.read(request_of(), read)
    rows = list(zip(*(map(plain, batch.joining(name)) for name in names), strict=True))
    assert rows == [truth[:6] for truth in TRUTH]
    amounts = [int(one.amount) if isinstance(one, Money) else None for one in batch.joining("price")]
    assert amounts == [truth.amount for truth in TRUTH]
    assert batch.as_of == [datetime.fromisoformat(f"{truth.day}T00:00:00+07:00") for truth in TRUTH]


async def test_flaws_are_counted_where_a_value_is_lost(shop: City) -> None:
    shop.findings.clear()
    read = Read(MarketPrice, Columns(joined=frozenset({"price", "market_name", "unit"})), rows_max=10_000)
    await shop.records.read(request_of(), read)
    cells = Counter(case.legacy[2] for case in prices.generate(SMALL))
    strangers = sum(truth.market_name is None for truth in TRUTH)
    assert {(one.field, one.kind): one.count for one in shop.findings} == {
        ("price", FindingKind.UNDECODABLE): cells["habis"] + cells["11,000.00"],
        ("market_name", FindingKind.UNKNOWN_CODE): strangers,
        ("unit", FindingKind.UNKNOWN_CODE): len(TRUTH) * 2 // len(COMMODITIES),
    }
    assert min(cells["habis"], cells["11,000.00"], strangers) > 10


async def test_all_spellings_of_a_market_are_one_market(shop: City) -> None:
    written = {case.legacy[0] for case in prices.generate(SMALL) if case.truth.market_name == "Anyar"}
    assert written == {"Anyar", "Anyar ", "Pasar Anyar", "PASAR ANYAR"}
    answer = await shop(
        "{ markets(first: 100) { totalCount nodes { id name latestDay area { code } prices { totalCount } } } }"
    )
    assert answer.errors == []
    assert answer.statements == {"prices": 3, "areas": 1}
    counts = Counter(truth.market_name for truth in TRUTH)
    latest = {truth.market_name: truth.day.isoformat() for truth in sorted(TRUTH, key=lambda one: one.day)}
    assert answer.data["markets"]["nodes"] == [
        {
            "id": str(GlobalId("Market", name.upper())),
            "name": name,
            "latestDay": latest[name],
            "area": {"code": DISTRICTS[name]},
            "prices": {"totalCount": counts[name]},
        }
        for name in MARKETS
    ]


async def test_a_commodity_has_its_prices_however_it_is_written(shop: City) -> None:
    written = {case.legacy[1] for case in prices.generate(SMALL) if case.truth.commodity_name == "Beras I/A"}
    assert written == {"Beras I/A (kg)", "Beras I/A(kg)", "Beras I/A (kg) "}
    answer = await shop(
        "{ commodities(first: 100) { nodes { id name unit unitRaw latestDay prices { totalCount } } } }"
    )
    assert answer.errors == []
    units = {one.written: one for one in COMMODITIES}
    assert answer.data["commodities"]["nodes"] == [
        {
            "id": str(GlobalId("Commodity", key)),
            "name": units[key].name,
            "unit": units[key].unit,
            "unitRaw": key if units[key].unit == "UNKNOWN" else None,
            "latestDay": DAY.isoformat(),
            "prices": {"totalCount": len(DAYS) * len(MARKETS)},
        }
        for key in sorted(units)
    ]


async def test_the_day_whose_file_is_broken_has_no_prices(shop: City) -> None:
    broken = CLOCK.date() - timedelta(days=prices.BROKEN_DAYS_AGO)
    assert broken not in DAYS
    assert await all_of(shop, f'filter: {{day: {{eq: "{broken}"}}}}') == []


# --- Filters, orders and ways -----------------------------------------------------------------------------------------


async def test_filters_find_what_the_truth_has(shop: City) -> None:
    since = DAYS[-3]
    day = f'day: {{eq: "{DAY}"}}'
    cases = {
        f'{{{day}, marketName: {{eq: "Poris"}}}}': [one for one in OF_DAY if one.market_name == "Poris"],
        f'{{day: {{gte: "{since}"}}, commodityName: {{eq: "Gula Merah"}}}}': [
            one for one in TRUTH if one.day >= since and one.commodity_name == "Gula Merah"
        ],
        f'{{{day}, commodityName: {{contains: "beras"}}}}': [
            one for one in OF_DAY if "beras" in one.commodity_name.lower()
        ],
        f"{{{day}, unit: {{in: [LITRE, UNKNOWN]}}}}": [one for one in OF_DAY if one.unit in ("LITRE", "UNKNOWN")],
        "{marketName: {isNull: true}}": [one for one in TRUTH if one.market_name is None],
        f'{{{day}, not: {{marketName: {{in: ["Poris", "Anyar"]}}}}}}': [
            one for one in OF_DAY if one.market_name not in ("Poris", "Anyar")
        ],
    }
    for given, expected in cases.items():
        assert [node["id"] for node in await all_of(shop, f"filter: {given}")] == ids(expected), given
        assert expected, given


@pytest.mark.parametrize("way", ["ASC", "DESC"])
async def test_prices_sort_as_numbers_and_those_without_come_last(shop: City, way: str) -> None:
    arguments = f'filter: {{day: {{eq: "{DAY}"}}}}, orderBy: [{{price: {way}}}]'
    nodes = await all_of(shop, arguments, "price { amount }")
    sold = sorted((one.amount for one in OF_DAY if one.amount is not None), reverse=way == "DESC")
    missing = len(OF_DAY) - len(sold)
    assert missing > 0
    assert [int(node["price"]["amount"]) if node["price"] else None for node in nodes] == [*sold, *[None] * missing]


async def test_prices_are_grouped_by_market_commodity_and_weekday(shop: City) -> None:
    """What a record leads to is a key of its groups, with the record itself; the key of its source is not shown."""
    answer = await shop("""{ marketPriceGroups(by: [MARKET, COMMODITY, WEEKDAY], first: 1000) {
      groups { key { market { name } commodity { name } weekday weekdayLabel } count price { min { amount } } }
      groupsCount } }""")
    assert answer.errors == []
    expected: dict[tuple[str | None, str, str], list[int | None]] = {}
    for truth in TRUTH:
        key = (truth.market_name or None, truth.commodity_name, f"{truth.day:%A}".upper())
        expected.setdefault(key, []).append(truth.amount)
    found = answer.data["marketPriceGroups"]
    assert found["groupsCount"] == len(expected)
    for group in found["groups"]:
        key, market = group["key"], group["key"]["market"]
        amounts = expected[market and market["name"], key["commodity"]["name"], key["weekday"]]
        cheapest = min((amount for amount in amounts if amount is not None), default=None)
        shown_min = group["price"]["min"]
        assert (group["count"], shown_min and int(shown_min["amount"])) == (len(amounts), cheapest)
        assert key["weekdayLabel"] == key["weekday"].capitalize()


async def test_the_cheapest_markets_of_each_day_are_one_question(shop: City) -> None:
    name = TRUTH[0].commodity_name
    answer = await shop(
        """query ($name: String!) { marketPriceGroups(by: [MARKET], bucket: {field: DAY, unit: DAY}, topOfEach: 2,
          filter: {commodityName: {eq: $name}, market: {}}, orderBy: [{priceMin: ASC}], first: 1000) {
          groups { key { market { name } period { label } } price { min { amount } } } groupsCount isComplete } }""",
        name=name,
    )
    assert answer.errors == []
    expected: dict[str, list[tuple[int, str]]] = {}
    for truth in TRUTH:
        if truth.commodity_name == name and truth.market_name and truth.amount is not None:
            expected.setdefault(truth.day.isoformat(), []).append((truth.amount, truth.market_name))
    found = [
        (group["key"]["period"]["label"], int(group["price"]["min"]["amount"]))
        for group in answer.data["marketPriceGroups"]["groups"]
        if group["price"]["min"] is not None
    ]
    assert found == [(day, amount) for day in sorted(expected) for amount, _ in sorted(expected[day])[:2]]
    refused = await shop("{ marketPriceGroups(by: [MARKET], topOfEach: 2) { groupsCount } }")
    assert [(error.code, error.path) for error in refused.errors] == [("BAD_INPUT", ("marketPriceGroups",))]


async def test_the_newest_day_comes_first(shop: City) -> None:
    given = 'filter: {commodityName: {eq: "Kangkung"}}, orderBy: [{day: DESC}]'
    answer = await shop(f"{{ marketPrices(first: 100, {given}) {{ nodes {{ day }} }} }}")
    expected = sorted((one.day.isoformat() for one in TRUTH if one.commodity_name == "Kangkung"), reverse=True)[:100]
    assert [node["day"] for node in answer.data["marketPrices"]["nodes"]] == expected


async def test_a_market_and_a_commodity_lead_to_their_prices_of_a_day(shop: City) -> None:
    query = """
    query ($day: Date!, $of: ID!) {
      market(name: "Malabar") {
        prices(first: 3, filter: {day: {eq: $day}}, orderBy: [{price: ASC}]) { nodes { price { amount } } }
      }
      commodity(id: $of) { prices(first: 100, filter: {day: {eq: $day}}) { nodes { marketName } } }
    }
    """
    name = "Minyak Goreng Bimoli Botol"
    answer = await shop(query, day=DAY.isoformat(), of=str(GlobalId("Commodity", f"{name} (liter)")))
    assert answer.errors == []
    cheapest = sorted(one.amount for one in OF_DAY if one.market_name == "Malabar" and one.amount is not None)[:3]
    assert [int(node["price"]["amount"]) for node in answer.data["market"]["prices"]["nodes"]] == cheapest
    names = [one.market_name for one in OF_DAY if one.commodity_name == name]
    assert [node["marketName"] for node in answer.data["commodity"]["prices"]["nodes"]] == names


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("{ markets(first: 9) { nodes { prices(first: 1) { nodes { day } } } } }", "harga_pasar"),
        ("{ commodities(first: 9) { nodes { prices(first: 1) { nodes { day } } } } }", "harga_komoditas"),
        (f'{{ marketPrices(first: 1, filter: {{day: {{eq: "{DAY}"}}}}) {{ nodes {{ day }} }} }}', "harga_tanggal"),
    ],
)
async def test_prices_are_found_by_an_index_of_the_copy(shop: City, shop_urls: Urls, query: str, index: str) -> None:
    await shop(query)
    asked = next(text for source, text in reversed(shop.statements) if source == "prices")
    with closing(sqlite3.connect(shop_urls["prices"].removeprefix("sqlite:///"))) as connection:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {asked}", [None] * asked.count("?"))]
    assert {step for step in plan if "harga" in step} == {f"SEARCH harga USING INDEX {index} ({index[6:]}=?)"}


async def test_markets_of_an_area_are_those_in_and_below_it(shop: City) -> None:
    answer = await shop(
        "{ areas(first: 100, filter: {level: {in: [CITY, DISTRICT]}}) { nodes { code markets { nodes { name } } } } }"
    )
    assert answer.errors == []
    assert answer.statements == {"areas": 1, "prices": 1}
    found = {node["code"]: [one["name"] for one in node["markets"]["nodes"]] for node in answer.data["areas"]["nodes"]}
    assert found["36.71"] == list(MARKETS)
    assert {code: names for code, names in found.items() if names and code != "36.71"} == {
        code: [name for name in MARKETS if DISTRICTS[name] == code] for code in set(DISTRICTS.values())
    }


@pytest.mark.parametrize(("days", "freshness"), [(1, "FRESH"), (2, "FRESH"), (3, "STALE")])
async def test_a_price_is_as_old_as_its_day(shop: City, days: int, freshness: str) -> None:
    day = CLOCK.date() - timedelta(days=days)
    answer = await shop(
        "query ($day: Date!) { marketPrices(first: 1, filter: {day: {eq: $day}}) { nodes { provenance {"
        " asOf freshness department { code name } } } } }",
        day=day.isoformat(), now=CLOCK,
    )  # fmt: skip
    (node,) = answer.data["marketPrices"]["nodes"]
    assert node["provenance"] == {
        "asOf": f"{day}T00:00:00+07:00",
        "freshness": freshness,
        "department": {"code": "pdpasar", "name": "Perumda Pasar Kota Tangerang"},
    }


async def test_units_in_the_words_of_the_request(shop: City) -> None:
    query = '{ commodities(first: 100, filter: {name: {in: ["Kangkung", "Ayam Kampung"]}}) { nodes { unitLabel } } }'
    answer = await shop(query, language=Language.ID)
    assert [node["unitLabel"] for node in answer.data["commodities"]["nodes"]] == ["Ekor", "Ikat"]


def test_nothing_is_personal() -> None:
    for record in (MarketPrice, Commodity, Market):
        assert {field.personal for field in record.fields.values()} == {PersonalClass.NON_PERSONAL}
