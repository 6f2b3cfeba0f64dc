"""Promised times decode to so many of one unit; long dates to the day that they name."""
# ruff: noqa: RUF001  # look-alikes are the point

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.decoders import duration, long_date
from connectors.decoders.times.dates import DAYS, MONTHS
from models.sources.findings import FindingKind
from models.values.types import Duration, DurationUnit

DURATIONS = {
    "7 Hari": (7, "DAY"),
    "7 hari kerja": (7, "WORKING_DAY"),
    "7 HARI KERJA": (7, "WORKING_DAY"),
    "Maksimal 7 (tujuh) hari": (7, "DAY"),
    "Maksimal 14 (empat belas) hari kerja": (14, "WORKING_DAY"),
    "30 Menit": (30, "MINUTE"),
    "1 jam": (1, "HOUR"),
    "2 minggu": (2, "WEEK"),
    "3 bulan": (3, "MONTH"),
    "1 tahun": (1, "YEAR"),
    " 7  hari ": (7, "DAY"),
    "7 (tujuh) hari": (7, "DAY"),
    "paling lama 5 hari": (5, "DAY"),
}
NO_DURATIONS = (
    "tujuh hari", "0 hari", "7", "hari", "3 - 5 hari", "7 hari lagi", "-7 hari", "٧ hari", "7 days", "07 hari",
    "99999 hari", "7 har\u0131", "7 men\u0130t",
)  # fmt: skip
LONG_DATES = {
    "Rabu, 01 Juni 2016": date(2016, 6, 1),
    "RABU, 01 JUNI 2016": date(2016, 6, 1),
    "rabu 1 juni 2016": date(2016, 6, 1),
    "1 Juni 2016": date(2016, 6, 1),
    "Minggu, 05 Juni 2016": date(2016, 6, 5),
    "Ahad, 05 Juni 2016": date(2016, 6, 5),
    "AKHAD, 05 Juni 2016": date(2016, 6, 5),
    "Jum'at, 03 Juni 2016": date(2016, 6, 3),
    "Senin, 01 Juni 2016": date(2016, 6, 1),
    "Senin, 29 Februari 2016": date(2016, 2, 29),
    "Kamis,  10 Nopember  2016": date(2016, 11, 10),
}
NO_LONG_DATES = (
    "Wednesday, 01 June 2016", "Rabu, 31 Juni 2016", "Rabu, 29 Februari 2015", "Rabu, 00 Juni 2016", "Rabu, 01 Juni 16",
    "Rabu, 01 Juni 0000", "Rab, 01 Juni 2016", "Rabu, 01 Jun 2016", "Rabu, ٠١ Juni 2016", "Rabu; 01 Juni 2016",
    "Rabu, 01 Juni 2016 08:00",
)  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), DURATIONS.items())
def test_a_promised_time(text: str, expected: tuple[int, str]) -> None:
    decoded = duration().decode([text])
    assert (decoded.values, decoded.flaws) == ([Duration(expected[0], DurationUnit[expected[1]])], {})


def test_working_days_are_not_days() -> None:
    days, working_days = duration().decode(["7 hari", "7 hari kerja"]).values
    assert days != working_days


@pytest.mark.parametrize(("text", "day"), LONG_DATES.items())
def test_a_long_date(text: str, day: date) -> None:
    decoded = long_date().decode([text])
    assert (decoded.values, decoded.flaws) == ([day], {})


def test_what_is_neither_is_null_and_counted() -> None:
    for decoder, texts in ((duration(), NO_DURATIONS), (long_date(), NO_LONG_DATES)):
        for text in texts:
            decoded = decoder.decode([text])
            assert (decoded.values, decoded.flaws) == ([None], {FindingKind.UNDECODABLE: 1}), text


def test_nothing_is_null_and_no_flaw() -> None:
    for decoder in (duration(), long_date()):
        decoded = decoder.decode([None, "", "-", "0"])
        assert (decoded.values, decoded.flaws) == ([None] * 4, {})
    assert long_date().decode(["0000-00-00"]).flaws == {}


def test_neither_can_be_asked_of_a_source() -> None:
    for decoder in (duration(), long_date()):
        assert decoder.operators == frozenset()
        with pytest.raises(NotImplementedError):
            decoder.encode("7 hari")


@given(st.dates(), st.sampled_from(DAYS), st.sampled_from(sorted(MONTHS)))
def test_the_numbers_decide_whatever_the_day_is_called(day: date, name: str, month: str) -> None:
    text = f"{name.capitalize()}, {day.day:02} {month.capitalize()} {day.year:04}"
    try:
        expected = day.replace(month=MONTHS[month])
    except ValueError:
        expected = None
    assert long_date().decode([text]).values == [expected]


@given(st.text(max_size=30) | st.text("0123456789 harikejmnutb()ı", max_size=20))
def test_no_text_fails(text: str) -> None:
    for decoder in (duration(), long_date()):
        assert len(decoder.decode([text]).values) == 1


def test_a_duration_is_longer_than_nothing() -> None:
    with pytest.raises(ValueError, match="longer than nothing"):
        Duration(0, DurationUnit.DAY)
