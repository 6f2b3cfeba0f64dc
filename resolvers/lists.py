"""Lists: the checked arguments of a list field as a read, and the page of the answer. Both lanes use them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from connectors.criteria import AskedOrder, Keyset
from models.batch import Batch
from models.errors import BadInput
from models.predicates import EVERYTHING, Predicate
from resolvers.reads import Read, Settling

PAGE_ROWS_DEFAULT = 20
PAGE_ROWS_MAX = 100
TRUSTED_PAGE_ROWS_MAX = 500
"""The maximum page of a registered document."""


@dataclass(slots=True)
class Window:
    """A part of an ordered list: the first rows after a cursor, or the last rows before one.

    `next_begins` is called as soon as the start of the next page is known, if there is one.
    """

    rows: int
    backwards: bool
    keyset: Keyset | None
    next_begins: Callable[[Keyset], None] | None = field(default=None, compare=False)


@dataclass(frozen=True)
class ListArguments:
    """The checked arguments of the list field at a `place`.

    `asked` has filter and order as the client asked for them, if they were settled for one moment: cursors outlive it.
    """

    window: Window
    where: Predicate = EVERYTHING
    order: tuple[AskedOrder, ...] = ()
    place: str = ""
    settling: Settling = field(default_factory=Settling, compare=False)
    asked: tuple[Predicate, tuple[AskedOrder, ...]] | None = None

    @cached_property
    def identity(self) -> bytes:
        """What cursors are bound to. Few answers have one."""
        return identity_of(self.place, *(self.asked or (self.where, self.order)))

    def read(self, read: Read) -> Read:
        """The read of this page, with a look-ahead row that tells whether there is more."""
        window = self.window
        return Read(
            read.record,
            read.columns,
            self.where,
            read.given,
            self.order,
            window.rows + 1,
            window.keyset,
            window.backwards,
            read.parents,
            read.via,
            looks_ahead=True,
            settling=self.settling,
            next_begins=window.next_begins,
        )

    def count(self, read: Read) -> Read:
        """The read of the number of rows of the whole list."""
        return replace(read, where=self.where, order=self.order, settling=self.settling)


def identity_of(place: str, where: Predicate, order: tuple[AskedOrder, ...]) -> bytes:
    """Stands for a list, its order and its filter."""
    return hashlib.sha256(repr((place, where, order)).encode()).digest()


@dataclass(slots=True)
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
    """Forwards by `first` and `after`, backwards by `last` and `before`, at most `rows_max` rows. Raises BadInput."""
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
    """The page in rows `start` to `stop` of a batch, without the look-ahead row."""
    stop = batch.length if stop is None else stop
    more = stop - start > window.rows
    if more and window.backwards:
        start = stop - window.rows
    elif more:
        stop = start + window.rows
    has_next = window.keyset is not None if window.backwards else more
    has_previous = more if window.backwards else window.keyset is not None
    return Page(batch, start, stop, has_next, has_previous)
