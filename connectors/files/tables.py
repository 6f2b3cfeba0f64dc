"""Tables: a city's declaration of the files of one table: their names, format and precedence."""

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
    """Reads the day of a file from its name, for the column `fills`."""

    formats: tuple[str, ...]
    fills: str

    def of(self, name: str) -> date | None:
        """The day in a name; None if there is none, or several."""
        days = {day for form in self.formats for match in _pattern(form).finditer(name) if (day := _day(match))}
        return days.pop() if len(days) == 1 else None


def day_of_name(*formats: str, fills: str) -> DayOfName:
    """The day in a file's name, in formats of %Y, %m and %d, each once; `fills` is the column that gets it (ISO 8601).

    Raises ValueError for any other format.
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

    `pattern` is one glob or several, `*.xlsx|*.csv`, case-insensitive. `headers` gives a column's header texts where
    they differ from its name; case, blanks and punctuation do not count. A file may lack the `optional` columns.
    `encoding`, `delimiter` and `sheet` are detected by default; `items` is the path of keys to the array in a JSON
    document.

    `unique` columns identify a row: the row of the later file wins. Without them, the later of two files of one `day`
    wins. `expected_every` is how old the newest file may be before it is late.
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
        """Whether a file of this name belongs to the table."""
        return any(fnmatchcase(name.casefold(), one.casefold()) for one in self.pattern.split("|"))

    def day_of(self, name: str) -> date | None:
        return self.day.of(name) if self.day is not None else None

    def plan(self, path: str, columns: tuple[str, ...], bounds: FileBounds) -> FilePlan:
        """The plan to read these columns from a file, without the column that its day fills."""
        filled = self.day.fills if self.day is not None else None
        wanted = tuple(
            (name, tuple(map(folded, self.headers.get(name, (name,))))) for name in columns if name != filled
        )
        return FilePlan(path, wanted, self.optional, self.encoding, self.delimiter, self.sheet, self.items, bounds)

    def stated_columns(self) -> frozenset[str]:
        """Every column that this declaration names, to be compared with the mapping."""
        filled = (self.day.fills,) if self.day is not None else ()
        return frozenset((*self.headers, *self.optional, *self.unique, *filled))
