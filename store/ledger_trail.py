"""The trail: what the ledger says about one person, for that person."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from models.errors import LedgerUnavailable
from models.request import Request
from models.values import Nik
from store.database import HubDatabase
from store.ledger_chain import Entry
from store.ledger_marks import Marks
from store.ledger_rows import Place, trail_count, trail_page
from store.patience import DATABASE_AWAY, within

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Trail:
    """Reads trails from the hub's own database, within the deadline of the request. Raises LedgerUnavailable."""

    database: HubDatabase
    marks: Marks

    async def page(self, request: Request, nik: Nik, rows_max: int, after: Place | None) -> list[Entry]:
        """Who read what about a person, the newest first, behind a place in the trail."""
        return await _in_time(request, trail_page(self.database, self.marks.of_person(nik), rows_max, after))

    async def count(self, request: Request, nik: Nik) -> int:
        """How long the trail of a person is."""
        return await _in_time(request, trail_count(self.database, self.marks.of_person(nik)))


async def _in_time(request: Request, work: Coroutine[Any, Any, T]) -> T:
    try:
        return await within(request.deadline.remaining_s, work)
    except DATABASE_AWAY as error:
        raise LedgerUnavailable("ledger_unread") from error
