"""Lists: what a list field was asked for, as a read, and the page that it got. Both lanes use them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from connectors.criteria import AskedOrder, Keyset
from models.batch import Batch
from models.errors import BadInput
from models.predicates import EVERYTHING, Predicate
from resolvers.reads import Read, Settling

PAGE_ROWS_DEFAULT = 20
PAGE_ROWS_MAX = 100
TRUSTED_PAGE_ROWS_MAX = 500
"""What a document that the city has registered may ask for in one page, at most."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of an ordered list: the first rows after a place, or the last rows before one.

    `next_begins` is told as soon as it is known where the next page begins, if there is one.
    """

    rows: int
    backwards: bool
    keyset: Keyset | None
    next_begins: Callable[[Keyset], None] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ListArguments:
    """The arguments of a list field, checked. Its cursors are bound to `identity`: the list, its order and filter."""

    window: Window
    where: Predicate = EVERYTHING
    order: tuple[AskedOrder, ...] = ()
    identity: bytes = b""
    settling: Settling = field(default_factory=Settling, compare=False)

    def read(self, read: Read) -> Read:
        """The read of this page; it asks for one row more than the page, to know whether there is more."""
        window = self.window
        return replace(
            read,
            where=self.where,
            order=self.order,
            settling=self.settling,
            rows_max=window.rows + 1,
            keyset=window.keyset,
            reverse=window.backwards,
            looks_ahead=True,
            next_begins=window.next_begins,
        )

    def count(self, read: Read) -> Read:
        """The read of how many rows there are, page or no page."""
        return replace(read, where=self.where, order=self.order, settling=self.settling)


@dataclass(frozen=True, slots=True)
class Page:
    """The rows `start` to `stop` of a batch: one page of one list."""

    batch: Batch
    start: int
    stop: int
    has_next: bool
    has_previous: bool

    @property
    def rows(self) -> Sequence[int]:
        """The rows of the batch to show, in order."""
        lost = self.batch.unaddressable
        span = range(self.start, self.stop)
        return [row for row in span if row not in lost] if lost else span


def window_of(
    first: int | None,
    after: Keyset | None,
    last: int | None,
    before: Keyset | None,
    rows_max: int,
) -> Window:
    """Forwards by `first` and `after`, backwards by `last` and `before`, `rows_max` rows at most. Raises BadInput."""
    backwards = last is not None or before is not None
    if backwards and (first is not None or after is not None):
        raise BadInput("first_and_last")
    rows = last if backwards else first
    if rows is None:
        rows = min(PAGE_ROWS_DEFAULT, rows_max)
    if not 0 <= rows <= rows_max:
        raise BadInput("first_range", argument="last" if backwards else "first", maximum=rows_max)
    return Window(rows, backwards, before if backwards else after)


def page_of(batch: Batch, window: Window, start: int = 0, stop: int | None = None) -> Page:
    """The page in rows `start` to `stop` of a batch that was read with one row too many: that row is cut off again."""
    stop = batch.length if stop is None else stop
    more = stop - start > window.rows
    if more and window.backwards:
        start = stop - window.rows
    elif more:
        stop = start + window.rows
    has_next = window.keyset is not None if window.backwards else more
    has_previous = more if window.backwards else window.keyset is not None
    return Page(batch, start, stop, has_next, has_previous)
