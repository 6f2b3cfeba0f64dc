"""Groups by the beginnings of moments: on every engine they are those of what each row decodes to."""
# ruff: noqa: RUF001  # look-alikes are the point

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.criteria import GroupCriteria, MomentPart
from connectors.decoders import local_date, local_datetime, number_key, unpadded_datetime
from connectors.decoders.protocol import Decoder
from connectors.mapping import Mapping, column
from connectors.protocol import Call
from connectors.reading import clean_groups
from models.batch import Origin, ServedFrom
from models.predicates import EVERYTHING
from models.records import Record, field
from tests.connectors.conftest import Laboratory
from tests.slow import examples

ZONE = ZoneInfo("Asia/Jakarta")
CHARS = (4, 7, 10, 13, 16)
GROUPS_MAX = 10_000


class Dated(Record, name="dated"):
    """One text, read in many ways."""

    id: str = field("The key")
    indonesian: datetime | None = field("Day, month, year and time")
    iso: datetime | None = field("As ISO 8601, with seconds")
    american: datetime | None = field("Month, day and year: what is kept is not in one piece")
    packed: date | None = field("A day without anything between its parts")
    framed: date | None = field("A day with signs before and behind")
    short: datetime | None = field("Without leading zeros, which SQL makes canonical")


WAYS: dict[str, Decoder] = {
    "indonesian": local_datetime("%d-%m-%Y %H:%M", ZONE),
    "iso": local_datetime("%Y-%m-%d %H:%M:%S", ZONE),
    "american": local_datetime("%H.%M %m/%d/%Y", ZONE),
    "packed": local_date("%Y%m%d"),
    "framed": local_date("<%d.%Y.%m>"),
    "short": unpadded_datetime("%d/%m/%Y %H:%M", ZONE),
}
DATED = Mapping(
    record=Dated,
    source="uji",
    selectable=sa.table("uji_awal", sa.column("id", sa.Integer), sa.column("t", sa.String(40))),
    columns={
        "id": column("id", decoder=number_key()),
        **{name: column("t", decoder=decoder) for name, decoder in WAYS.items()},
    },
)
FORMATS = ("%d-%m-%Y %H:%M", "%Y-%m-%d %H:%M:%S", "%H.%M %m/%d/%Y", "%Y%m%d", "<%d.%Y.%m>", "%d/%m/%Y %H:%M")
SIGNS = "0123456789-:/. <>٣３xX\n"

PARTS = st.fixed_dictionaries(
    {
        "%Y": st.sampled_from(["0000", "0001", "1900", "2000", "2023", "2024", "2100", "9999"]),
        "%m": st.sampled_from(["00", "01", "02", "04", "12", "13"]),
        "%d": st.sampled_from(["00", "01", "28", "29", "30", "31", "32"]),
        "%H": st.sampled_from(["00", "23", "24"]),
        "%M": st.sampled_from(["00", "59", "60"]),
        "%S": st.sampled_from(["00", "59", "60"]),
    }
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A text in one of the formats, whose moment may not exist, and half of the time with a sign that is wrong."""
    text, parts = draw(st.sampled_from(FORMATS)), draw(PARTS)
    for part, digits in parts.items():
        text = text.replace(part, digits)
    if draw(st.booleans()):
        return text
    at, sign = draw(st.integers(0, len(text))), draw(st.sampled_from(SIGNS))
    return text[:at] + sign + text[at + draw(st.integers(0, 1)) :]


@pytest.fixture(scope="module")
def table(laboratory: Laboratory) -> Iterator[Laboratory]:
    laboratory.write(f"CREATE TABLE uji_awal (id INTEGER PRIMARY KEY, t VARCHAR(40)) {laboratory.table_end}")
    yield laboratory
    laboratory.write("DROP TABLE uji_awal")


def groups(laboratory: Laboratory, name: str, chars: int) -> Counter[str | None]:
    criteria = GroupCriteria("dated", (), EVERYTHING, GROUPS_MAX, MomentPart(name, chars))
    raw = laboratory.runner.run(laboratory.connector.groups(DATED, criteria, Call("Test", 10_000)))
    found, _ = clean_groups(
        DATED, criteria, raw, Origin("uji", "uji", datetime(2026, 1, 1, tzinfo=UTC), ServedFrom.SOURCE, None)
    )
    counted: Counter[str | None] = Counter()
    for text, count in zip(found.moments, found.counts, strict=True):
        counted[text] += count
    return counted


def check(laboratory: Laboratory, written: Sequence[str | None]) -> None:
    kept = [text for text in written if text is None or laboratory.stores(text)]
    laboratory.write("DELETE FROM uji_awal")
    laboratory.insert("uji_awal", [{"id": at, "t": text} for at, text in enumerate(kept)])
    for name, decoder in WAYS.items():
        values: Sequence[Any] = decoder.decode(kept).values
        canonical = [None if value is None else str(decoder.comparable(value)) for value in values]
        for chars in CHARS:
            expected = Counter(None if text is None else text[:chars] for text in canonical)
            assert groups(laboratory, name, chars) == expected, (name, chars)


@given(st.lists(st.one_of(st.none(), texts()), min_size=1, max_size=60))
@settings(max_examples=examples(5), suppress_health_check=[HealthCheck.too_slow])
def test_random_texts_are_grouped_as_they_decode(table: Laboratory, written: list[str | None]) -> None:
    check(table, written)


def test_every_day_of_a_leap_century_and_of_a_common_one(table: Laboratory) -> None:
    days = [f"{day:02}-{month:02}-{year} 23:59" for year in (1900, 2000, 2024)
            for month in range(14) for day in range(33)]  # fmt: skip
    check(table, days)
