"""Measures: sums, averages, medians and percentiles are what DuckDB finds in the truth, in numbers and in money."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from statistics import median
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

import resolvers.records
from connectors.departments import prices as departments
from models.values.measures import GroupValues, Statistic, merged
from sample.city import SIZES
from sample.prices import source as prices
from tests.graph.copies import copied
from tests.graph.harness import City, Urls, opened
from tests.graph.shops import price_rows

SMALL = SIZES["small"]
TRUTH = [case.truth for case in prices.generate(SMALL)]
CENT = Decimal("0.01")

FIGURES = (
    "known min { amount } max { amount } sum { amount } average { amount currency } median { amount } p90 { amount }"
)


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Urls]:
    with copied(tmp_path_factory.mktemp("measures"), departments.SUBJECT, price_rows(SMALL)) as found:
        yield found


@pytest.fixture(scope="module")
async def shop(urls: Urls) -> AsyncIterator[City]:
    async with opened(urls) as opening:
        yield opening


def expected() -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """By market and month: known, min, max, sum, average, median, and the value at the rank of 90 percent."""
    connection = duckdb.connect()
    connection.execute("CREATE TABLE prices (market VARCHAR, month VARCHAR, price DECIMAL(18, 2))")
    connection.execute(
        "INSERT INTO prices SELECT unnest($1), unnest($2), unnest($3)",
        [
            [truth.market_name for truth in TRUTH],
            [truth.day.strftime("%Y-%m") for truth in TRUTH],
            [None if truth.amount is None else Decimal(truth.amount) for truth in TRUTH],
        ],
    )
    found = connection.execute(
        """
        WITH ranked AS (
            SELECT *, row_number() OVER (PARTITION BY market, month ORDER BY price NULLS LAST) AS place,
                   count(price) OVER (PARTITION BY market, month) AS known
            FROM prices)
        SELECT market, month, count(price), min(price), max(price), sum(price), avg(price), median(price),
               min(price) FILTER (WHERE place >= ceil(known * 0.9))
        FROM ranked GROUP BY market, month
        """
    ).fetchall()
    return {(row[0], row[1]): tuple(row[2:]) for row in found}


async def test_prices_by_market_and_month_are_those_of_the_truth(shop: City) -> None:
    answer = await shop(
        "{ marketPriceGroups(by: [MARKET_NAME], bucket: {field: DAY, unit: MONTH}, first: 1000) "
        f"{{ groups {{ key {{ marketName period {{ label }} }} price {{ {FIGURES} }} }} }} }}"
    )
    assert answer.errors == []
    shown = {}
    for group in answer.data["marketPriceGroups"]["groups"]:
        price = group["price"]
        assert price["average"]["currency"] == "IDR"
        figures = [price[name]["amount"] for name in ("min", "max", "sum", "average", "median", "p90")]
        shown[group["key"]["marketName"], group["key"]["period"]["label"]] = (price["known"], *map(Decimal, figures))
    truth = {
        key: (row[0], *(Decimal(str(value)).quantize(CENT) for value in row[1:])) for key, row in expected().items()
    }
    assert len(truth) > 6
    assert {key: (row[0], *(value.quantize(CENT) for value in row[1:])) for key, row in shown.items()} == truth


async def test_the_first_and_the_last_day_are_those_of_the_truth(shop: City) -> None:
    """One statement for each field that is measured; days come as days."""
    answer = await shop(
        "{ marketPriceGroups(by: [MARKET_NAME], bucket: {field: DAY, unit: MONTH}, first: 1000) { groups { "
        "key { marketName period { label } } day { known min max } price { known } } "
        "totals { day { known min max } } } }"
    )
    assert answer.errors == []
    assert list(answer.statements.values()) == [2]
    days: dict[tuple[str | None, str], list[str]] = {}
    for truth in TRUTH:
        days.setdefault((truth.market_name, truth.day.strftime("%Y-%m")), []).append(truth.day.isoformat())
    found = answer.data["marketPriceGroups"]
    assert {
        (group["key"]["marketName"], group["key"]["period"]["label"]): group["day"] for group in found["groups"]
    } == {key: {"known": len(own), "min": min(own), "max": max(own)} for key, own in days.items()}
    every = [day for own in days.values() for day in own]
    assert found["totals"]["day"] == {"known": len(every), "min": min(every), "max": max(every)}


async def test_groups_are_sorted_and_had_by_what_is_measured(shop: City) -> None:
    answer = await shop(
        """
        { all: marketPriceGroups(by: [MARKET_NAME]) { groups { key { marketName } price { average { amount } } } }
          some: marketPriceGroups(
            by: [MARKET_NAME], orderBy: [{priceAverage: DESC}], having: {priceAverage: {gt: 30000}}, first: 2
          ) { groups { key { marketName } price { average { amount } } } } }
        """
    )
    everything, some = (answer.data[name]["groups"] for name in ("all", "some"))
    ranked = sorted(everything, key=lambda one: -Decimal(one["price"]["average"]["amount"]))
    assert some == [one for one in ranked if Decimal(one["price"]["average"]["amount"]) > 30_000][:2]


async def test_medians_of_too_many_values_are_refused_and_a_filter_helps(
    shop: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A median holds one group for each value that its source knows, and so is bounded by their number."""
    last = max(truth.day for truth in TRUTH)
    own = [truth for truth in TRUTH if truth.day == last]
    # A day has no more prices than rows, and all days together have many more.
    monkeypatch.setattr(resolvers.records, "RAW_GROUPS_MAX", len(own))
    query = (
        "query ($f: MarketPriceFilter) { marketPriceGroups(filter: $f) { totals { count "
        "price { known median { amount } p90 { amount } } } } }"
    )
    refused = await shop(query)
    assert refused.codes == [("TOO_EXPENSIVE", "marketPriceGroups")]
    assert refused.data["marketPriceGroups"] is None

    known = sorted(Decimal(truth.amount) for truth in own if truth.amount is not None)
    answer = await shop(query, f={"day": {"eq": last.isoformat()}})
    assert answer.errors == []
    totals = answer.data["marketPriceGroups"]["totals"]
    assert (totals["count"], totals["price"]["known"]) == (len(own), len(known))
    assert Decimal(totals["price"]["median"]["amount"]) == median(known)
    assert Decimal(totals["price"]["p90"]["amount"]) == known[-(-len(known) * 9 // 10) - 1]


async def test_beds_are_the_sum_of_their_pages(shop: City) -> None:
    """Two fields are two statements, so that their values do not multiply; totals are of all groups."""
    rows = (await shop("{ hospitals(first: 100) { nodes { beds { careClass capacity available } } } }")).data
    beds = [bed for hospital in rows["hospitals"]["nodes"] for bed in hospital["beds"]]
    answer = await shop(
        "{ bedAvailabilityGroups(by: [CARE_CLASS]) { groups { key { careClass } count capacity { sum } "
        "available { sum known } } totals { count capacity { sum } } provenance { asOf freshness } } }"
    )
    found = answer.data["bedAvailabilityGroups"]
    assert answer.statements == {"hospitals": 2}
    assert found["totals"]["capacity"]["sum"] == sum(bed["capacity"] or 0 for bed in beds) > 0
    assert found["totals"]["count"] == len(beds)
    for group in found["groups"]:
        own = [bed for bed in beds if bed["careClass"] == group["key"]["careClass"]]
        known = [bed["available"] for bed in own if bed["available"] is not None]
        assert (group["count"], group["available"]["known"]) == (len(own), len(known))
        assert group["available"]["sum"] == (sum(known) if known else None)


@given(values=st.lists(st.integers(-1_000, 1_000), min_size=1, max_size=40), split=st.integers(0, 40))
def test_figures_do_not_depend_on_how_rows_were_grouped_before(values: list[int], split: int) -> None:
    def tally(part: list[int]) -> GroupValues:
        made = GroupValues(len(part))
        for value in part:
            made.add("n", value, 1)
        return made

    whole, parts = tally(values), merged([tally(values[:split]), tally(values[split:])])
    for statistic in Statistic:
        assert whole.statistic("n", statistic) == parts.statistic("n", statistic)
    ranked = sorted(values)
    assert whole.statistic("n", Statistic.P90) == ranked[-(-len(values) * 9 // 10) - 1]
    assert whole.distinct("n") == len(set(values))
