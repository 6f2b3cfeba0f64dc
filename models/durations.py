"""Durations as an office promises them: so many of one unit. Working days are not days, so nothing is converted."""

from __future__ import annotations

from dataclasses import dataclass

from models.vocabulary import Vocabulary


class DurationUnit(Vocabulary):
    """What a promised time is counted in."""

    MINUTE = "MINUTE", "Menit", "Minute", "Minutes"
    HOUR = "HOUR", "Jam", "Hour", "Hours"
    DAY = "DAY", "Hari", "Day", "Days of the calendar, as far as the office says"
    WORKING_DAY = "WORKING_DAY", "Hari kerja", "Working day", "Days on which the city's offices are open"
    WEEK = "WEEK", "Minggu", "Week", "Weeks"
    MONTH = "MONTH", "Bulan", "Month", "Months"
    YEAR = "YEAR", "Tahun", "Year", "Years"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "A unit that the hub does not know"


@dataclass(frozen=True, slots=True)
class Duration:
    """So many units of time, more than none."""

    amount: int
    unit: DurationUnit

    def __post_init__(self) -> None:
        if self.amount < 1:
            raise ValueError("a duration is longer than nothing")
