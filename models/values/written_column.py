"""A column of days or moments that knows its texts in the graph: most of them are printed and never compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, overload


class WrittenColumn(Sequence[Any]):
    """One value per row, of which `texts` has the text in ISO 8601, None for null.

    The values themselves are made by `parse` when somebody asks for one; `kind` is their type.
    """

    __slots__ = ("_parse", "_values", "kind", "texts")

    def __init__(self, texts: Sequence[Any], kind: type, parse: Callable[[str], object]) -> None:
        self.texts = texts
        self.kind = kind
        self._parse = parse
        self._values: list[object] | None = None

    @property
    def values(self) -> list[object]:
        if self._values is None:
            parse = self._parse
            self._values = [None if text is None else parse(text) for text in self.texts]
        return self._values

    def __len__(self) -> int:
        return len(self.texts)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values)

    def __contains__(self, value: object) -> bool:
        return value in (self.texts if value is None else self.values)

    @overload
    def __getitem__(self, at: int) -> Any: ...
    @overload
    def __getitem__(self, at: slice) -> WrittenColumn: ...
    def __getitem__(self, at: int | slice) -> Any:
        return self.values[at] if isinstance(at, int) else self._with(self.texts[at])

    def at(self, rows: Sequence[int]) -> WrittenColumn:
        """Some of its rows, in any order."""
        return self._with(list(map(self.texts.__getitem__, rows)))

    def _with(self, texts: Sequence[Any]) -> WrittenColumn:
        return WrittenColumn(texts, self.kind, self._parse)
