"""Cleanings: which decoder is drafted for each form in which systems write days, amounts, places and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import pytest

from models.values.types import AreaCode, BpsCode, Duration, FamilyCardNumber, Money, MoneyRange, Nik, Position
from onboarding.drafting.cleanings import cleanings, parts_of, position_of, rises
from onboarding.drafting.renderings import Rendering
from onboarding.drafting.tables import SqlType
from onboarding.drafting.ways import CITY, Setting
from sample.citizens.people import resident_number
from tests.onboarding.drafting.sampled import SETTING, looks

WHOLE = SqlType.WHOLE
NIKS = [resident_number(number) for number in range(9)]


@pytest.mark.parametrize(
    ("clean_type", "values", "kind", "code", "rendering"),
    [
        (date, ["31-12-2019", "01-02-2020"], SqlType.TEXT, 'local_date("%d-%m-%Y")', Rendering.PLAIN),
        (date, ["31/12/2019", "0"], SqlType.TEXT, 'local_date("%d/%m/%Y")', Rendering.PLAIN),
        (date, ["12/31/2019", "02/01/2020"], SqlType.TEXT, 'local_date("%m/%d/%Y")', Rendering.PLAIN),
        (date, ["2019-12-31", "0000-00-00", ""], SqlType.TEXT, 'local_date("%Y-%m-%d")', Rendering.PLAIN),
        (date, ["2019-12-31 07:00:00"], SqlType.TEXT, 'local_date("%Y-%m-%d")', Rendering.HEAD_10),
        (date, ["31122019", "01021997"], SqlType.TEXT, 'local_date("%d%m%Y")', Rendering.PLAIN),
        (date, ["Rabu, 01 Juni 2016", "Minggu, 5 Mei 2019"], SqlType.TEXT, "long_date()", Rendering.PLAIN),
        (date, [20191231, 20200102, 0], WHOLE, 'local_date("%Y%m%d")', Rendering.TEXT),
        (date, [31122019, 1021997, 0], WHOLE, 'local_date("%d%m%Y")', Rendering.EIGHT_DIGITS),
        (datetime, ["31-12-2019 07:00"], SqlType.TEXT, f'local_datetime("%d-%m-%Y %H:%M", {CITY}.time_zone)',
         Rendering.PLAIN),
        (datetime, ["2019-12-31 07:00:00"], SqlType.TEXT,
         f'local_datetime("%Y-%m-%d %H:%M:%S", {CITY}.time_zone)', Rendering.PLAIN),
        (datetime, ["2019-12-31 07:00:00.123456"], SqlType.TEXT,
         f'local_datetime("%Y-%m-%d %H:%M:%S", {CITY}.time_zone)', Rendering.HEAD_19),
        (datetime, ["31-12-2019"], SqlType.TEXT, f'local_datetime("%d-%m-%Y", {CITY}.time_zone)', Rendering.PLAIN),
        (datetime, ["2019-12-31T07:00:00+07:00"], SqlType.TEXT, f"offset_datetime({CITY}.time_zone)", Rendering.PLAIN),
        (datetime, [1577750400, 1577836800, 0], WHOLE, f"unix_seconds({CITY}.time_zone)", Rendering.PLAIN),
        (datetime, [20191231070000], WHOLE, f'local_datetime("%Y%m%d%H%M%S", {CITY}.time_zone)', Rendering.TEXT),
        (Money, ["Rp. 11.000,-", "1.200.000", "Gratis"], SqlType.TEXT, f"money({CITY}.currency)", Rendering.PLAIN),
        (Money, [11000, 150000], WHOLE, f'amount({CITY}.currency, "{{}}", digits_max=6)', Rendering.TEXT),
        (MoneyRange, ["1 - 2 Juta", "Nego", "> 5 Juta"], SqlType.TEXT,
         f'money_range({CITY}.currency, nulls=("", "-", "Nego"))', Rendering.PLAIN),
        (Duration, ["7 hari kerja", "30 Menit"], SqlType.TEXT, "duration()", Rendering.PLAIN),
        (AreaCode, ["36.71.05.1003", "3671051003"], SqlType.TEXT, f"area_code({CITY}.area_code_shapes[2:])",
         Rendering.PLAIN),
        (AreaCode, ["36.71.05", "36.71"], SqlType.TEXT, f"area_code({CITY}.area_code_shapes[:2])", Rendering.PLAIN),
        (AreaCode, [3671051003], WHOLE, f"area_code({CITY}.area_code_shapes[2:])", Rendering.TEXT),
        (BpsCode, ["3671010", "3671020"], SqlType.TEXT, "bps_code(bps.DISTRICT)", Rendering.PLAIN),
        (BpsCode, ["3671010", "3671010001"], SqlType.TEXT, "bps_code(bps.DISTRICT, bps.VILLAGE)", Rendering.PLAIN),
        (Nik, NIKS, SqlType.TEXT, "nik()", Rendering.PLAIN),
        (Nik, [*NIKS, "N/A"], SqlType.TEXT, 'nik(nulls=("", "-", "0", "N/A"))', Rendering.PLAIN),
        (Nik, [int(nik) for nik in NIKS], WHOLE, "nik_number()", Rendering.PLAIN),
        (FamilyCardNumber, ["3671010101100001"], SqlType.TEXT, "family_card()", Rendering.PLAIN),
        (Position, ["-6.18, 106.63"], SqlType.TEXT, f'position_pair({CITY}.box, ", ")', Rendering.PLAIN),
        (int, [3, 0, 12], WHOLE, "whole_number()", Rendering.PLAIN),
        (int, ["3", "0", "12"], SqlType.TEXT, "written_number()", Rendering.PLAIN),
    ],
)  # fmt: skip
def test_each_form_has_its_decoder(
    clean_type: type, values: Sequence[object], kind: SqlType, code: str, rendering: Rendering
) -> None:
    found = cleanings(clean_type, looks("kolom", values, kind), SETTING)
    assert found is not None
    assert (found.code, found.rendering, found.share) == (code, rendering, 1.0)


@pytest.mark.parametrize(
    ("clean_type", "values", "kind"),
    [
        (date, ["Siti", "Agus"], SqlType.TEXT),
        (date, [1, 2, 3], WHOLE),
        (datetime, [1, 2, 3], WHOLE),
        (date, ["31-12-0019"], SqlType.TEXT),
        (Nik, ["2147483647"], SqlType.TEXT),
        (Nik, [2147483647], WHOLE),
        (AreaCode, ["3671010"], SqlType.TEXT),
        (BpsCode, ["36.71.01"], SqlType.TEXT),
        (Money, ["Siti"], SqlType.TEXT),
        (date, [], SqlType.TEXT),
    ],
)
def test_what_is_none(clean_type: type, values: Sequence[object], kind: SqlType) -> None:
    assert cleanings(clean_type, looks("kolom", values, kind), SETTING) is None


def test_the_share_counts_rows_that_say_something() -> None:
    found = cleanings(date, looks("tgl", ["31-12-2019"] * 8 + ["31-02-2019", "rusak", "", "-", None]), SETTING)
    assert found is not None
    assert (found.good, found.total, found.words) == (8, 10, "dd-mm-yyyy")


@pytest.mark.parametrize(
    ("dialect", "kind", "keeps_utc", "zone", "rendering"),
    [
        ("postgresql", SqlType.MOMENT, False, f"{CITY}.time_zone", Rendering.MOMENT),
        ("postgresql", SqlType.MOMENT, True, 'ZoneInfo("UTC")', Rendering.MOMENT),
        ("postgresql", SqlType.ZONED, False, 'ZoneInfo("UTC")', Rendering.ZONED),
        ("mariadb", SqlType.MOMENT, False, f"{CITY}.time_zone", Rendering.MOMENT),
        ("sqlite", SqlType.MOMENT, False, f"{CITY}.time_zone", Rendering.PLAIN),
    ],
)
def test_moments_that_a_database_knows(
    dialect: str, kind: SqlType, keeps_utc: bool, zone: str, rendering: Rendering
) -> None:
    setting = Setting(SETTING.city, dialect, keeps_utc)
    found = cleanings(datetime, looks("created_at", ["2019-12-31 07:00:00"], kind), setting)
    assert found is not None
    assert (found.code, found.rendering) == (f'local_datetime("%Y-%m-%d %H:%M:%S", {zone})', rendering)
    day = cleanings(date, looks("created_at", ["2019-12-31 07:00:00"], kind), setting)
    assert day is not None
    assert day.rendering is (Rendering.HEAD_10 if dialect == "sqlite" else Rendering.DAY)


def test_coordinates_may_be_swapped() -> None:
    latitudes, longitudes = ["-6.18", "106.63", "0", "99"], ["106.63", "-6.18", "0", "99"]
    found = position_of(looks("lat", latitudes), looks("lng", longitudes), SETTING)
    assert found is not None
    assert (found.good, found.total, found.notes) == (2, 3, ("1 of them are swapped",))
    assert position_of(looks("lat", ["99"]), looks("lng", ["99"]), SETTING) is None


def test_a_moment_in_three_columns() -> None:
    days, clocks = ["2016-06-01", "0000-00-00"], ["07:30:00", "08:00:00"]
    found = parts_of(looks("hari", ["Rabu", "Jumat"]), looks("tanggal", days), looks("jam", clocks), SETTING)
    assert found is not None
    assert (found.code, found.good, found.total) == (f"local_datetime_parts({CITY}.time_zone)", 1, 1)


def test_what_rises_with_a_key() -> None:
    assert rises([3, 1, 2], [date(2020, 1, 3), date(2020, 1, 1), date(2020, 1, 2)]) == (2, 0)
    assert rises([1, 2, 3], [date(2020, 1, 1), None, date(2019, 1, 1)]) == (1, 1)
    assert rises([], []) == (0, 0)
