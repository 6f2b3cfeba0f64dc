"""Harga Pasar: the finished mapping of the schema `price_pivot`."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import amount, area_code, local_date, number_key, text
from connectors.departments.city import TANGERANG
from connectors.mapping import Mapping, column, constant
from connectors.sources import Source, Subject
from models.prices import Commodity, Market, MarketPrice

SOURCE = Source(name="price_pivot", department="pdpasar", title="Harga Pasar")

_pasar = sa.table(
    "m_pasar",
    sa.column("id_pasar", sa.Integer),
    sa.column("nm_pasar", sa.String(40)),
    sa.column("kd_kec", sa.String(8)),
)

_harga = sa.table(
    "tb_harga",
    sa.column("id", sa.Integer),
    sa.column("tanggal", sa.String(10)),
    sa.column("id_pasar", sa.Integer),
    sa.column("beras", sa.Integer),
    sa.column("gula_pasir", sa.Integer),
    sa.column("minyak_goreng", sa.Integer),
    sa.column("telur_ayam", sa.Integer),
)

_harga_rows = sa.union_all(
    sa.select(
        _harga.c.id,
        _harga.c.tanggal,
        _harga.c.id_pasar,
        constant("beras").label("commodity_name"),
        _harga.c.beras.label("price"),
    ),
    sa.select(
        _harga.c.id,
        _harga.c.tanggal,
        _harga.c.id_pasar,
        constant("gula_pasir").label("commodity_name"),
        _harga.c.gula_pasir.label("price"),
    ),
    sa.select(
        _harga.c.id,
        _harga.c.tanggal,
        _harga.c.id_pasar,
        constant("minyak_goreng").label("commodity_name"),
        _harga.c.minyak_goreng.label("price"),
    ),
    sa.select(
        _harga.c.id,
        _harga.c.tanggal,
        _harga.c.id_pasar,
        constant("telur_ayam").label("commodity_name"),
        _harga.c.telur_ayam.label("price"),
    ),
).subquery("harga_rows")

_harga_rows_commodity_name = (
    sa.select(
        _harga_rows.c.commodity_name.label("code"),
        _harga_rows.c.commodity_name.label("name"),
    )
    .where(_harga_rows.c.commodity_name.is_not(None))
    .distinct()
    .subquery("harga_rows_commodity_name")
)

_market_prices_rows = (
    sa.select(
        sa.cast(_harga_rows.c.id, sa.String)
        .concat("-")
        .concat(sa.cast(_harga_rows.c.commodity_name, sa.String))
        .label("row_key"),
        _harga_rows.c.tanggal,
        _harga_rows.c.id_pasar,
        _harga_rows.c.commodity_name,
        sa.cast(_harga_rows.c.price, sa.String).label("price"),
        _pasar.c.nm_pasar,
    )
    .select_from(sa.outerjoin(_harga_rows, _pasar, _pasar.c.id_pasar == _harga_rows.c.id_pasar))
    .subquery("t")
)

MARKET_PRICES = Mapping(
    record=MarketPrice,
    source=SOURCE.name,
    selectable=_market_prices_rows,
    columns={
        "id": column("row_key", decoder=text()),
        "day": column("tanggal", decoder=local_date("%Y-%m-%d")),
        "market_id": column("id_pasar", decoder=number_key()),
        "market_name": column("nm_pasar", decoder=text()),
        "commodity_id": column("commodity_name", decoder=text()),
        "commodity_name": column("commodity_name", decoder=text()),
        "price": column("price", decoder=amount(TANGERANG.currency, "{}", digits_max=5)),
    },
    fresh_for=timedelta(hours=1),
    unique_key=True,
)

COMMODITIES = Mapping(
    record=Commodity,
    source=SOURCE.name,
    selectable=_harga_rows_commodity_name,
    columns={
        "id": column("code", decoder=text()),
        "name": column("name", decoder=text()),
    },
    fresh_for=timedelta(hours=1),
    unique_key=True,
)

MARKETS = Mapping(
    record=Market,
    source=SOURCE.name,
    selectable=_pasar,
    columns={
        "id": column("id_pasar", decoder=number_key()),
        "name": column("nm_pasar", decoder=text()),
        "area_code": column("kd_kec", decoder=area_code(TANGERANG.area_code_shapes[1:2])),
    },
    fresh_for=timedelta(hours=1),
    unique_key=True,
)

SUBJECT = Subject(SOURCE, (MARKET_PRICES, COMMODITIES, MARKETS))
