"""Harga Harian: the finished mapping of the schema `traders`."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import amount, area_code, codes, local_date, number_key, text
from connectors.departments.city import TANGERANG
from connectors.mapping import Mapping, column
from connectors.sources import Source, Subject
from models.prices import Commodity, Market, MarketPrice, PriceUnit

SOURCE = Source(name="traders", department="pdpasar", title="Harga Harian")

_harga_harian = sa.table(
    "harga_harian",
    sa.column("id", sa.Integer),
    sa.column("id_pasar", sa.Integer),
    sa.column("id_komoditas", sa.Integer),
    sa.column("tanggal", sa.Date),
    sa.column("harga", sa.Numeric),
)

_komoditas = sa.table(
    "komoditas",
    sa.column("id", sa.Integer),
    sa.column("nama", sa.String(40)),
    sa.column("satuan", sa.String(10)),
)

_pasar = sa.table(
    "pasar",
    sa.column("id", sa.Integer),
    sa.column("nama", sa.String(40)),
    sa.column("kode_kec", sa.String(8)),
)

_MARKET_PRICES_UNIT = {
    "kg": PriceUnit.KILOGRAM,
    "liter": PriceUnit.LITRE,
    "butir": PriceUnit.PIECE,
}

_market_prices_rows = (
    sa.select(
        _harga_harian.c.id,
        _harga_harian.c.id_pasar,
        _harga_harian.c.id_komoditas,
        sa.func.to_char(_harga_harian.c.tanggal, "YYYY-MM-DD", type_=sa.String).label("tanggal"),
        sa.cast(_harga_harian.c.harga, sa.String).label("harga"),
        _komoditas.c.nama.label("komoditas_nama"),
        _komoditas.c.satuan,
        _pasar.c.nama,
    )
    .select_from(
        sa.outerjoin(
            sa.outerjoin(_harga_harian, _pasar, _pasar.c.id == _harga_harian.c.id_pasar),
            _komoditas,
            _komoditas.c.id == _harga_harian.c.id_komoditas,
        ),
    )
    .subquery("t")
)

MARKET_PRICES = Mapping(
    record=MarketPrice,
    source=SOURCE.name,
    selectable=_market_prices_rows,
    columns={
        "id": column("id", decoder=number_key()),
        "day": column("tanggal", decoder=local_date("%Y-%m-%d"), sorts_as="id"),
        "market_id": column("id_pasar", decoder=number_key()),
        "market_name": column("nama", decoder=text()),
        "commodity_id": column("id_komoditas", decoder=number_key()),
        "commodity_name": column("komoditas_nama", decoder=text()),
        "unit": column("satuan", decoder=codes(_MARKET_PRICES_UNIT)),
        "price": column("harga", decoder=amount(TANGERANG.currency, "{}.00", digits_max=10)),
    },
    fresh_for=timedelta(hours=1),
    unique_key=True,
)

COMMODITIES = Mapping(
    record=Commodity,
    source=SOURCE.name,
    selectable=_komoditas,
    columns={
        "id": column("id", decoder=number_key()),
        "name": column("nama", decoder=text()),
        "unit": column("satuan", decoder=codes(_MARKET_PRICES_UNIT)),
    },
    fresh_for=timedelta(hours=1),
    unique_key=True,
)

MARKETS = Mapping(
    record=Market,
    source=SOURCE.name,
    selectable=_pasar,
    columns={
        "id": column("id", decoder=number_key()),
        "name": column("nama", decoder=text()),
        "area_code": column("kode_kec", decoder=area_code(TANGERANG.area_code_shapes[1:2])),
    },
    fresh_for=timedelta(hours=1),
    unique_key=True,
)

SUBJECT = Subject(SOURCE, (MARKET_PRICES, COMMODITIES, MARKETS))
