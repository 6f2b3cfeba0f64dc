"""Local moments: a column decodes to what strptime reads, whatever stands in it, and remembers no text that is none."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.decoders import local_datetime
from models.sources.findings import FindingKind
from models.values.written_column import WrittenColumn

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
    remembering = data.draw(st.booleans())
    decoder = local_datetime(form, ZONE, nulls=NULLS)

    decoded = (decoder.remembering() if remembering else decoder).decode(column)

    assert list(decoded.values) == [expected(text, form) for text in column]
    assert all(value is None or (isinstance(value, datetime) and value.tzinfo is ZONE) for value in decoded.values)
    flawed = [text for text in column if expected(text, form) is None and text not in (None, *decoder.nulls)]
    assert decoded.flaws == ({FindingKind.UNDECODABLE: len(flawed)} if flawed else {})


def test_no_text_that_is_no_moment_is_kept() -> None:
    decoder = local_datetime("%d-%m-%Y %H:%M", ZONE).remembering()

    decoder.decode(["01-02-2025 10:30", "3671054501900001", "Siti Rahma, RT 02", "01-02-2025 99:30"])

    halves = decoder._halves  # what is kept is nobody else's business
    assert halves is not None
    assert (dict(halves._days), dict(halves._times)) == (
        {None: None, "01-02-2025 ": "2025-02-01T%s-05:00"},
        {None: None, "10:30": "10:30:00"},
    )


def test_a_moment_is_written_with_the_offset_of_its_own_time() -> None:
    """On 10 March 2024 New York's clocks went forward at two, and Liberia's offset had seconds once."""
    column = ["09-03-2024 03:30", "10-03-2024 01:30", "10-03-2024 03:30", "11-03-2024 01:30"]
    decoded = local_datetime("%d-%m-%Y %H:%M", ZONE).remembering().decode(column).values
    assert isinstance(decoded, WrittenColumn)
    assert decoded.texts == [
        "2024-03-09T03:30:00-05:00", "2024-03-10T01:30:00-05:00", "2024-03-10T03:30:00-04:00",
        "2024-03-11T01:30:00-04:00",
    ]  # fmt: skip
    liberian = local_datetime("%d-%m-%Y", ZoneInfo("Africa/Monrovia")).remembering().decode(["01-01-1971"]).values
    assert isinstance(liberian, WrittenColumn)
    assert liberian.texts == ["1971-01-01T00:00:00-00:44:30"]
