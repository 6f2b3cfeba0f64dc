"""Nodes: any record by its global id, many at once with one read per kind."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry
from strawberry import ID, Info

from models.errors import BadInput
from models.records import KEY
from resolvers.reference import Row
from schema.context import context_of
from schema.entity import ENTITIES, Entity
from schema.facts import selection_of
from schema.relay import GlobalId, global_id_of

NODES_MAX = 100


async def _rows(info: Info, ids: list[ID]) -> list[Row | None]:
    if len(ids) > NODES_MAX:
        raise BadInput("ids_many", maximum=NODES_MAX)
    context = context_of(info)
    columns = selection_of(info._raw_info).columns  # noqa: SLF001  # its only way to the AST
    wanted = [_known(global_id_of(text)) for text in ids]
    found: dict[GlobalId, Row] = {}
    for type_name in dict.fromkeys(name for name, _ in wanted):
        keys = list(dict.fromkeys(key for name, key in wanted if name == type_name))
        record = ENTITIES[type_name].record
        own = columns.only(record)
        ones = await context.services.relations.one(context.request, record, KEY, keys, own)
        found |= {GlobalId(type_name, key): Row(*one) for key, one in zip(keys, ones.children, strict=True) if one}
    return [found.get(node) for node in wanted]


def _known(node: GlobalId) -> GlobalId:
    if node.type_name not in ENTITIES:
        raise BadInput("id_invalid")
    return node


async def _node(
    info: Info,
    id: Annotated[ID, strawberry.argument(description="The global id.")],  # noqa: A002 Relay's name
) -> Any:
    return (await _rows(info, [id]))[0]


async def _nodes(
    info: Info, ids: Annotated[list[ID], strawberry.argument(description=f"Global ids, {NODES_MAX} at most.")]
) -> Any:
    return await _rows(info, ids)


@strawberry.type
class NodeQuery:
    node: Entity | None = strawberry.field(resolver=_node, description="The record with this global id.")
    nodes: list[Entity | None] | None = strawberry.field(
        resolver=_nodes, description="The records with these global ids, in their order; null where there is none."
    )
