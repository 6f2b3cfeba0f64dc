"""Durations: promised times as Indonesian offices write them, `Maksimal 7 (tujuh) hari kerja`. Read only."""

from __future__ import annotations

import re

from connectors.decoders.protocol import ReadOnly
from models.values.types import Duration, DurationUnit

_UNITS = {
    "menit": DurationUnit.MINUTE,
    "jam": DurationUnit.HOUR,
    "hari": DurationUnit.DAY,
    "hari kerja": DurationUnit.WORKING_DAY,
    "minggu": DurationUnit.WEEK,
    "bulan": DurationUnit.MONTH,
    "tahun": DurationUnit.YEAR,
}
# The number in words repeats the digits.
_DURATION = re.compile(
    rf"(?:maks(?:imal|imum|\.)|paling lama|selama)?\s*([1-9][0-9]{{0,3}})\s*(?:\([a-z ]+\)\s*)?({'|'.join(_UNITS)})",
    re.IGNORECASE | re.ASCII,
)
_BLANKS = re.compile(r"\s+")


def duration(*, nulls: tuple[str, ...] = ("", "-", "0")) -> ReadOnly:
    """A promised time: `7 Hari`, `7 hari kerja`, `Maksimal 7 (tujuh) hari`, `30 Menit`."""
    return ReadOnly(Duration, _duration, nulls)


def _duration(text: str) -> Duration | None:
    found = _DURATION.fullmatch(_BLANKS.sub(" ", text).strip())
    return Duration(int(found[1]), _UNITS[found[2].lower()]) if found is not None else None
