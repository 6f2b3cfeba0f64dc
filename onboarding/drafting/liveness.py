"""Liveness: find the columns that mark deleted rows, by names, values and shares. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from onboarding.drafting.cleanings import cleanings
from onboarding.drafting.fits import Confidence
from onboarding.drafting.layout import quoted
from onboarding.drafting.looks import Looks
from onboarding.drafting.tables import SqlType
from onboarding.drafting.ways import Setting
from onboarding.drafting.words.meanings import all_of, meaning_of_name
from onboarding.drafting.words.vocabularies import Raw, yes_and_no

_DATED = (SqlType.DAY, SqlType.MOMENT, SqlType.ZONED)


@dataclass(frozen=True, slots=True)
class LiveCondition:
    """A condition of live rows: `column` is `value`, or null if `value` is None."""

    looks: Looks
    value: Raw | None
    confidence: Confidence
    words: str

    @property
    def column(self) -> str:
        return self.looks.column.name

    @property
    def code(self) -> str:
        if self.value is None:
            return f'column_is_null("{self.column}")'
        return f'column_equals("{self.column}", {quoted(self.value)})'

    @property
    def name(self) -> str:
        """The function of connectors.mapping that states it."""
        return "column_is_null" if self.value is None else "column_equals"


def conditions_of(columns: Iterable[Looks], used: set[str], setting: Setting) -> list[LiveCondition]:
    """The conditions for the live rows of a table; `used` are the columns that fields are read from."""
    return [found for looks in columns if (found := _condition(looks, looks.column.name in used, setting)) is not None]


def _condition(looks: Looks, is_used: bool, setting: Setting) -> LiveCondition | None:
    concepts = all_of(meaning_of_name(looks.column.name))
    if "DELETED" in concepts:
        return _deleted(looks, setting)
    if is_used:
        return None
    if "ACTIVE" in concepts:
        return _active(looks, Confidence.HIGH)
    if (
        concepts
        and concepts <= {"STATUS", "CODE", "PUBLICATION", "OPENS", "VALID", "EXPIRES"}
        and len(looks.column.counts) == 2
    ):
        is_letters = {str(value).upper() for value in looks.column.counts} <= {"Y", "T", "N"}
        return _active(looks, Confidence.MEDIUM if is_letters else Confidence.LOW)
    return None


def _deleted(looks: Looks, setting: Setting) -> LiveCondition | None:
    column = looks.column
    rows = len(column.values)
    if column.declared.kind in _DATED or not column.filled or _is_dated(looks, setting):
        words = f"{rows - column.filled:,} of {rows:,} rows are null, the others say when they were deleted"
        return LiveCondition(looks, None, Confidence.HIGH, words)
    letters = yes_and_no(column)
    value = _only(looks) if len(column.counts) == 1 else letters[1] if letters is not None else None
    return _said(looks, value, "not deleted", Confidence.HIGH) if value is not None else None


def _only(looks: Looks) -> Raw | None:
    """The only value of a column of flags: no row is deleted yet, or all are active."""
    (value,) = looks.column.counts
    return value if isinstance(value, str | int) and len(str(value)) <= 5 else None


def _is_dated(looks: Looks, setting: Setting) -> bool:
    found = cleanings(datetime, looks, setting)
    return found is not None and found.share > 0.5


def _active(looks: Looks, confidence: Confidence) -> LiveCondition | None:
    letters = yes_and_no(looks.column)
    value = _only(looks) if len(looks.column.counts) == 1 else letters[0] if letters is not None else None
    return _said(looks, value, "active", confidence) if value is not None else None


def _said(looks: Looks, value: Raw, meaning: str, confidence: Confidence) -> LiveCondition:
    column = looks.column
    count, rows = column.counts.get(value, 0), len(column.values)
    words = f"{count:,} of {rows:,} rows have {quoted(value)}, which means {meaning}"
    if count * 2 < rows:
        return LiveCondition(looks, value, Confidence.LOW, f"{words}; most rows would be hidden, so look at it")
    if len(column.counts) == 1:
        return LiveCondition(looks, value, Confidence.MEDIUM, f"{words}; no row says otherwise")
    return LiveCondition(looks, value, confidence, words)
