"""Places: a whole column is what its rows are one by one, however it is read."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.decoders import position
from models.sources.findings import FindingKind
from models.values.types import Box, Position

BOX = Box(-6.26, 106.55, -6.09, 106.75)
DECODER = position(BOX)
DEGREES = st.one_of(
    st.decimals("-6.3", "-6.0", places=6).map(str),
    st.decimals("106", "107", places=4).map(str),
    st.integers(-10, 200).map(str),
    st.sampled_from(["", "-", "0", "0.0", "-06.2", "1e2", "-6.2 ", "null", "[1", "106,6", "-6.20000000000000001"]),
    st.sampled_from(["1-2", "106000", "106.", ".5", "-6.123456789012345", "-6.1234567890123456", "٦", "\ud800", "\0"]),
    st.none(),
    st.floats(-7, 107),
    st.booleans(),
)


@given(st.lists(st.tuples(DEGREES, DEGREES), max_size=30))
@example([("-6.2", "106.6")])
@example([("-6.2", "106.6"), ("-6", "107"), ("", "-"), ("106.6", "-6.2")])
def test_a_column_is_what_its_rows_are_one_by_one(rows: list[tuple[object, object]]) -> None:
    whole = DECODER.decode([row[0] for row in rows], [row[1] for row in rows])
    ones = [DECODER.decode([first], [second]) for first, second in rows]
    assert list(whole.values) == [one.values[0] for one in ones]
    flaws: Counter[FindingKind] = Counter()
    for one in ones:
        flaws.update(one.flaws)
    assert whole.flaws == dict(flaws)
    assert {type(number) for place in whole.values if isinstance(place, Position) for number in place} <= {float}


@pytest.mark.parametrize(
    ("latitude", "longitude", "place"),
    [
        ("-6.2", "106.6", Position(-6.2, 106.6)),
        ("106.6", "-6.2", Position(-6.2, 106.6)),
        (-6.2, 106.6, Position(-6.2, 106.6)),
        ("-06.2", "106.6", Position(-6.2, 106.6)),
        ("-6.2 ", "106.6", None),
        ("-6.20000000000000001", "106.6", None),
        ("-7.2", "110.6", None),
        ("", "", None),
        (None, "106.6", None),
    ],
)
def test_one_place(latitude: object, longitude: object, place: Position | None) -> None:
    assert DECODER.decode([latitude], [longitude]).values == [place]


@pytest.mark.parametrize(
    ("latitude", "place"),
    [
        ("6.123456789012345", Position(6.123456789012345, 5.5)),
        # Of more decimals than these two texts may be one number.
        ("6.1234567890123456", None),
        ("1e0", None),
        ("1,2", None),
    ],
)
def test_a_number_is_written_as_the_source_is_asked_for_it(latitude: str, place: Position | None) -> None:
    assert position(Box(0.0, 0.0, 9.0, 9.0)).decode([latitude], ["5.5"]).values == [place]
