"""Source history: keeps what the board of the sources tells, so that people can read it after a restart, too."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import aclosing

from connectors.source_board import SourceBoard
from models.sources.states import SourceCondition
from store.database.engine import HubDatabase
from store.source_changes import note


async def keep_history(
    board: SourceBoard,
    database: HubDatabase,
    failed: Callable[[str, BaseException], None],
    mocked: Collection[str] = (),
) -> None:
    """Write down every change that the board tells of, but for sources whose trouble is mocked. Ends when cancelled.

    `failed` is told of a change that cannot be written; the next one of that source is tried again.
    """
    async with aclosing(board.changes(frozenset(board.names).difference(mocked))) as changes:
        async for change in changes:
            if change.condition is SourceCondition.UNKNOWN:
                # A hub that has just started knows nothing, which is nothing about the source.
                continue
            try:
                await note(database, change)
            except Exception as error:  # noqa: BLE001  # drivers raise what they like
                failed(change.source, error)
