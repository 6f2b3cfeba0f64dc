"""What decoders write: one spelling per value, which they read as the same value, and which never is dirt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import decoders
from connectors.decoders import (
    amount,
    area_code,
    bps_code,
    bracketed,
    capitals,
    code_list,
    codes,
    email,
    family_card,
    flag,
    local_date,
    local_datetime,
    local_datetime_parts,
    long_date,
    nik,
    nik_number,
    nisn,
    npsn,
    number_key,
    offset_datetime,
    person,
    person_name,
    position,
    position_pair,
    prose,
    text,
    time_of_day,
    unix_seconds,
    unpadded_datetime,
    whole_number,
    written_number,
)
from connectors.decoders.protocol import Decoder, Unwritable, Writes
from connectors.departments import PACKAGE
from models.complaints import ComplaintChannel
from models.values.identity import EMAIL
from models.values.types import AreaCode, Box, BpsCode, FamilyCardNumber, Money, Nik, Nisn, Npsn, Position

ZONE = ZoneInfo("Asia/Jakarta")
BOX = Box(south=-6.26, west=106.55, north=-6.09, east=106.75)
CHANNELS = {"Web": ComplaintChannel.WEB, "Android": ComplaintChannel.APP, "iOS": ComplaintChannel.APP}


def _same(value: Any) -> Any:
    return value


def _to_minute(value: datetime) -> datetime:
    return value.replace(second=0, microsecond=0)


def _to_second(value: datetime) -> datetime:
    return value.replace(microsecond=0)


def _to_day(value: datetime) -> datetime:
    return value.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)


def _to_a_tenth_of_a_metre(value: Position) -> Position:
    return Position(*(round(degrees, 6) for degrees in value))


@dataclass(frozen=True)
class Case:
    """A decoder, values of its type, and what is left of one that the column holds less exactly."""

    decoder: Any
    values: st.SearchStrategy[Any]
    kept: Callable[[Any], Any] = _same


_digits = st.integers(min_value=0, max_value=9)
_niks = st.builds(
    lambda day, month, year, serial: Nik(f"367101{day:02}{month:02}{year:02}{serial:04}"),
    st.integers(1, 28), st.integers(1, 12), st.integers(0, 99), st.integers(9000, 9999),
)  # fmt: skip
_moments = st.datetimes(datetime(1971, 1, 2), datetime(9990, 1, 1), timezones=st.sampled_from([UTC, ZONE]))  # noqa: DTZ001  # the strategy gives the zone
_near = st.datetimes(datetime(1971, 1, 2), datetime(2060, 1, 1), timezones=st.just(ZONE))  # noqa: DTZ001  # the strategy gives the zone
_texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
_positions = st.builds(Position, st.floats(BOX.south, BOX.north), st.floats(BOX.west, BOX.east))

CASES = {
    "amount": Case(
        amount("IDR", "Rp. {},-", "{}", digits_max=9),
        st.builds(lambda whole: Money(Decimal(whole), "IDR"), st.integers(0, 10**9 - 1)),
    ),
    "area_code": Case(
        area_code(("36.71.##", "36.71.##.1###")),
        st.builds(lambda a, b: AreaCode(f"36.71.{a:02}.1{b:03}"), st.integers(1, 13), st.integers(1, 999)),
    ),
    "bps_code": Case(bps_code("3671###"), st.builds(lambda n: BpsCode(f"3671{n:03}"), st.integers(0, 999))),
    "bracketed": Case(bracketed(), st.sampled_from(["Beras I/A (kg)", "Telur", "Gula (1 kg)"])),
    "capitals": Case(capitals(), st.sampled_from(["Karang Tengah", "Jl. Étoile 5A", "Batuceper"])),
    "code_list": Case(
        code_list(tuple, ",", {"Web": ComplaintChannel.WEB, "Aplikasi": ComplaintChannel.APP}),
        st.sampled_from([(ComplaintChannel.WEB,), (ComplaintChannel.APP, ComplaintChannel.WEB)]),
    ),
    "codes": Case(codes(CHANNELS), st.sampled_from([ComplaintChannel.WEB, ComplaintChannel.APP])),
    "email": Case(email(), st.sampled_from(["budi@example.com", "a.b+c@example.co.id"])),
    "family_card": Case(family_card(), _niks.map(FamilyCardNumber)),
    "flag": Case(flag("Y", "T"), st.booleans()),
    "local_date": Case(local_date("%d/%m/%Y"), st.dates()),
    "local_datetime": Case(local_datetime("%d-%m-%Y %H:%M", ZONE), _moments, _to_minute),
    "local_datetime, by days": Case(local_datetime("%Y%m%d", ZONE), _moments, _to_day),
    "local_datetime, stored in UTC": Case(
        local_datetime("%Y-%m-%d %H:%M:%S", ZONE, stored_in=UTC), _moments, _to_second
    ),
    "local_datetime_parts": Case(local_datetime_parts(ZONE), _moments, _to_second),
    "long_date": Case(long_date(), st.dates()),
    "nik": Case(nik(), _niks),
    "nik, with dots": Case(nik(written_as="##.##.##.######.####"), _niks),
    "nik_number": Case(nik_number(), _niks),
    "nisn": Case(nisn(), st.builds(lambda n: Nisn(f"{n:010}"), st.integers(10**8, 10**10 - 1))),
    "npsn": Case(npsn(), st.builds(lambda n: Npsn(f"{n:08}"), st.integers(10**7, 10**8 - 1))),
    "number_key": Case(number_key(), st.integers(-(2**63) + 1, 2**63 - 1).map(str)),
    "offset_datetime": Case(offset_datetime(ZONE), _moments, _to_second),
    "person": Case(person(EMAIL), st.just("budi@example.com").map(EMAIL.kind)),
    "person_name": Case(person_name(), st.sampled_from(["Siti Rahma", "siti", "Budi de la Cruz"])),
    "position": Case(position(BOX), _positions, _to_a_tenth_of_a_metre),
    "position_pair": Case(position_pair(BOX), _positions, _to_a_tenth_of_a_metre),
    "prose": Case(prose(), _texts),
    "text": Case(text(), _texts),
    "time_of_day": Case(time_of_day(), st.times().map(lambda time: f"{time:%H:%M}")),
    "unix_seconds": Case(unix_seconds(ZONE), _moments, _to_second),
    "unpadded_datetime": Case(unpadded_datetime("%d/%m/%y %H:%M", ZONE), _near, _to_minute),
    "whole_number": Case(whole_number(), st.integers(0, 2**31 - 1)),
    "written_number": Case(written_number(), st.integers(0, 10**9 - 1)),
}
ONLY_READ = {
    "area_around", "area_codes", "duration", "html_text", "money", "money_range", "safe_html", "text_list", "url",
}  # fmt: skip
"""They read what people have written in many ways, or compute: no spelling of them is that of an app."""


def _read(decoder: Any, raws: tuple[object, ...]) -> Any:
    decoded = decoder.decode(*([raw] for raw in raws))
    assert not decoded.flaws
    return decoded.values[0]


@pytest.mark.parametrize("name", CASES)
@given(data=st.data())
def test_what_is_written_is_read_as_it_was(name: str, data: st.DataObject) -> None:
    case = CASES[name]
    value = data.draw(case.values)
    try:
        raws = case.decoder.write(value)
    except Unwritable:
        # Of the drawn values only texts may be what the column reads otherwise.
        assert name in ("prose", "text")
        assert case.decoder.decode([value]).values[0] != value
        return
    assert len(raws) == case.decoder.arity
    assert _read(case.decoder, raws) == case.kept(value)


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_written_as_null(name: str) -> None:
    decoder = CASES[name].decoder
    assert decoder.write(None) == (None,) * decoder.arity


def test_every_decoder_is_written_with_or_says_that_it_only_reads() -> None:
    kinds = {name.partition(",")[0] for name in CASES}
    assert kinds | ONLY_READ == set(decoders.__all__)
    assert not kinds & ONLY_READ


def test_what_only_reads_has_no_such_face() -> None:
    assert not isinstance(decoders.duration(), Writes)
    assert not isinstance(decoders.money("IDR"), Writes)
    assert not isinstance(decoders.text_list(";"), Writes)


SPELLED: list[tuple[Any, Any, tuple[object, ...]]] = [
    (codes(CHANNELS), ComplaintChannel.APP, ("Android",)),
    (nik(), Nik("3671014101459000"), ("3671014101459000",)),
    (nik(written_as="##.##.##.######.####"), Nik("3671014101459000"), ("36.71.01.410145.9000",)),
    (area_code(("36.71.##",)), AreaCode("36.71.05"), ("36.71.05",)),
    (long_date(), date(2016, 6, 1), ("Rabu, 01 Juni 2016",)),
    (long_date(), date(2016, 11, 25), ("Jumat, 25 November 2016",)),
    (local_datetime("%d-%m-%Y %H:%M", ZONE), datetime(2026, 11, 20, 17, 59, 59, 9, UTC), ("21-11-2026 00:59",)),
    (local_datetime_parts(ZONE), datetime(2016, 6, 1, 0, 30, 5, tzinfo=UTC), ("Rabu", "2016-06-01", "07:30:05")),
    (offset_datetime(ZONE), datetime(2026, 11, 20, tzinfo=UTC), ("2026-11-20T07:00:00+07:00",)),
    (position(BOX), Position(-6.19, 106.66), ("-6.190000", "106.660000")),
    (amount("IDR", "Rp. {},-", digits_max=9), Money(Decimal(5000), "IDR"), ("Rp. 5000,-",)),
    (time_of_day(), "08:05", ("08:05",)),
]


@pytest.mark.parametrize(("decoder", "value", "raws"), SPELLED)
def test_it_is_spelled_as_todays_app_does(decoder: Any, value: object, raws: tuple[object, ...]) -> None:
    assert decoder.write(value) == raws


DIRT: list[tuple[Any, object]] = [
    (prose(), " a blank before it"),
    (prose(), "-"),
    (prose(), ""),
    (prose(), "NUL \0"),
    (prose(), "half a sign \udc80"),
    (prose(), "cafÃ©"),
    (prose(), 5),
    (text(), "-"),
    (text(), "NUL \0"),
    (codes(CHANNELS), ComplaintChannel.UNKNOWN),
    (codes(CHANNELS), ComplaintChannel.PHONE),
    (position(BOX), Position(-7.0, 110.0)),
    (position(BOX), (-6.19, 106.66, 1.0)),
    (nik(), "3671013102900001"),
    (number_key(), "abc"),
    (number_key(), str(2**63)),
    (local_datetime("%d-%m-%Y %H:%M", ZONE), "20-11-2026 08:00"),
    (local_datetime("%d-%m-%Y %H:%M", ZONE), datetime(9999, 12, 31, 23, 0, tzinfo=UTC)),
    (local_datetime("%d-%m-%Y %H:%M", ZoneInfo("America/New_York")), datetime(2026, 11, 1, 6, 30, tzinfo=UTC)),
    (long_date(), datetime(2026, 1, 1, tzinfo=UTC)),
    (unix_seconds(ZONE), datetime(1960, 1, 1, tzinfo=UTC)),
    (amount("IDR", "{}", digits_max=9), Money(Decimal("0.5"), "IDR")),
]


@pytest.mark.parametrize(("decoder", "value"), DIRT)
def test_what_would_be_read_otherwise_is_not_written(decoder: Any, value: object) -> None:
    with pytest.raises(Unwritable) as refused:
        decoder.write(value)
    assert str(value) == "" or str(value) not in str(refused.value)


def test_every_field_that_a_city_writes_is_written_with_its_own_decoder() -> None:
    for writing in PACKAGE.writings:
        for row in writing.new:
            for name in row.written:
                decoder: Decoder = writing.mapped(name, row).decoder
                assert isinstance(decoder, Writes)
                assert decoder.write(None) == (None,) * decoder.arity


def test_a_moment_is_never_written_later_than_it_was() -> None:
    decoder = local_datetime("%d-%m-%Y %H:%M", ZONE)
    moment = datetime(2026, 11, 20, 8, 0, 59, 999_999, ZONE)
    written = _read(decoder, decoder.write(moment))
    assert timedelta(0) <= moment - written < timedelta(minutes=1)
