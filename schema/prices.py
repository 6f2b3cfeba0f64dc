"""Prices in the graph: what a commodity costs in a market on a day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry

from models import areas as area_records
from models import prices as records
from models.prices import PriceUnit
from schema.core.entity import Entity
from schema.core.fields import by_key, label_of, many, one, raw_of, search
from schema.core.money import MoneyAmount
from schema.core.relay import Connection

if TYPE_CHECKING:
    from schema.areas import Area


@strawberry.type(
    description=(
        "The price of one commodity in one market on one day (schema.org UnitPriceSpecification). `provenance.asOf` is "
        "the beginning of that day, so that prices of earlier days are not fresh."
    )
)
class MarketPrice(Entity, of=records.MarketPrice):
    day: date | None
    market_name: str | None
    market: Annotated[Market, strawberry.lazy("schema.prices")] | None = one(records.Market, "The market.")
    commodity_name: str | None
    commodity: Annotated[Commodity, strawberry.lazy("schema.prices")] | None = one(records.Commodity, "The commodity.")
    unit: PriceUnit
    unit_label: str = label_of("unit")
    unit_raw: str | None = raw_of("unit")
    price: MoneyAmount | None


@strawberry.type(description="Something that is sold in markets by one unit, so that its prices can be compared.")
class Commodity(Entity, of=records.Commodity):
    name: str | None
    unit: PriceUnit
    unit_label: str = label_of("unit")
    unit_raw: str | None = raw_of("unit")
    latest_day: date | None
    prices: Connection[MarketPrice] | None = many(records.MarketPrice, "Its prices in all markets and on all days.")


@strawberry.type(description="A market of the city, where prices are noted every day.")
class Market(Entity, of=records.Market):
    name: str | None
    area: Annotated[Area, strawberry.lazy("schema.areas")] | None = one(
        area_records.Area, "The district that it is in; approximate."
    )
    latest_day: date | None
    prices: Connection[MarketPrice] | None = many(records.MarketPrice, "What was sold in it, on all days.")


@strawberry.type
class PriceQuery:
    market_price: MarketPrice | None = by_key(records.MarketPrice, "One price, by its id.", "id")
    market_prices: Connection[MarketPrice] | None = search(
        records.MarketPrice, "All prices: of every commodity in every market on every day."
    )
    commodity: Commodity | None = by_key(records.Commodity, "One commodity, by its id.", "id")
    commodities: Connection[Commodity] | None = search(records.Commodity, "All commodities.")
    market: Market | None = by_key(records.Market, "One market, by its id or its name.", "id", "name")
    markets: Connection[Market] | None = search(records.Market, "The markets of the city.")
