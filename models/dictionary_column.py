"""Dictionary column: a few values that many rows repeat, each once, and for every row which one it is.

Arrow and Parquet call such columns dictionary-encoded. What is made of one is made of its values, and not of each row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final, overload

ROWS_MIN: Final = 256
"""Of fewer rows a plain list is made as quickly."""
VALUES_MAX: Final = 256
"""More values than these are no few."""


class DictionaryColumn(Sequence[Any]):
    """One value per row, as in any column: `values[codes[row]]`. Each of `values` is in some row; some may be alike."""

    __slots__ = ("codes", "values")

    def __init__(self, values: Sequence[Any], codes: Sequence[int]) -> None:
        self.values = values
        self.codes = codes

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Iterator[Any]:
        values = self.values
        return iter([values[code] for code in self.codes])

    def __contains__(self, value: object) -> bool:
        return value in self.values

    @overload
    def __getitem__(self, at: int) -> Any: ...
    @overload
    def __getitem__(self, at: slice) -> DictionaryColumn: ...
    def __getitem__(self, at: int | slice) -> Any:
        return self.values[self.codes[at]] if isinstance(at, int) else _compact(self.values, self.codes[at])

    def with_values(self, values: Sequence[Any]) -> DictionaryColumn:
        """The same rows with other values, one in the place of each of its own."""
        return DictionaryColumn(values, self.codes)

    def at(self, rows: Sequence[int]) -> DictionaryColumn:
        """Some of its rows, in any order."""
        return _compact(self.values, list(map(self.codes.__getitem__, rows)))


def encoded(column: Sequence[Any]) -> Sequence[Any]:
    """A long column of few values as a DictionaryColumn, any other as it is. Raises TypeError for what has no hash."""
    if len(column) < ROWS_MIN:
        return column
    values = list(set(column))
    if len(values) > VALUES_MAX:
        return column
    number_of = {value: number for number, value in enumerate(values)}
    return DictionaryColumn(values, [number_of[value] for value in column])


def per_value(column: Sequence[Any], work: Callable[[Sequence[Any]], Sequence[Any]]) -> Sequence[Any]:
    """What `work` makes of the values of a column: one for each row, or where rows repeat them, for each of them."""
    return column.with_values(work(column.values)) if isinstance(column, DictionaryColumn) else work(column)


def rows_with(column: Sequence[Any], values: AbstractSet[Any]) -> list[int]:
    """The rows whose value is one of these."""
    if not isinstance(column, DictionaryColumn):
        return [row for row, value in enumerate(column) if value in values]
    codes = {code for code, value in enumerate(column.values) if value in values}
    return [row for row, code in enumerate(column.codes) if code in codes]


def _compact(values: Sequence[Any], codes: Sequence[int]) -> DictionaryColumn:
    """Without the values that are in no row."""
    used = sorted(set(codes))
    if len(used) == len(values):
        return DictionaryColumn(values, codes)
    number_of = {code: number for number, code in enumerate(used)}
    return DictionaryColumn([values[code] for code in used], [number_of[code] for code in codes])
