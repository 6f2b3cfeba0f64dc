"""Row codec: what goes in comes out, of the same type, or is refused; and so are bytes that are no answer."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.cache.row_codec import (
    NotStorable,
    Unreadable,
    packed_counts,
    packed_rows,
    unpacked_counts,
    unpacked_rows,
)
from connectors.protocol import Rows

OFFSETS = st.sampled_from([None, UTC, timezone(timedelta(hours=7)), timezone(-timedelta(hours=9, minutes=30))])
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.text(max_size=8),
    st.text(st.characters(min_codepoint=0xD800, max_codepoint=0xDFFF), min_size=1, max_size=3),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False),
    st.binary(max_size=8),
    st.decimals(allow_nan=False),
    st.dates(),
    st.times(),
    st.datetimes(timezones=OFFSETS),
    st.timedeltas(),
)


@st.composite
def answers(draw: st.DrawFn) -> Rows:
    length = draw(st.integers(0, 4))
    columns = st.dictionaries(
        st.text("abc_", max_size=4), st.lists(VALUES, min_size=length, max_size=length), max_size=3
    )
    keyset = draw(st.lists(st.tuples(VALUES, VALUES), min_size=length, max_size=length))
    parents = draw(st.lists(st.integers(0, 9), min_size=length, max_size=length))
    joined = tuple(draw(st.lists(columns, max_size=2)))
    return Rows(
        length, draw(columns), keyset, parents, joined, draw(st.none() | st.just(datetime(2026, 3, 2, tzinfo=UTC)))
    )


def typed(value: object) -> object:
    """A value with its type all the way down, as True equals 1 and 1 equals 1.0."""
    if isinstance(value, Rows):
        parts = (value.length, value.columns, value.keyset, value.parents, value.joined, value.copied_at)
        return typed(parts)
    if isinstance(value, dict):
        return {name: typed(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return (type(value).__name__, [typed(one) for one in value])
    offset = value.utcoffset() if isinstance(value, datetime) else None
    return (type(value).__name__, repr(value) if isinstance(value, float | Decimal) else value, offset)


@given(answers())
def test_rows_come_out_as_they_went_in(rows: Rows) -> None:
    assert typed(unpacked_rows(packed_rows(rows))) == typed(rows)


def test_rows_come_out_of_every_kind_of_sequence() -> None:
    rows = Rows(2, {"a": ("x", Decimal("1.50"))}, ((1,), (2,)), range(2))
    assert unpacked_rows(packed_rows(rows)) == Rows(2, {"a": ["x", Decimal("1.50")]}, [(1,), (2,)], [0, 1])


@given(st.lists(st.integers(0, 2**63)))
def test_counts_come_out_as_they_went_in(counts: list[int]) -> None:
    assert unpacked_counts(packed_counts(counts)) == counts


class Number(int):
    """A value of a driver's own type."""


class Name(str):
    """As well; with a text that is none beside it."""

    __slots__ = ()


@pytest.mark.parametrize(
    "value", [object(), {"a": 1}, [1], (1,), Number(1), Name("a\ud800"), 2**64, -(2**63) - 1], ids=repr
)
def test_what_would_not_come_out_the_same_is_refused(value: object) -> None:
    for rows in (Rows(1, {"a": [value]}, [], ()), Rows(1, {}, [(value,)], ()), Rows(1, {}, [], (), ({"a": [value]},))):
        with pytest.raises(NotStorable):
            packed_rows(rows)


GOOD = packed_rows(Rows(1, {"a": [Decimal("1.5")]}, [(date(2026, 3, 2), time(8))], ()))


@pytest.mark.parametrize(
    "data",
    [b"", b"\xc0", b"garbage", GOOD[:-1], GOOD + b"\x00", GOOD.replace(b"1.5", b"x.5"), GOOD.replace(b"2026", b"9x26"),
     packed_counts([1]), pickle.dumps(Rows(0, {}, [], ())), b"\xc7\x01\x63x"],
    ids=["empty", "null", "text", "cut", "longer", "no number", "no date", "counts", "pickle", "extension"],
)  # fmt: skip
def test_bytes_that_are_no_answer_are_unreadable(data: bytes) -> None:
    with pytest.raises(Unreadable):
        unpacked_rows(data)


def test_an_extension_that_nobody_knows_is_unreadable() -> None:
    known = packed_rows(Rows(1, {"a": [Decimal("1.5")]}, [], ()))
    place = known.index(b"1.5") - 1
    assert known[place] == 1
    with pytest.raises(Unreadable):
        unpacked_rows(known[:place] + b"\x63" + known[place + 1 :])
