"""The two lanes: a field has one batch resolver, from which the resolver for graphql-core is derived."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any, cast, get_args

import strawberry
from graphql import GraphQLResolveInfo
from strawberry import UNSET, Info

from engine.facts import (
    BATCH,
    FACTS,
    BatchCall,
    BatchField,
    BatchResolver,
    Children,
    FieldFacts,
    Lists,
    Parents,
    Resolved,
    RowView,
    Selection,
    Table,
    view_of,
)
from schema.core.context import context_of
from schema.core.facts import selection_of

Arguments = Mapping[str, tuple[Any, str]]
"""Arguments of a field by their Python names: type and description. `from_` is `from` in the graph."""


def field_of(  # noqa: PLR0913  # the declarations of a field, each by its name
    batch: BatchResolver,
    description: str,
    *,
    facts: FieldFacts | None = None,
    reads: str | None = None,
    rows_max: Callable[[Mapping[str, Any], Selection], int] | None = None,
    calls: Callable[[Mapping[str, Any], Selection], int] | None = None,
    looks: Callable[[Mapping[str, Any], Selection], int] | None = None,
    arguments: Arguments | None = None,
    directives: Sequence[object] = (),
) -> Any:
    """A field for both lanes; its type is the annotation of the batch resolver.

    `reads` is the record that it reads, `rows_max` the number of rows per parent, `calls` the number of statements, and
    `looks` the cost of rows that sources look at without returning them.
    """
    metadata: dict[str, Any] = {BATCH: BatchField(batch, reads, rows_max, calls, looks)}
    if facts is not None:
        metadata[FACTS] = facts
    resolve = _waiting(batch) if inspect.iscoroutinefunction(batch) else _direct(batch)
    _sign(resolve, arguments or {})
    return strawberry.field(resolver=resolve, description=description, metadata=metadata, directives=directives)


def _direct(batch: BatchResolver) -> Callable[..., Any]:
    """The resolver of a batch resolver that reads nothing; called for one parent at a time."""

    def resolve(root: Any, info: Info, **given: Any) -> Any:
        call = BatchCall(context_of(info), _selection_of(info))
        resolved = batch(_parents_of([root]), call, **given)
        return _views(cast(Resolved, resolved))[0]

    return resolve


def _waiting(batch: BatchResolver) -> Callable[..., Any]:
    """The resolver of a batch resolver that reads; called once for all parents of a level."""

    async def resolve(root: Any, info: Info, **given: Any) -> Any:
        context = context_of(info)
        call = BatchCall(context, _selection_of(info))

        async def read(roots: list[object]) -> list[Any]:
            return list(_views(await cast(Awaitable[Resolved], batch(_parents_of(roots), call, **given))))

        if not isinstance(root, RowView):
            return (await read([root]))[0]
        return await context.loaders.load(_raw(info), "", root, read)

    return resolve


def _raw(info: Info) -> GraphQLResolveInfo[Any]:
    return info._raw_info  # noqa: SLF001  # strawberry has no other way to the document


def _selection_of(info: Info) -> Selection:
    raw = _raw(info)
    return selection_of(raw) if raw.field_nodes[0].selection_set is not None else Selection()


def _parents_of(roots: Sequence[Any]) -> Parents:
    """Ordinary parents as a level: rows of one table, or the root."""
    first = roots[0]
    if not isinstance(first, RowView):
        return Parents(None, range(1))
    return Parents(first.table, [root.row for root in roots])


def _views(resolved: Resolved) -> Sequence[Any]:
    if isinstance(resolved, Children):
        return [_view(resolved.table, row) for row in resolved.rows]
    if isinstance(resolved, Lists):
        table = resolved.table
        return [[view_of(table, row) for row in rows] if isinstance(rows, Sequence) else rows for rows in resolved.rows]
    return resolved


def _view(table: Table, row: int | Exception | None) -> Any:
    return view_of(table, row) if isinstance(row, int) else row


def _sign(resolve: Callable[..., Any], arguments: Arguments) -> None:
    """Give a resolver with keyword arguments the signature from which strawberry reads its arguments."""
    kept = [p for p in inspect.signature(resolve).parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
    for name, (annotation, about) in arguments.items():
        told = strawberry.argument(description=about, name=name[:-1] if name.endswith("_") else None)
        described = Annotated[annotation, told]  # type: ignore[valid-type]  # a type made at run time
        default = UNSET if type(None) in get_args(annotation) else inspect.Parameter.empty
        kept.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=described))
    resolve.__signature__ = inspect.Signature(kept)  # type: ignore[attr-defined]  # what inspect looks for first
