"""Tables: what a city states of the files of one table: which they are, how they are written, which of them wins."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fnmatch import fnmatchcase

from connectors.files.headers import folded
from connectors.files.plan import FileBounds, FilePlan

_DIGITS = {"Y": r"(?P<Y>[0-9]{4})", "m": r"(?P<m>[0-9]{2})", "d": r"(?P<d>[0-9]{2})"}


@dataclass(frozen=True, slots=True)
class DayOfName:
    """The day that a file is about, out of its name, and the column of the table that it fills with that day."""

    formats: tuple[str, ...]
    fills: str

    def of(self, name: str) -> date | None:
        """The day in a name; None for a name that has none, or several."""
        days = {day for form in self.formats for match in _pattern(form).finditer(name) if (day := _day(match))}
        return days.pop() if len(days) == 1 else None


def day_of_name(*formats: str, fills: str) -> DayOfName:
    """The day in a file's name, written with %Y, %m and %d, each once; `fills` is the column that gets it (ISO 8601).

    Raises ValueError for a format that is made of anything else.
    """
    for form in formats:
        if sorted(re.findall("%(.)", form)) != ["Y", "d", "m"]:
            raise ValueError(f"a day in a name is written with %Y, %m and %d, each once, and not {form!r}")
    return DayOfName(formats, fills)


def _pattern(form: str) -> re.Pattern[str]:
    parts = re.split("%(.)", form)
    body = "".join(_DIGITS[part] if at % 2 else re.escape(part) for at, part in enumerate(parts))
    return re.compile(f"(?<![0-9]){body}(?![0-9])")


def _day(match: re.Match[str]) -> date | None:
    try:
        return date(int(match["Y"]), int(match["m"]), int(match["d"]))
    except ValueError:
        return None


@dataclass(frozen=True, eq=False, slots=True)
class FileTable:
    """The files that together are one table of a mapping.

    `pattern` is one glob or several, `*.xlsx|*.csv`; case does not matter. `headers` gives the header texts of a column
    where those are not its own name; both are compared without case, blanks and punctuation. A file may lack the
    `optional` columns. `encoding`, `delimiter` and `sheet` are found out where they are not stated; `items` is the path
    of keys to the array of a JSON document.

    `unique` are the columns of which no two rows are the same: the row of the later file wins. Where none are stated,
    of two files of one `day` the later one wins. `expected_every` is how old the newest file may be before it is late.
    """

    name: str
    pattern: str
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    optional: tuple[str, ...] = ()
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    items: tuple[str, ...] = ()
    day: DayOfName | None = None
    unique: tuple[str, ...] = ()
    expected_every: timedelta | None = None

    def takes(self, name: str) -> bool:
        """Whether a file of this name is one of the table."""
        return any(fnmatchcase(name.casefold(), one.casefold()) for one in self.pattern.split("|"))

    def day_of(self, name: str) -> date | None:
        return self.day.of(name) if self.day is not None else None

    def plan(self, path: str, columns: tuple[str, ...], bounds: FileBounds) -> FilePlan:
        """How these columns of the table are read out of a file; the one that its day fills is not looked for."""
        filled = self.day.fills if self.day is not None else None
        wanted = tuple(
            (name, tuple(map(folded, self.headers.get(name, (name,))))) for name in columns if name != filled
        )
        return FilePlan(path, wanted, self.optional, self.encoding, self.delimiter, self.sheet, self.items, bounds)

    def stated_columns(self) -> frozenset[str]:
        """Every column that the statement names, to be compared with those that the mapping reads."""
        filled = (self.day.fills,) if self.day is not None else ()
        return frozenset((*self.headers, *self.optional, *self.unique, *filled))
