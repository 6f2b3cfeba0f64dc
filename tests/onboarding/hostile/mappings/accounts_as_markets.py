"""Price Index: the finished mapping of the schema `accounts_as_markets`."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import amount, codes, local_date, number_key, text
from connectors.departments.city import TANGERANG
from connectors.mapping import Mapping, column
from connectors.sources import Source, Subject
from models.prices import Commodity, MarketPrice, PriceUnit

SOURCE = Source(name="accounts_as_markets", department="pdpasar", title="Price Index")

_commodities = sa.table(
    "commodities",
    sa.column("id", sa.Integer),
    sa.column("name", sa.String(40)),
    sa.column("unit", sa.String(10)),
)

_price_reports = sa.table(
    "price_reports",
    sa.column("id", sa.Integer),
    sa.column("commodity_id", sa.Integer),
    sa.column("reported_on", sa.Text),
    sa.column("price", sa.Integer),
)

_MARKET_PRICES_UNIT = {
    "kg": PriceUnit.KILOGRAM,
    "litre": PriceUnit.LITRE,
    "piece": PriceUnit.PIECE,
}

_market_prices_rows = (
    sa.select(
        _price_reports.c.id,
        _price_reports.c.commodity_id,
        _price_reports.c.reported_on,
        sa.cast(_price_reports.c.price, sa.String).label("price"),
        _commodities.c.name,
        _commodities.c.unit,
    )
    .select_from(sa.outerjoin(_price_reports, _commodities, _commodities.c.id == _price_reports.c.commodity_id))
    .subquery("t")
)

MARKET_PRICES = Mapping(
    record=MarketPrice,
    source=SOURCE.name,
    selectable=_market_prices_rows,
    columns={
        "id": column("id", decoder=number_key()),
        "day": column("reported_on", decoder=local_date("%Y-%m-%d"), sorts_as="id"),
        "commodity_id": column("commodity_id", decoder=number_key()),
        "commodity_name": column("name", decoder=text()),
        "unit": column("unit", decoder=codes(_MARKET_PRICES_UNIT)),
        "price": column("price", decoder=amount(TANGERANG.currency, "{}", digits_max=10)),
    },
    fresh_for=timedelta(hours=1),
    unique_key=True,
)

COMMODITIES = Mapping(
    record=Commodity,
    source=SOURCE.name,
    selectable=_commodities,
    columns={
        "id": column("id", decoder=number_key()),
        "name": column("name", decoder=text()),
        "unit": column("unit", decoder=codes(_MARKET_PRICES_UNIT)),
    },
    fresh_for=timedelta(hours=1),
    unique_key=True,
)


SUBJECT = Subject(SOURCE, (MARKET_PRICES, COMMODITIES))
