"""Moments without leading zeros: on every engine SQL finds what Python finds, and nothing else is taken for one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from connectors.criteria import Order
from connectors.decoders import number_key, unpadded_datetime
from connectors.mapping import Mapping, column
from models.predicates import Compare, Not, Operator, is_in
from models.records import Record, field
from models.sources.findings import FindingKind
from tests.connectors.conftest import Laboratory

ZONE = ZoneInfo("America/Los_Angeles")
SHORT, LONG = unpadded_datetime("%m/%d/%y %H:%M", ZONE), unpadded_datetime("%d.%m.%Y", ZONE)

TEXTS = (
    "1/2/20 8:05", "1/2/20 0:00", "1/2/20 18:05", "12/31/19 23:59", "1/31/20 0:59", "11/1/20 7:00", "2/29/20 7:00",
    "2/29/21 7:00", "2/30/20 7:00", "1/1/69 0:00", "12/31/68 0:00", "1/1/00 0:00", "13/1/20 7:00", "0/1/20 7:00",
    "01/2/20 8:05", "1/02/20 8:05", "1/2/20 08:05", "1/2/20 24:00", "1/2/20 8:60", "1/2/20 8:5", "1/2/2020 8:05",
    "1/2/20 8:05 ", " 1/2/20 8:05", "1/2/20 8:05\n", "1/2/20", "1-2-20 8:05", "100/2/20 8:05", "1/2/20 8:0\u0665", "",
    "-", "2.1.2020", "31.12.1999", "02.01.2020", "29.2.1900", "29.2.2000", "2.13.2020", "2.1.20", "1.1.0000",
    "1.1.0001", None,
)  # fmt: skip


class Moment(Record, name="moments"):
    """What is made of a text."""

    id: str = field("The key")
    short: datetime | None = field("As Americans write it")
    long: datetime | None = field("As Germans write it")


MOMENTS = Mapping(
    record=Moment,
    source="uji",
    selectable=sa.table("uji_saat", sa.column("id", sa.Integer), sa.column("t", sa.String(20))),
    columns={
        "id": column("id", decoder=number_key()),
        "short": column("t", decoder=SHORT),
        "long": column("t", decoder=LONG),
    },
)
DECODERS = {"short": SHORT, "long": LONG}


@pytest.fixture(scope="module")
def lab(laboratory: Laboratory) -> Iterator[Laboratory]:
    laboratory.write(f"CREATE TABLE uji_saat (id INTEGER PRIMARY KEY, t VARCHAR(20)) {laboratory.table_end}")
    kept = [one for one in TEXTS if one is None or laboratory.stores(one)]
    laboratory.insert("uji_saat", [{"id": at, "t": one} for at, one in enumerate(kept)])
    yield laboratory
    laboratory.write("DROP TABLE uji_saat")


def local(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=ZONE)  # type: ignore[misc, arg-type]  # mypy cannot count them


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1/2/20 8:05", local(2020, 1, 2, 8, 5)),
        ("12/31/19 23:59", local(2019, 12, 31, 23, 59)),
        ("2/29/20 0:00", local(2020, 2, 29)),
        ("1/1/69 0:00", local(1969, 1, 1)),
        ("12/31/68 10:10", local(2068, 12, 31, 10, 10)),
    ],
)
def test_what_is_written_is_read_and_written_again(text: str, moment: datetime) -> None:
    assert SHORT.decode([text]).values == [moment]
    assert SHORT.encode(moment.astimezone(UTC)).values == (text,)


def test_the_zone_is_the_citys_in_winter_and_in_summer() -> None:
    winter, summer = SHORT.decode(["1/2/20 8:05", "7/2/20 8:05"]).values
    assert isinstance(winter, datetime)
    assert isinstance(summer, datetime)
    assert (winter.utcoffset(), summer.utcoffset()) == (timedelta(hours=-8), timedelta(hours=-7))


def test_nothing_else_is_taken_for_a_moment() -> None:
    decoded = SHORT.decode(TEXTS)
    good = [text for text, value in zip(TEXTS, decoded.values, strict=True) if value is not None]
    assert good == [*TEXTS[:7], *TEXTS[9:12]]
    assert decoded.flaws == {FindingKind.UNDECODABLE: len(TEXTS) - len(good) - 3}


@pytest.mark.parametrize(
    "value", [local(2020, 1, 2, 8, 5, 1), local(2069, 1, 1), datetime.max.replace(tzinfo=UTC), "x"]
)
def test_what_cannot_be_written_has_no_spelling(value: object) -> None:
    assert SHORT.encode(value).values == ()


@pytest.mark.parametrize(
    "form", ["%m/%d %H:%M", "%m%d/%y", "%m/%d/%y %H:%M %M", "%m/%d/%y/%Y", "%m/%d/%y 0%H", "%j/%y"]
)
def test_other_formats_are_refused(form: str) -> None:
    with pytest.raises(ValueError, match="the format has other parts"):
        unpadded_datetime(form, ZONE)


@pytest.mark.parametrize("name", ["short", "long"])
def test_sql_finds_orders_and_compares_what_python_does(lab: Laboratory, name: str) -> None:
    rows = lab.read(MOMENTS, ("id", "short"))
    clean = dict(zip(rows.columns["id"], DECODERS[name].decode(rows.columns["t"]).values, strict=True))
    known = {key: value for key, value in clean.items() if isinstance(value, datetime)}
    assert len(known) >= 4
    ordered = lab.read(MOMENTS, order=(Order(name), Order("id"))).columns["id"]
    nulls = sorted(clean.keys() - known.keys(), key=str)
    assert list(ordered[: len(known)]) == sorted(known, key=lambda key: (known[key], key))
    assert set(ordered[len(known) :]) == set(nulls)
    assert lab.ids(MOMENTS, Compare(name, Operator.IS_NULL, ())) == set(nulls)
    for value in [*known.values(), local(2020, 1, 2, 8, 5, 30), local(1, 1, 1), local(9999, 12, 31)]:
        same = {key for key, other in known.items() if other == value}
        assert lab.ids(MOMENTS, is_in(name, value)) == same
        assert lab.ids(MOMENTS, Not(is_in(name, value))) == clean.keys() - same
        before = {key for key, other in known.items() if other < value}
        assert lab.ids(MOMENTS, Compare(name, Operator.LT, (value,))) == before
        assert lab.ids(MOMENTS, Compare(name, Operator.GTE, (value,))) == known.keys() - before
