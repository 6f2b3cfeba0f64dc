"""Joining: what each row of a read leads to, read with it, as a read of its own would show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from connectors.catalog import Binding
from connectors.criteria import Join
from connectors.joins import joined_of
from connectors.reading import Reading
from models.batch import Batch, Joined, Origin
from models.errors import HubError
from models.policy import Decision
from models.request import Request
from resolvers.reads import Read
from resolvers.shown import shown_as_allowed


@dataclass(frozen=True, slots=True)
class Joining:
    """A join of one read, and how the viewer sees what it brings: as a read of its own would decide."""

    join: Join
    binding: Binding
    read: Read
    decision: Decision
    errors: dict[str, HubError]

    async def brought(
        self, request: Request, legacy: Mapping[str, Sequence[object]], batch: Batch, origin: Origin
    ) -> tuple[Reading, Joined]:
        """What came with the rows of a batch, and what of it the viewer sees, with the child of each row."""
        reading, children = joined_of(self.join, legacy, batch.columns[self.join.here], origin)
        ones = replace(reading.batch, errors=self.errors)
        return reading, Joined(await shown_as_allowed(request, self.read, self.decision, ones), children)
