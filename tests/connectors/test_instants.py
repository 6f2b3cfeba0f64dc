"""Instants and written numbers: what decodes is what SQL finds and sorts by, on every engine, to the microsecond."""
# ruff: noqa: RUF001  # look-alikes are the point

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.criteria import Order
from connectors.decoders import number_key, offset_datetime, unix_seconds, written_number
from connectors.mapping import Mapping, column
from models.predicates import Compare, Not, Operator, Predicate, is_in
from models.records import Record, field
from models.sources.findings import FindingKind
from tests.connectors.conftest import Laboratory
from tests.connectors.specimens import Row, holds
from tests.slow import examples

ZONE = ZoneInfo("Asia/Jakarta")
RANGES = (Operator.GT, Operator.GTE, Operator.LT, Operator.LTE)


class Signal(Record, name="signals"):
    """What the decoders of this module make of a row."""

    id: str = field("The key")
    at: datetime | None = field("A moment with its offset")
    unix: datetime | None = field("A moment in seconds")
    count: int | None = field("A written number")


AT, UNIX, COUNT = offset_datetime(ZONE), unix_seconds(ZONE), written_number()
SIGNALS = Mapping(
    record=Signal,
    source="uji",
    selectable=sa.table(
        "uji_saat", sa.column("id", sa.Integer), sa.column("t", sa.String(40)), sa.column("n", sa.Integer)
    ),
    columns={
        "id": column("id", decoder=number_key()),
        "at": column("t", decoder=AT),
        "unix": column("n", decoder=UNIX),
        "count": column("t", decoder=COUNT),
    },
)

TEXTS = (
    None, "", "-", "2026-11-20T07:00:00+07:00", "2026-11-20T00:00:00-00:00", "2026-11-20T00:00:00+00:00",
    "2026-11-20T00:00:00Z", "2026-11-19T14:00:00-10:00", "2026-11-20T00:00:01Z", "2026-11-19T23:59:59Z",
    "2026-11-20T05:45:00+05:45", "2026-11-20T14:00:00+14:00", "2026-11-20T14:15:00+14:15", "2026-11-20T07:00:00+07:07",
    "2026-03-01T06:59:59+07:00", "2024-03-01T06:59:59+07:00", "2024-02-29T23:59:59Z", "2026-02-29T00:00:00Z",
    "2000-02-29T12:00:00Z", "1900-02-29T12:00:00Z", "1900-03-01T00:00:00+14:00", "2000-03-01T00:00:00+14:00",
    "2026-01-01T00:00:00+07:00", "2025-12-31T17:00:00Z", "1970-01-01T00:00:00Z", "1969-12-31T23:59:59Z",
    "0002-01-01T00:00:00+14:00", "9998-12-31T23:59:59-14:00", "0001-12-31T23:59:59Z", "9999-01-01T00:00:00Z",
    "2026-11-20T07:00:00+07", "2026-11-20T07:00:00+0700", "2026-11-20T07:00:00", "2026-11-20T07:00:00z",
    "2026-11-20t07:00:00Z", "2026-11-20 07:00:00Z", "2026-11-20T07:00:00 Z", "2026-11-20T07:00:00Z ",
    "2026-11-20T07:00:00Z\n", "2026-11-20T24:00:00Z", "2026-11-20T07:60:00Z", "2026-11-20T07:00:60Z",
    "2026-13-20T07:00:00Z", "2026-11-31T07:00:00Z", "2026-11-20T07:00:00.5Z", "2026-11-20T07:00:00−07:00",
    "٢026-11-20T07:00:00Z", "2026-11-20T07:00:00+7:00", "2026-11-20T07:00:00+07:00x",
    "0", "1", "9", "10", "99", "100", "320", "999999999", "1000000000", "00", "01", "007", "-1", "+1", "1.0", "1,0",
    " 1", "1 ", "1\n", "１", "1e3", "320 siswa",
)  # fmt: skip
NUMBERS = (None, 0, 1, -1, 1_795_132_799, 1_795_132_800, 1_795_132_801, 2_147_483_647, -2_147_483_648)
MOMENTS = (
    datetime(2026, 11, 20, tzinfo=UTC),
    datetime(2026, 11, 20, 0, 0, 0, 1, tzinfo=UTC),
    datetime(2026, 11, 19, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(2024, 3, 1, tzinfo=ZONE),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime.min.replace(tzinfo=ZONE),
    datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))),
)


@pytest.fixture(scope="module")
def lab(laboratory: Laboratory) -> Iterator[Laboratory]:
    laboratory.write(f"CREATE TABLE uji_saat (id INTEGER PRIMARY KEY, t VARCHAR(40), n INTEGER) {laboratory.table_end}")
    yield laboratory
    laboratory.write("DROP TABLE uji_saat")


def store(laboratory: Laboratory, texts: Sequence[str | None]) -> list[Row]:
    laboratory.write("DELETE FROM uji_saat")
    kept = [text for text in texts if text is None or laboratory.stores(text)]
    laboratory.insert(
        "uji_saat", [{"id": at, "t": text, "n": NUMBERS[at % len(NUMBERS)]} for at, text in enumerate(kept)]
    )
    found = laboratory.read(SIGNALS, tuple(SIGNALS.columns))
    clean = {name: one.decoder.decode(found.columns[one.legacy[0]]).values for name, one in SIGNALS.columns.items()}
    return [Row(int(str(key)), {name: clean[name][at] for name in clean}) for at, key in enumerate(clean["id"])]


def check(laboratory: Laboratory, predicate: Predicate, rows: Sequence[Row]) -> None:
    expected = {row.id for row in rows if holds(predicate, row)}
    assert laboratory.ids(SIGNALS, predicate) == expected, predicate
    assert laboratory.ids(SIGNALS, Not(predicate)) == {row.id for row in rows} - expected, predicate


def check_all(laboratory: Laboratory, rows: Sequence[Row], name: str, others: Sequence[object]) -> None:
    values: set[object] = {row.clean[name] for row in rows} - {None}
    check(laboratory, Compare(name, Operator.IS_NULL, ()), rows)
    for value in (*values, *others):
        check(laboratory, is_in(name, value), rows)
        for operator in RANGES:
            check(laboratory, Compare(name, operator, (value,)), rows)
    found = laboratory.read(SIGNALS, ("id",), order=(Order(name), Order("id"))).columns["id"]
    by_value: list[Any] = sorted(rows, key=lambda row: (row.clean[name] is None, row.clean[name] or 0, row.id))
    assert list(found) == [row.id for row in by_value]


@pytest.mark.parametrize(("name", "others"), [("at", MOMENTS), ("unix", MOMENTS), ("count", (-1, 5, 10**9, 2**31 - 1))])
def test_every_question_finds_what_decodes(lab: Laboratory, name: str, others: Sequence[object]) -> None:
    check_all(lab, store(lab, TEXTS), name, others)


@settings(max_examples=examples(7), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(
        st.one_of(
            st.builds(
                lambda moment, offset: f"{moment.year:04}-{moment:%m-%dT%H:%M:%S}{offset}",
                st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)),  # noqa: DTZ001  # a wall clock
                st.sampled_from(("Z", "+07:00", "-00:00", "-09:30", "+14:00", "-14:00", "+12:45", "+07:10")),
            ),
            st.sampled_from(TEXTS),
            st.text("0123456789", min_size=1, max_size=11),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_whatever_is_stored(lab: Laboratory, texts: list[str | None]) -> None:
    rows = store(lab, texts)
    for name in ("at", "count"):
        check_all(lab, rows, name, ())


# --- Without a database -----------------------------------------------------------------------------------------------


def test_one_instant_has_many_spellings_and_is_shown_in_the_citys_time() -> None:
    midnight = datetime(2026, 11, 20, 7, tzinfo=ZONE)
    spelled = AT.encode(midnight).values
    assert {"2026-11-20T00:00:00Z", "2026-11-20T00:00:00-00:00", "2026-11-19T14:00:00-10:00"} < set(spelled)
    # Z, and both signs of 57 offsets.
    assert len(set(spelled)) == 115
    decoded = AT.decode(spelled)
    assert decoded.flaws == {}
    assert [value.isoformat() for value in decoded.values if isinstance(value, datetime)] == [
        "2026-11-20T07:00:00+07:00"
    ] * 115


@pytest.mark.parametrize(
    "value", [*TEXTS[TEXTS.index("2026-11-20T07:00:00+07") :][:18], "2026-11-20T14:15:00+14:15", 7]
)
def test_what_is_written_otherwise_is_a_finding(value: object) -> None:
    decoded = AT.decode([value])
    assert decoded.values == [None]
    assert decoded.flaws == {FindingKind.UNDECODABLE: 1}


@pytest.mark.parametrize("decoder", [AT, UNIX])
def test_parts_of_a_second_are_in_no_row(decoder: Any) -> None:
    assert decoder.encode(datetime(2026, 11, 20, 0, 0, 0, 1, tzinfo=UTC)).values == ()
    assert decoder.encode("2026-11-20T00:00:00Z").values == ()


def test_seconds_are_those_of_utc() -> None:
    decoded = UNIX.decode([1_795_132_800, 0, None, -1, True, 2**40])
    assert decoded.values == [datetime(2026, 11, 20, 7, tzinfo=ZONE), None, None, None, None, None]
    assert decoded.flaws == {FindingKind.UNDECODABLE: 3}
    assert UNIX.encode(datetime(2026, 11, 20, tzinfo=UTC)).values == (1_795_132_800,)


def test_a_written_number_has_one_spelling() -> None:
    decoded = COUNT.decode(["0", "320", "999999999", "", "-", None, "00", "1.0", "1000000000", " 1", 7])
    assert decoded.values == [0, 320, 999_999_999, *[None] * 8]
    assert decoded.flaws == {FindingKind.UNDECODABLE: 5}
    assert [COUNT.encode(value).values for value in (0, 320, -1, 10**9, True, "320")] == [
        ("0",), ("320",), (), (), (), ()
    ]  # fmt: skip
