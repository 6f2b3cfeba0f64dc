"""Reading: a connector of any kind asked as the hub asks it, with what a test leaves out filled in."""

from __future__ import annotations

from connectors.criteria import Criteria, Keyset, Order, ParentKeys
from connectors.mapping import Mapping
from connectors.protocol import Call, Connector, Rows
from models.predicates import EVERYTHING, Predicate

CALL = Call("Test", 5_000)
BY_ID = (Order("id"),)


async def read(
    connector: Connector,
    mapping: Mapping,
    columns: tuple[str, ...] = ("id",),
    where: Predicate = EVERYTHING,
    order: tuple[Order, ...] = BY_ID,
    rows_max: int = 1_000,
    *,
    keyset: Keyset | None = None,
    reverse: bool = False,
    parents: ParentKeys | None = None,
) -> Rows:
    criteria = Criteria(mapping.record.name, columns, where, order, rows_max, keyset, reverse, parents)
    return await connector.read(mapping, criteria, CALL)
