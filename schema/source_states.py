"""Source states in the graph: the subscription to the condition of sources and its changes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import UNSET, Info

from models.errors import BadInput, NotConnected, RateLimited
from models.sources.states import SourceCondition, SourceStateChange
from schema.core.context import context_of
from schema.departments import Department, department_named
from schema.sources import Source, source_named
from store.broker import TooManyListeners

SOURCES_MAX = 100


def _department(root: SourceState, info: Info) -> Department | None:
    services = context_of(info).services
    stated = next(one for one in services.records.catalog.sources if one.name == root.name)
    department = services.city.department(stated.department)
    return department_named(department) if department is not None else None


def _source(root: SourceState, info: Info) -> Source:
    context = context_of(info)
    return source_named(context.services.records.catalog, root.name, context.request.language)


def _label(root: SourceState, info: Info) -> str:
    return root.state.label_in(context_of(info).request.language)


@strawberry.type(description="How a source is, by what all processes of the hub see of it.")
class SourceState:
    name: str = strawberry.field(description="The name of the source in this hub, as in `extensions.sources`.")
    source: Source = strawberry.field(resolver=_source, description="The source.")
    department: Department | None = strawberry.field(resolver=_department, description="The department that owns it.")
    state: SourceCondition = strawberry.field(description="How it is.")
    state_label: str = strawberry.field(
        resolver=_label, description="The label of `state` in the language of the request."
    )
    since: datetime = strawberry.field(description="Since when, by the clock of this process of the hub.")


def _shown(change: SourceStateChange) -> SourceState:
    return SourceState(name=change.source, state=change.condition, since=change.since)


async def _changes(
    info: Info,
    sources: Annotated[
        list[str] | None, strawberry.argument(description="Names of sources; without it all that are connected.")
    ] = UNSET,
) -> AsyncGenerator[SourceState, None]:
    services = context_of(info).services
    board = services.source_board
    if board is None:
        raise NotConnected("not_connected", subject="sourceStateChanged")
    wanted = frozenset(sources or board.names)
    if len(wanted) > SOURCES_MAX or not wanted <= frozenset(board.names):
        raise BadInput("source_unknown", known=", ".join(board.names))
    try:
        async with aclosing(board.changes(wanted)) as changes:
            async for change in changes:
                yield _shown(change)
    except TooManyListeners:
        raise RateLimited("overloaded") from None


@strawberry.type
class SourceStateSubscription:
    source_state_changed = strawberry.subscription(
        resolver=_changes,
        description="How each source is now, one event each, and from then on every change. Who is slow gets the "
        "latest state of a source, not all that were before it.",
    )
