"""Desk: what of a city can be written, before anything is: where to, under which number, and what does not fit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from connectors.protocol import SourceFailure
from connectors.sources import CityPackage
from connectors.writing.protocol import Writer
from models.actions.effects import Effect
from models.errors import NotSupported
from models.records import Record

LOOK_EVERY_S: Final = 300.0
"""How often the rights of the writers are looked at, so that a grant is noticed without a restart."""

_log: Final = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WritingDesk:
    """How the records of a city are written, by the writers of its sources.

    `lacking` has the sources where the hub's writer has not all rights that it needs.
    """

    package: CityPackage
    writers: Mapping[str, Writer]
    lacking: set[str] = field(default_factory=set)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def source_of(self, effects: Sequence[Effect]) -> str:
        """The source to which all of these go. Raises NotSupported where the hub cannot write there."""
        writings = [self.package.writing(effect.record) for effect in effects]
        sources = {writing.source if writing is not None else None for writing in writings}
        source = sources.pop()
        if source is None or sources or source not in self.writers or source in self.lacking:
            raise NotSupported("action_not_supported")
        return source

    def reference_of(self, record: type[Record], drawn: str) -> str | None:
        """The number of a new row for this random text, from the prefix that is reserved with the owner.

        None where the hub gives no number.
        """
        writing = self.package.writing(record.name)
        return writing.number.of(drawn) if writing is not None and writing.number is not None else None

    def not_taken(self, source: str, effects: Sequence[Effect]) -> str | None:
        """The first field whose value the source cannot store."""
        refused = self.writers[source].check(effects)
        return refused.field if refused is not None else None

    async def watch(self) -> None:
        """Look again and again whether the hub may write, until cancelled. A source that is down changes nothing."""
        while True:
            for name, writer in self.writers.items():
                await self._look(name, writer)
            await self.sleep(LOOK_EVERY_S)

    async def _look(self, name: str, writer: Writer) -> None:
        try:
            missing = await writer.missing_rights()
        except SourceFailure:
            return
        if not missing:
            self.lacking.discard(name)
        elif name not in self.lacking:
            self.lacking.add(name)
            _log.error("the writer of a source lacks rights", source=name, missing=list(missing))
