"""Local moments: a column decodes to what strptime reads, whatever stands in it, and remembers no text that is none."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.decoders import local_datetime
from models.findings import FindingKind

ZONE = ZoneInfo("America/New_York")
FORMATS = ["%d-%m-%Y %H:%M", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y", "%Y%m%d%H", "%H.%M %d-%m-%Y", "%H:%M:%S|%Y/%m/%d"]
WIDTHS = {"%Y": 4, **dict.fromkeys(("%m", "%d", "%H", "%M", "%S"), 2)}
NULLS = ("", "-", "0")


def expected(text: object, form: str) -> datetime | None:
    """What strptime reads of a text whose digits all stand there, which it does not insist on itself."""
    digits = re.sub("%.", lambda letter: f"[0-9]{{{WIDTHS[letter.group()]}}}", re.sub(r"([.|])", r"\\\1", form))
    if not isinstance(text, str) or not re.fullmatch(digits, text):
        return None
    try:
        return datetime.strptime(text, form).replace(tzinfo=ZONE)
    except ValueError:
        return None


def texts_of(form: str) -> st.SearchStrategy[object]:
    """Moments, what almost is one, and what is none."""
    moments = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)).map(  # noqa: DTZ001  # naive, as sources write them
        lambda one: one.strftime(form.replace("%Y", f"{one.year:04}"))
    )
    spoilt = st.tuples(moments, st.integers(0, 20), st.sampled_from("09 -\u0665x")).map(
        lambda given: given[0][: given[1]] + given[2] + given[0][given[1] + 1 :]
    )
    nothing = st.sampled_from([None, "", "-", "0", "31-02-2025 10:00", "01-01-2025 24:00", 5, b"01-01-2025 10:00"])
    return st.one_of(moments, spoilt, nothing, st.text(max_size=20))


@pytest.mark.parametrize("form", FORMATS)
@given(data=st.data())
def test_a_column_is_what_strptime_reads(form: str, data: st.DataObject) -> None:
    column = data.draw(st.lists(texts_of(form), max_size=6))
    decoder = local_datetime(form, ZONE, nulls=NULLS)

    decoded = decoder.decode(column)

    assert decoded.values == [expected(text, form) for text in column]
    assert all(value is None or (isinstance(value, datetime) and value.tzinfo is ZONE) for value in decoded.values)
    flawed = [text for text in column if expected(text, form) is None and text not in (None, *decoder.nulls)]
    assert decoded.flaws == ({FindingKind.UNDECODABLE: len(flawed)} if flawed else {})


def test_no_text_that_is_no_moment_is_kept() -> None:
    halves = local_datetime("%d-%m-%Y %H:%M", ZONE)._halves  # what is kept is nobody else's business
    assert halves is not None

    halves.decode(["01-02-2025 10:30", "3671054501900001", "Siti Rahma, RT 02", "01-02-2025 99:30"], NULLS)

    assert [half.cache_info().currsize for half in (halves.day_of, halves.time_of)] == [1, 1]  # type: ignore[union-attr]  # of lru_cache
