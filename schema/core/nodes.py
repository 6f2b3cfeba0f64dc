"""Nodes: any record by its global id, many at once with one read per kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import strawberry
from strawberry import ID

from engine.facts import BatchCall, Parents, Resolved, RowView, Selection
from models.errors import BadInput
from models.records import KEY
from schema.core.context import Context
from schema.core.entity import ENTITIES, Entity
from schema.core.facts import columns_of
from schema.core.lanes import field_of
from schema.core.relay import GlobalId, global_id_of

NODES_MAX = 100


async def _rows(call: BatchCall, ids: list[ID]) -> list[RowView | None]:
    if len(ids) > NODES_MAX:
        raise BadInput("ids_many", maximum=NODES_MAX)
    context: Context = call.context
    columns = columns_of(call.selection)
    wanted = [_known(global_id_of(text)) for text in ids]
    found: dict[GlobalId, RowView] = {}
    for type_name in dict.fromkeys(name for name, _ in wanted):
        keys = list(dict.fromkeys(key for name, key in wanted if name == type_name))
        record = ENTITIES[type_name].record
        ones = await context.services.relations.one(context.request, record, KEY, keys, columns.only(record))
        found |= {
            GlobalId(type_name, key): RowView(ones.batch, row)
            for key, row in zip(keys, ones.rows, strict=True)
            if row is not None
        }
    return [found.get(node) for node in wanted]


def _known(node: GlobalId) -> GlobalId:
    if node.type_name not in ENTITIES:
        raise BadInput("id_invalid")
    return node


async def _node(parents: Parents, call: BatchCall, id: ID) -> Resolved:  # noqa: A002, ARG001  # Relay's name; the root
    return await _rows(call, [id])


async def _nodes(parents: Parents, call: BatchCall, ids: list[ID]) -> Resolved:  # noqa: ARG001  # the root
    return [await _rows(call, ids)]


def _ids_count(arguments: Mapping[str, Any], _: Selection) -> int:
    return min(NODES_MAX, len(arguments["ids"]))


@strawberry.type
class NodeQuery:
    node: Entity | None = field_of(
        _node, "The record with this global id.", reads="nodes", arguments={"id": (ID, "The global id.")}
    )
    nodes: list[Entity | None] | None = field_of(
        _nodes,
        "The records with these global ids, in their order; null where there is none.",
        reads="nodes",
        rows_max=_ids_count,
        arguments={"ids": (list[ID], f"Global ids, {NODES_MAX} at most.")},
    )
