"""Dictionary-encoded columns: each distinct value once, and for every row the index of its value.

Arrow and Parquet have the same encoding. Work on a column is then done once per value, not once per row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, overload

ROWS_MIN: Final = 256
"""For fewer rows a plain list is as fast."""
VALUES_MAX: Final = 256
"""The maximum number of distinct values: one byte tells them apart."""


class DictionaryColumn(Sequence[Any]):
    """One value per row: `values[codes[row]]`. Each of `values` is used by some row; some may be equal.

    Codes are bytes, which C searches, cuts and translates in no time.
    """

    __slots__ = ("codes", "values")

    def __init__(self, values: Sequence[Any], codes: bytes) -> None:
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
        """The same rows with other values in place of the old ones."""
        return DictionaryColumn(values, self.codes)

    def at(self, rows: Sequence[int]) -> DictionaryColumn:
        """Some of its rows, in any order."""
        return _compact(self.values, bytes(map(self.codes.__getitem__, rows)))


def numbered(values: Sequence[Any], numbers: Sequence[int]) -> Sequence[Any]:
    """`values[number]` for each number: a DictionaryColumn if rows are many and values few, else a list."""
    if len(numbers) < ROWS_MIN or len(values) > VALUES_MAX:
        return [values[number] for number in numbers]
    return _compact(values, bytes(numbers))


def per_value(column: Sequence[Any], work: Callable[[Sequence[Any]], Sequence[Any]]) -> Sequence[Any]:
    """The results of `work` for a column, computed once per distinct value if it is dictionary-encoded."""
    return column.with_values(work(column.values)) if isinstance(column, DictionaryColumn) else work(column)


def _compact(values: Sequence[Any], codes: bytes) -> DictionaryColumn:
    """Without unused values."""
    used = [code for code in range(len(values)) if code in codes]
    if len(used) == len(values):
        return DictionaryColumn(values, codes)
    new = bytearray(VALUES_MAX)
    for number, code in enumerate(used):
        new[code] = number
    return DictionaryColumn([values[code] for code in used], codes.translate(new))
