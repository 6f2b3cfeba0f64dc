"""Batches: columns, their errors, joins of the hub, and how old a row is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from models.batch import Batch, Freshness, Origin, ServedFrom, SourceState
from models.errors import DataQuality, Forbidden

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)


def _origin(fresh_for: timedelta | None = timedelta(minutes=5)) -> Origin:
    return Origin("complaints", "diskominfo", NOW, ServedFrom.SOURCE, fresh_for)


def test_a_column_is_its_values_by_row() -> None:
    batch = Batch("complaints", 2, {"id": ("1", "2"), "address": (None, "x")}, _origin())
    assert batch.column("id") == ("1", "2")
    assert batch.column("address") == (None, "x")
    with pytest.raises(KeyError):
        batch.column("nobody_read_it")


def test_a_column_that_could_not_be_read_raises_its_error() -> None:
    error = DataQuality("source_drifted", source="complaints", field="address")
    batch = Batch("complaints", 2, {"id": ("1", "2")}, _origin(), errors={"address": error})
    with pytest.raises(DataQuality) as raised:
        batch.column("address")
    assert raised.value is error
    with pytest.raises(DataQuality):
        batch.joining("address")
    assert batch.column("id") == ("1", "2")


def test_the_hub_joins_on_what_the_viewer_may_not_see() -> None:
    columns = {"id": ("1",), "reporter_nik": ("3671011505909001",)}
    denied = {"reporter_nik": Forbidden("field_forbidden", fields="reporter_nik")}
    batch = Batch("complaints", 1, columns, _origin(), errors=denied)
    assert batch.joining("reporter_nik") == ("3671011505909001",)
    with pytest.raises(Forbidden):
        batch.column("reporter_nik")


def test_a_row_is_as_old_as_its_source_says() -> None:
    yesterday = NOW - timedelta(days=1)
    batch = Batch("beds", 2, {"id": ("1", "2")}, _origin(), as_of=(yesterday, None))
    assert batch.as_of_row(0) == yesterday
    assert batch.as_of_row(1) is None


def test_a_row_of_a_source_that_does_not_say_is_as_old_as_the_read() -> None:
    assert Batch("complaints", 1, {"id": ("1",)}, _origin()).as_of_row(0) == NOW


@pytest.mark.parametrize(
    ("age", "freshness"),
    [
        (timedelta(0), Freshness.FRESH),
        (timedelta(minutes=5), Freshness.FRESH),
        (timedelta(minutes=5, microseconds=1), Freshness.STALE),
        (timedelta(days=3), Freshness.STALE),
        (timedelta(seconds=-1), Freshness.FRESH),
    ],
)
def test_stale_is_older_than_promised(age: timedelta, freshness: Freshness) -> None:
    assert _origin().freshness(NOW - age, NOW) is freshness


def test_without_a_promise_or_an_age_nothing_is_known() -> None:
    assert _origin(fresh_for=None).freshness(NOW, NOW) is Freshness.UNKNOWN
    assert _origin().freshness(None, NOW) is Freshness.UNKNOWN


def test_states_stand_from_best_to_worst() -> None:
    # SourceReport keeps the worst by this order.
    assert [state.value for state in SourceState] == ["OK", "STALE", "UNAVAILABLE", "TIMEOUT", "BROKEN"]
