"""Counts, flags, times of day and moments in three columns: on every engine SQL finds what Python finds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice, product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.decoders import flag, local_datetime_parts, number_key, time_of_day, whole_number
from connectors.mapping import Mapping, column
from models.predicates import Compare, Not, Operator, Predicate, is_in
from models.records import Record, field
from models.sources.findings import FindingKind
from tests.connectors.conftest import Laboratory
from tests.connectors.specimens import Row, holds
from tests.slow import examples

ZONE = ZoneInfo("Asia/Jakarta")
RANGES = (Operator.GT, Operator.GTE, Operator.LT, Operator.LTE)
NULL = Operator.IS_NULL


class Reading(Record, name="readings"):
    """What the decoders of this module make of a row."""

    id: str = field("The key")
    count: int | None = field("A count")
    yes: bool | None = field("A flag")
    opens: str | None = field("A time of day")
    at: datetime | None = field("A moment in three columns")


COUNT, YES, OPENS, AT = whole_number(), flag("Y", "T"), time_of_day(), local_datetime_parts(ZONE)
READINGS = Mapping(
    record=Reading,
    source="uji",
    selectable=sa.table(
        "uji_bagian",
        sa.column("id", sa.Integer),
        sa.column("n", sa.Integer),
        sa.column("t", sa.String(20)),
        *(sa.column(name, sa.String(20)) for name in ("hari", "tanggal", "jam")),
    ),
    columns={
        "id": column("id", decoder=number_key()),
        "count": column("n", decoder=COUNT),
        "yes": column("t", decoder=YES),
        "opens": column("t", decoder=OPENS),
        "at": column("hari", "tanggal", "jam", decoder=AT),
    },
)

NUMBERS = (None, 0, 1, 2, 9, 10, 100, 2147483647, -1, -2147483648)
TEXTS = (
    None, "Y", "y", "T", "T ", "N", "", "-", "08:00", "08.00", "8:00", "08:00 ", "08:00:00", "23:59", "24:00",
    "00:00", "12:60", "08-00", "08,00", "0٨:00", "08:00\n", "ab:cd", "99.99", "08:0x",
)  # fmt: skip
DATES = (
    None, "", "-", "0", "2026-06-01", "2024-02-29", "2026-02-29", "0000-00-00", "2026-6-1", "2026-06-01 ",
    "2026-06-01 1", "2026-06-0", "9999-12-31", "01-06-2026",
)  # fmt: skip
TIMES = (
    None,
    "",
    "-",
    "00:00:00",
    "07:30:00",
    "23:59:59",
    "24:00:00",
    "7:30:00",
    "07:30",
    "1 07:30:00",
    " 07:30:00",
    "07:30:60",
)
DAYS = ("Senin", None, "", "Sabtu ", "KAMIS", "jum'at", "Lundi")


@pytest.fixture(scope="module")
def lab(laboratory: Laboratory) -> Iterator[Laboratory]:
    laboratory.write(
        "CREATE TABLE uji_bagian (id INTEGER PRIMARY KEY, n INTEGER, t VARCHAR(20), hari VARCHAR(20), "
        f"tanggal VARCHAR(20), jam VARCHAR(20)) {laboratory.table_end}"
    )
    yield laboratory
    laboratory.write("DROP TABLE uji_bagian")


def store(laboratory: Laboratory, rows: Sequence[dict[str, object]]) -> list[Row]:
    laboratory.write("DELETE FROM uji_bagian")
    kept = [row for row in rows if all(not isinstance(cell, str) or laboratory.stores(cell) for cell in row.values())]
    laboratory.insert("uji_bagian", [{"id": at, **row} for at, row in enumerate(kept)])
    found = laboratory.read(READINGS, tuple(READINGS.columns))
    clean = {
        name: mapped.decoder.decode(*(found.columns[one] for one in mapped.legacy)).values
        for name, mapped in READINGS.columns.items()
    }
    return [Row(int(str(key)), {name: clean[name][at] for name in clean}) for at, key in enumerate(clean["id"])]


def check(laboratory: Laboratory, predicate: Predicate, rows: Sequence[Row]) -> None:
    expected = {row.id for row in rows if holds(predicate, row)}
    assert laboratory.ids(READINGS, predicate) == expected, predicate
    assert laboratory.ids(READINGS, Not(predicate)) == {row.id for row in rows} - expected, predicate


@pytest.fixture(scope="module")
def nasty(lab: Laboratory) -> list[Row]:
    dates = list(product(DATES, TIMES))
    return store(
        lab,
        [
            {
                "n": NUMBERS[at % len(NUMBERS)], "t": TEXTS[at % len(TEXTS)], "hari": DAYS[at % len(DAYS)],
                "tanggal": date, "jam": time,
            }
            for at, (date, time) in enumerate(dates)
        ],
    )  # fmt: skip


@pytest.mark.parametrize("name", ["count", "yes", "opens", "at"])
def test_sql_finds_what_python_finds(lab: Laboratory, nasty: list[Row], name: str) -> None:
    operators = READINGS.operators(name)
    values: list[Any] = sorted({row.clean[name] for row in nasty} - {None}, key=str)
    assert len(values) >= 2
    check(lab, Compare(name, NULL, ()), nasty)
    for value in values:
        if Operator.IN in operators:
            check(lab, is_in(name, value), nasty)
        if name != "yes":
            for operator in RANGES:
                check(lab, Compare(name, operator, (value,)), nasty)


@pytest.mark.parametrize("value", [-1, -(10**12), 2**31, 10**30])
def test_counts_that_no_row_has_fail_nowhere(lab: Laboratory, nasty: list[Row], value: int) -> None:
    check(lab, is_in("count", value), nasty)
    for operator in RANGES:
        check(lab, Compare("count", operator, (value,)), nasty)


@pytest.mark.parametrize("value", ["8:00", "08.00", "24:00", "", "x", "a\0b"])
def test_no_time_of_day_names_no_row(lab: Laboratory, nasty: list[Row], value: str) -> None:
    check(lab, is_in("opens", value), nasty)


@settings(max_examples=examples(7), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pairs=st.lists(st.tuples(st.sampled_from(DATES), st.sampled_from(TIMES)), min_size=1, max_size=20),
    moments=st.lists(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)), min_size=1, max_size=5),  # noqa: DTZ001  # a wall clock
    clocks=st.lists(st.from_regex(r"[0-2][0-9][:.][0-6][0-9]", fullmatch=True), min_size=1, max_size=5),
)
def test_whatever_else_there_may_be(lab: Laboratory, pairs: Any, moments: list[datetime], clocks: list[str]) -> None:
    written = [(f"{at.year:04}-{at:%m-%d}", f"{at:%H:%M:%S}") for at in moments]
    cells = [(*pair, clock) for pair, clock in zip([*pairs, *written], clocks * 25, strict=False)]
    rows = store(lab, [{"n": at, "t": t, "hari": "", "tanggal": d, "jam": j} for at, (d, j, t) in enumerate(cells)])
    for at in islice((row.clean["at"] for row in rows if row.clean["at"] is not None), 4):
        check(lab, Compare("at", Operator.GTE, (at,)), rows)
    for clock in islice((row.clean["opens"] for row in rows if row.clean["opens"] is not None), 4):
        check(lab, Compare("opens", Operator.LT, (clock,)), rows)
        check(lab, is_in("opens", clock), rows)
    check(lab, Compare("at", NULL, ()), rows)
    check(lab, Compare("at", Operator.LT, (datetime(2020, 1, 1, tzinfo=UTC),)), rows)


# --- What a single decoder says ---------------------------------------------------------------------------------------


def test_counts_are_whole_numbers_from_zero_on() -> None:
    decoded = COUNT.decode([0, 7, -1, 2**31, True, "3", 2.0, None])
    assert decoded.values == [0, 7, None, None, None, None, None, None]
    assert decoded.flaws == {FindingKind.UNDECODABLE: 5}
    assert [COUNT.encode(value).values for value in (7, -1, 2**31, True, "7")] == [(7,), (), (), (), ()]


def test_flags_are_what_their_table_says() -> None:
    decoded = YES.decode(["Y", "T", "N", "", None, "y"])
    assert decoded.values == [True, False, None, None, None, None]
    assert decoded.flaws == {FindingKind.UNKNOWN_CODE: 2}
    assert [YES.encode(value).values for value in (True, False)] == [("Y",), ("T",)]


def test_times_of_day_have_two_spellings() -> None:
    decoded = OPENS.decode(["08:00", "17.30", "24:00", "8:00", "-", None])
    assert decoded.values == ["08:00", "17:30", None, None, None, None]
    assert decoded.flaws == {FindingKind.UNDECODABLE: 2}
    assert OPENS.encode("17:30").values == ("17:30", "17.30")
    assert OPENS.encode("17.30").values == ()


def test_a_moment_in_parts_is_the_date_and_a_wrong_name_of_its_day_a_contradiction() -> None:
    names = ["Rabu", "rabu ", "Senin", "", None, "Lundi", "Rabu", "Rabu", "Senin"]
    dates = ["2016-06-01"] * 6 + ["2016-02-31", "0000-00-00", None]
    decoded = AT.decode(names, dates, ["07:30:00"] * 9)
    moment = datetime(2016, 6, 1, 7, 30, tzinfo=ZONE)
    assert decoded.values == [moment] * 6 + [None] * 3
    assert decoded.flaws == {FindingKind.CONTRADICTION: 2, FindingKind.UNDECODABLE: 1}
    assert moment.utcoffset() == datetime(2016, 6, 1, tzinfo=ZONE).utcoffset()
    for name in ("Minggu", "AHAD", "Akhad"):
        assert AT.decode([name], ["2016-06-05"], ["00:00:00"]).flaws == {}
    for name in ("Jumat", "JUM'AT"):
        assert AT.decode([name], ["2016-06-03"], ["00:00:00"]).flaws == {}
