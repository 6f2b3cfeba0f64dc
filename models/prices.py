"""Prices: what a commodity costs in a market on a day (schema.org UnitPriceSpecification)."""

from __future__ import annotations

from datetime import date

from models.records import Record, field, to_many, to_one
from models.values.types import AreaCode, Money
from models.values.vocabulary import Vocabulary


class PriceUnit(Vocabulary):
    """What a price is for (schema.org: unitCode; the codes are those of UN/CEFACT Recommendation 20 and 21)."""

    KILOGRAM = "KILOGRAM", "Kilogram", "Kilogram", "One kilogram (KGM)"
    LITRE = "LITRE", "Liter", "Litre", "One litre (LTR)"
    PIECE = "PIECE", "Butir atau buah", "Piece", "One piece (H87)"
    HEAD = "HEAD", "Ekor", "Head", "One animal (HEA)"
    BUNCH = "BUNCH", "Ikat", "Bunch", "One bunch (BH)"
    BOTTLE = "BOTTLE", "Botol", "Bottle", "One bottle (BO)"
    TIN = "TIN", "Kaleng", "Tin", "One tin (TN)"
    PACKET = "PACKET", "Bungkus", "Packet", "One packet (PA)"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source says something that the hub does not know"


class MarketPrice(Record, name="market_prices", rows=500_000, rows_behind=200_000):
    """The price of one commodity in one market on one day (schema.org UnitPriceSpecification)."""

    id: str = field("The key of the price: that of its day, its market and its commodity")
    day: date | None = field("The day that the price is of (schema.org: validFrom)", filter=True, sort=True, group=True)
    market_id: str | None = field("The key of the market", group=True)
    market_name: str | None = field("The name of the market", filter=True, group=True)
    commodity_id: str | None = field("The key of the commodity", group=True)
    commodity_name: str | None = field("The name of the commodity, without its unit", filter=True, sort=True)
    unit: PriceUnit = field("What the price is for", filter=True, group=True)
    price: Money | None = field(
        "The price of one unit; null where it was not on sale that day", sort=True, measure=True
    )

    market = to_one("markets", on={"market_id": "id"})
    commodity = to_one("commodities", on={"commodity_id": "id"})


class Commodity(Record, name="commodities", rows=100_000, rows_behind=300_000):
    """Something that is sold in markets by one unit, so that its prices can be compared."""

    id: str = field("The key of the commodity: its name with its unit")
    name: str | None = field("The name of the commodity, without its unit", filter=True, sort=True)
    unit: PriceUnit = field("What its price is for", filter=True, group=True)
    latest_day: date | None = field("The last day that it was listed on", filter=True, sort=True)

    prices = to_many("market_prices", on={"id": "commodity_id"})


class Market(Record, name="markets", rows=100_000, rows_behind=300_000):
    """A market of the city, where prices are noted every day."""

    id: str = field("The key of the market")
    name: str | None = field("The name of the market", filter=True, sort=True)
    area_code: AreaCode | None = field("The code of the district that it is in; approximate", filter=True, group=True)
    latest_day: date | None = field("The last day of which there are prices", filter=True, sort=True)

    area = to_one("areas", on={"area_code": "code"})
    prices = to_many("market_prices", on={"id": "market_id"})
