"""Paging: how a service gives a long listing in parts. Frozen values, stated in a city's package. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from connectors.rest.documents import at


@dataclass(frozen=True, slots=True)
class Step:
    """What to ask next: the parameters of a page, or a link that the service gave."""

    parameters: tuple[tuple[str, str], ...] = ()
    link: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A page that came: which one it was, counted from 0, its document and `Link`, and how many items there are."""

    number: int
    document: object
    next_link: str
    items: int
    items_so_far: int


class Paging(Protocol):
    """The way through a listing. A page without items ends it, whatever the way."""

    def first(self) -> Step: ...

    def next(self, seen: Seen) -> Step | None:
        """None at the end."""
        ...


@dataclass(frozen=True, slots=True)
class OnePage:
    """The whole listing in one answer."""

    def first(self) -> Step:
        return Step()

    def next(self, seen: Seen) -> Step | None:
        return None


@dataclass(frozen=True, slots=True)
class Pages:
    """Pages by their number. The listing ends with a page without items: a short one may be the service's own limit."""

    parameter: str = "page"
    first_number: int = 1
    size_parameter: str = ""
    size: int = 100

    def first(self) -> Step:
        return self._step(self.first_number)

    def next(self, seen: Seen) -> Step | None:
        return self._step(self.first_number + seen.number + 1)

    def _step(self, number: int) -> Step:
        return _with_size({self.parameter: str(number)}, self.size_parameter, self.size)


@dataclass(frozen=True, slots=True)
class Offsets:
    """Parts by how many items came before; `first_offset` is 1 where the service counts from 1."""

    parameter: str = "offset"
    size_parameter: str = "limit"
    size: int = 100
    first_offset: int = 0

    def first(self) -> Step:
        return self._step(self.first_offset)

    def next(self, seen: Seen) -> Step | None:
        return self._step(self.first_offset + seen.items_so_far)

    def _step(self, offset: int) -> Step:
        return _with_size({self.parameter: str(offset)}, self.size_parameter, self.size)


@dataclass(frozen=True, slots=True)
class Cursors:
    """Each page says at the path `next` what to ask the next one with; nothing there ends the listing."""

    parameter: str
    next_path: str
    parameters: tuple[tuple[str, str], ...] = field(default=())

    def first(self) -> Step:
        return Step(self.parameters)

    def next(self, seen: Seen) -> Step | None:
        cursor = at(seen.document, self.next_path)
        return Step((*self.parameters, (self.parameter, cursor))) if isinstance(cursor, str) and cursor else None


@dataclass(frozen=True, slots=True)
class Links:
    """Each page links to the next: at a path in the body, or in the header `Link: <...>; rel="next"`."""

    next_path: str = ""

    def first(self) -> Step:
        return Step()

    def next(self, seen: Seen) -> Step | None:
        link = at(seen.document, self.next_path) if self.next_path else seen.next_link
        return Step(link=link) if isinstance(link, str) and link else None


def _with_size(parameters: dict[str, str], name: str, size: int) -> Step:
    return Step(tuple((parameters | ({name: str(size)} if name else {})).items()))
