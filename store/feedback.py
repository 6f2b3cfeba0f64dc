"""Feedback on complaints, in the hub's own database: who supports one, and what its reporter says of the answer.

A person is a pseudonym, so that nobody supports twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Executable, and_, case, func, select
from sqlalchemy.dialects import postgresql, sqlite

from models.actions.feedback import FeedbackCounts, FeedbackKind, Note
from models.policy.viewer import Viewer
from models.tables import complaint_feedback
from store.database.engine import HubDatabase
from store.ledger.pseudonyms import Pseudonyms

COMPLAINTS_MAX = 1_000
"""Of how many complaints one statement counts the feedback."""

_F = complaint_feedback.c


@dataclass(frozen=True, slots=True)
class Feedback:
    """The feedback of residents. Every method raises the errors of the database."""

    database: HubDatabase
    pseudonyms: Pseudonyms

    def noting(self, complaint: str, viewer: Viewer, note: Note, at: datetime) -> Executable:
        """The statement that keeps a note; another one of the same kind by the same person replaces it."""
        row = {
            "complaint": complaint,
            "person": self.pseudonyms.of_viewer(viewer),
            "kind": note.kind.value,
            "rating": note.rating,
            "at": at,
        }
        is_postgresql = self.database.engine.dialect.name == "postgresql"
        insert = postgresql.insert(complaint_feedback) if is_postgresql else sqlite.insert(complaint_feedback)
        same = [_F.complaint, _F.kind, _F.person]
        return insert.values(row).on_conflict_do_update(index_elements=same, set_={"rating": note.rating, "at": at})

    async def counts_of(self, complaints: Sequence[str]) -> dict[str, FeedbackCounts]:
        """The feedback of those of these complaints that have any."""

        def of(kind: FeedbackKind, value: ColumnElement[Any]) -> ColumnElement[Any]:
            return case((_F.kind == kind.value, value))

        counting = select(
            _F.complaint,
            func.count(of(FeedbackKind.SUPPORTED, _F.person)),
            func.count(of(FeedbackKind.RATED, _F.rating)),
            func.avg(of(FeedbackKind.RATED, _F.rating)),
            func.max(of(FeedbackKind.CONFIRMED, _F.at)),
            func.max(of(FeedbackKind.REJECTED, _F.at)),
        ).group_by(_F.complaint)
        found: dict[str, FeedbackCounts] = {}
        async with self.database.reading() as connection:
            for start in range(0, len(complaints), COMPLAINTS_MAX):
                some = _F.complaint.in_(complaints[start : start + COMPLAINTS_MAX])
                for complaint, supporters, ratings, average, confirmed_at, rejected_at in await connection.execute(
                    counting.where(some)
                ):
                    rating = float(average) if average is not None else None
                    found[complaint] = FeedbackCounts(supporters, ratings, rating, confirmed_at, rejected_at)
        return found

    async def kinds_by(self, viewer: Viewer, complaints: Sequence[str]) -> dict[str, frozenset[FeedbackKind]]:
        """What a viewer has said of these complaints."""
        person = self.pseudonyms.of_viewer(viewer)
        statement = select(_F.complaint, _F.kind).where(and_(_F.person == person, _F.complaint.in_(complaints)))
        async with self.database.reading() as connection:
            rows = (await connection.execute(statement)).all()
        found: dict[str, set[FeedbackKind]] = {}
        for complaint, kind in rows:
            found.setdefault(complaint, set()).add(FeedbackKind.__members__.get(kind, FeedbackKind.UNKNOWN))
        return {complaint: frozenset(kinds) for complaint, kinds in found.items()}
