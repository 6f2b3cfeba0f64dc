"""SEGAR, the price list of Perumda Pasar: a file per day, with markets and commodities by name, without keys."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.sql.expression import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from connectors.decoders import amount, area_code, bracketed, capitals, codes, local_date, local_datetime, text
from connectors.departments.city import TANGERANG
from connectors.files.kind import Files
from connectors.files.tables import FileTable, day_of_name
from connectors.mapping import Mapping, column, constant
from connectors.sources import Source, Subject
from models.areas import AreaLevel
from models.prices import Commodity, Market, MarketPrice, PriceUnit
from models.sources.data_terms import DataTerms, UpdateRhythm

SOURCE = Source(
    name="prices",
    department="pdpasar",
    title="SEGAR",
    kind=Files(
        (
            FileTable(
                "harga",
                "SEGAR_*.xlsx|harga *.csv",
                day=day_of_name("%Y-%m-%d", "%d-%m-%Y", fills="tanggal"),
                expected_every=timedelta(days=2),
            ),
        ),
        zone=TANGERANG.time_zone,
    ),
    terms=DataTerms(
        "Perumda Pasar Kota Tangerang",
        "PPID Perumda Pasar",
        "Terbuka dengan menyebut sumber (Perpres 39/2019)",
        UpdateRhythm.DAILY,
    ),
)

_harga = sa.table(
    "harga",
    sa.column("tanggal", sa.String(10)),
    sa.column("pasar", sa.String(60)),
    sa.column("komoditas", sa.String(100)),
    sa.column("harga", sa.String(30)),
)

_MARKETS = {
    "ANYAR": ("Anyar", "36.71.01"),
    "BANDENG": ("Bandeng", "36.71.07"),
    "JATIUWUNG": ("Jatiuwung", "36.71.09"),
    "MALABAR": ("Malabar", "36.71.09"),
    "PORIS": ("Poris", "36.71.05"),
    "RAMADANI": ("Ramadani", "36.71.07"),
}
"""The markets by key: name and district. The files have no districts; these are general knowledge."""


def _spellings(key: str) -> tuple[str, ...]:
    name, _ = _MARKETS[key]
    named = (name, key, f"Pasar {name}", f"PASAR {key}", f"Psr. {name}")
    return (*named, *(f"{spelling} " for spelling in named))


_KEYS = {spelling: key for key in _MARKETS for spelling in _spellings(key)}

_UNITS = {
    PriceUnit.KILOGRAM: ("kg", "kilogram"),
    PriceUnit.LITRE: ("liter", "ltr"),
    PriceUnit.PIECE: ("butir", "buah"),
    PriceUnit.HEAD: ("ekor",),
    PriceUnit.BUNCH: ("ikat",),
    PriceUnit.BOTTLE: ("botol",),
    PriceUnit.TIN: ("kaleng",),
    PriceUnit.PACKET: ("bungkus", "pak"),
}
"""The texts in brackets behind a commodity, in lower case."""


def _number(value: int) -> sa.ColumnElement[int]:
    return sa.literal_column(str(value), sa.Integer)


Text: TypeAlias = sa.ColumnElement[str]

_bracket, _spaced_bracket = constant("("), constant(" (")
_endings = {unit: tuple(f"({spelling})" for spelling in spellings) for unit, spellings in _UNITS.items()}


def _commodity_of(written: Text) -> Text:
    """A commodity as `bracketed` cleans it, so that its prices have one key: `Beras I/A (kg)`."""
    tight = sa.func.replace(sa.func.trim(written), _spaced_bracket, _bracket)
    return sa.func.replace(tight, _bracket, _spaced_bracket, type_=sa.String)


def _ends(written: Text, ending: str) -> sa.ColumnElement[bool]:
    """Whatever its case: SQLite's LIKE tells no ASCII letters apart."""
    return sa.func.rtrim(written, type_=sa.String).like(constant(f"%{ending}"))


def _name_of(written: Text) -> Text:
    """The name of a commodity without its unit."""
    whole = sa.func.rtrim(written, type_=sa.String)

    def without(ending: str) -> Text:
        chars = sa.func.length(whole) - _number(len(ending))
        return _commodity_of(sa.func.substr(whole, _number(1), chars, type_=sa.String))

    return sa.case(
        *((_ends(written, ending), without(ending)) for endings in _endings.values() for ending in endings),
        else_=_commodity_of(written),
    )


def _unit_of(written: Text) -> Text:
    """The name of a commodity's unit; the commodity itself if the unit is unknown."""
    units = (
        (sa.or_(*(_ends(written, ending) for ending in endings)), constant(unit.name))
        for unit, endings in _endings.items()
    )
    return sa.case(*units, else_=_commodity_of(written))


def _market_of(written: Text) -> Text:
    spelled = {key: [constant(spelling) for spelling in _spellings(key)] for key in _MARKETS}
    return sa.case(*((written.in_(spellings), constant(key)) for key, spellings in spelled.items()), else_=written)


_is_a_price = sa.and_(_harga.c.komoditas != constant(""), _harga.c.pasar != constant(""))
"""Files may end with remarks, which have no market or no commodity."""

_day_and_market = _harga.c.tanggal.concat(constant("/")).concat(_market_of(_harga.c.pasar))
_prices = (
    sa.select(
        _harga.c.tanggal,
        _harga.c.pasar,
        _harga.c.komoditas,
        _harga.c.harga,
        _day_and_market.concat(constant("/")).concat(_commodity_of(_harga.c.komoditas)).label("kd_harga"),
        _name_of(_harga.c.komoditas).label("nm_komoditas"),
        _unit_of(_harga.c.komoditas).label("satuan"),
    )
    .where(_is_a_price)
    .subquery("t")
)


def _last_days(column: Text) -> sa.Subquery:
    """Each spelling of a column once, with its last day: there are few, and the rest is computed from them."""
    last = sa.func.max(_harga.c.tanggal, type_=sa.String).label("tanggal")
    # With a sign before it no index serves, in whose order each row would be fetched by itself.
    by: UnaryExpression[Any] = UnaryExpression(column, operator=custom_op("+"))
    return sa.select(column, last).where(_is_a_price).group_by(by).subquery("s")


_spelled_commodities = _last_days(_harga.c.komoditas)
_commodity = _commodity_of(_spelled_commodities.c.komoditas)
_commodities = (
    sa.select(
        _commodity.label("kd_komoditas"),
        sa.func.min(_name_of(_spelled_commodities.c.komoditas)).label("nm_komoditas"),
        sa.func.min(_unit_of(_spelled_commodities.c.komoditas)).label("satuan"),
        sa.func.max(_spelled_commodities.c.tanggal).label("tanggal"),
    )
    .group_by(_commodity)
    .subquery("t")
)

_spelled_markets = _last_days(_harga.c.pasar)
_market = _market_of(_spelled_markets.c.pasar)
_markets = (
    sa.select(
        _market.label("kd_pasar"),
        sa.case(*((_market == constant(key), constant(code)) for key, (_, code) in _MARKETS.items())).label("kd_kec"),
        sa.func.max(_spelled_markets.c.tanggal).label("tanggal"),
    )
    .where(_spelled_markets.c.pasar.in_([constant(spelling) for spelling in _KEYS]))
    .group_by(_market)
    .subquery("t")
)

_names = {key: name for key, (name, _) in _MARKETS.items()}
_units = codes({unit.name: unit for unit in _UNITS})
_day = local_date("%Y-%m-%d")
_as_of = column("tanggal", decoder=local_datetime("%Y-%m-%d", TANGERANG.time_zone))
_FRESH_FOR = timedelta(days=2)
_STALE_FOR = timedelta(days=30)

MARKET_PRICES = Mapping(
    record=MarketPrice,
    source=SOURCE.name,
    selectable=_prices,
    columns={
        "id": column("kd_harga", decoder=text()),
        "day": column("tanggal", decoder=_day),
        "market_id": column("pasar", decoder=codes(_KEYS)),
        "market_name": column("pasar", decoder=codes({spelling: _names[key] for spelling, key in _KEYS.items()})),
        "commodity_id": column("komoditas", decoder=bracketed()),
        "commodity_name": column("nm_komoditas", decoder=text()),
        "unit": column("satuan", decoder=_units),
        "price": column(
            "harga",
            decoder=amount(
                TANGERANG.currency, "{}", "Rp. {},-", "Rp. {}", "Rp {}", "{}.00", digits_max=6, zero_is_null=True
            ),
        ),
    },
    as_of=_as_of,
    fresh_for=_FRESH_FOR,
    stale_for=_STALE_FOR,
)

COMMODITIES = Mapping(
    record=Commodity,
    source=SOURCE.name,
    selectable=_commodities,
    columns={
        "id": column("kd_komoditas", decoder=text()),
        "name": column("nm_komoditas", decoder=text()),
        "unit": column("satuan", decoder=_units),
        "latest_day": column("tanggal", decoder=_day),
    },
    as_of=_as_of,
    fresh_for=_FRESH_FOR,
    stale_for=_STALE_FOR,
)

MARKETS = Mapping(
    record=Market,
    source=SOURCE.name,
    selectable=_markets,
    columns={
        "id": column("kd_pasar", decoder=text()),
        "name": column("kd_pasar", decoder=capitals()),
        "area_code": column(
            "kd_kec", decoder=area_code(TANGERANG.area_code_shapes[1:2]), area_level=AreaLevel.DISTRICT
        ),
        "latest_day": column("tanggal", decoder=_day),
    },
    as_of=_as_of,
    fresh_for=_FRESH_FOR,
    stale_for=_STALE_FOR,
)

SUBJECT = Subject(SOURCE, (COMMODITIES, MARKETS, MARKET_PRICES))
