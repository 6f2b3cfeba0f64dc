"""Scalars: a column of moments is written as each of them would be, though all are written at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from graphql import GraphQLScalarType
from hypothesis import given
from hypothesis import strategies as st

from engine.leaves import leaf_column
from engine.level import Failure
from schema.build import SCHEMA

ZONES = [ZoneInfo(name) for name in ("Asia/Jakarta", "America/New_York", "Africa/Monrovia", "Asia/Kathmandu", "UTC")]
"""Some with summer time, with half hours, and with the last offset on earth that had seconds."""


@pytest.fixture(scope="module")
def moments() -> Any:
    kind = SCHEMA._schema.type_map["DateTime"]  # where strawberry keeps graphql-core's
    assert isinstance(kind, GraphQLScalarType)
    return leaf_column(kind)


def columns_in(zone: ZoneInfo) -> st.SearchStrategy[list[datetime | None]]:
    recent = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(zone))  # noqa: DTZ001
    ever = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(zone))  # noqa: DTZ001
    return st.lists(recent | st.none(), max_size=5) | st.lists(ever | recent, max_size=5)


@given(st.sampled_from(ZONES).flatmap(columns_in))
def test_they_are_written_as_each_of_them_would_be(moments: Any, column: list[datetime | None]) -> None:
    written = moments(column)

    assert written.column == [None if moment is None else moment.isoformat() for moment in column]
    assert written.has_nulls == (None in column)
    assert not written.has_failures


@pytest.mark.parametrize(
    "column",
    [
        [datetime(2026, 1, 1, tzinfo=ZONES[1]), datetime(2026, 1, 1, tzinfo=ZONES[0])],
        [datetime(2026, 1, 1, tzinfo=ZONES[1]), datetime(2026, 1, 1, tzinfo=timezone(timedelta(seconds=25_632)))],
        [datetime(2026, 1, 1, tzinfo=timezone(timedelta(seconds=25_632)))],
        [datetime(1972, 1, 6, tzinfo=ZoneInfo("Africa/Monrovia")), datetime(2026, 1, 1, tzinfo=UTC)],
        [datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC)],  # noqa: DTZ001  # what must not be, and is no crash
    ],
)
def test_so_are_those_of_many_zones(moments: Any, column: list[datetime]) -> None:
    assert moments(column).column == [moment.isoformat() for moment in column]


def test_what_is_no_moment_is_the_failure_of_its_place_alone(moments: Any) -> None:
    written = moments([datetime(2026, 1, 1, tzinfo=UTC), "no moment"])

    assert written.has_failures
    assert written.column[0] == "2026-01-01T00:00:00+00:00"
    assert isinstance(written.column[1], Failure)
