"""Cursors carry any sort value there and back, show nothing of it, and hold for one list and one secret only."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.criteria import Keyset
from models.errors import BadInput
from schema.core.cursors import CursorCodec

CODEC = CursorCodec(b"a secret")
VALUES = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.binary(max_size=20).map(lambda raw: raw.decode("utf-8", "surrogateescape")),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.datetimes(timezones=st.just(UTC)),
    st.dates(),
)


@given(st.lists(VALUES, max_size=4).map(tuple), st.booleans())
def test_every_sort_value_comes_back(values: tuple[object, ...], before: bool) -> None:
    place = CODEC.decode(b"list", CODEC.encode(b"list", "letters", values), before=before)
    assert place == Keyset(values, before, "letters")
    assert [type(value) for value in place.values] == [type(value) for value in values]


def test_a_row_has_one_cursor_and_it_shows_nothing() -> None:
    values = ("Sukarasa", date(2026, 11, 20), datetime(2026, 11, 20, tzinfo=UTC), Decimal("1.50"))
    cursor = CODEC.encode(b"list", "letters", values)
    assert cursor == CODEC.encode(b"list", "letters", values)
    assert "Sukarasa" not in cursor
    assert base64.b64encode(b"Sukarasa").decode().rstrip("=") not in cursor


@pytest.mark.parametrize(("identity", "secret"), [(b"another list", b"a secret"), (b"list", b"another secret")])
def test_a_cursor_holds_for_its_list_and_its_secret(identity: bytes, secret: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        CursorCodec(secret).decode(identity, CODEC.encode(b"list", "letters", (1,)), before=False)
    assert refused.value.message == "cursor_invalid"


@given(st.text(max_size=80))
def test_nothing_else_is_a_cursor(text: str) -> None:
    with pytest.raises(BadInput):
        CODEC.decode(b"list", text, before=False)
