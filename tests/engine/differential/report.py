"""Reports a case on which the lanes differ: the smallest one that still does, what differs, and the seed."""

from __future__ import annotations

from graphql import GraphQLSchema

from tests.engine.differential.lanes import compare
from tests.engine.differential.operations import Case
from tests.engine.differential.shrinking import shrunk


async def report_of(schema: GraphQLSchema, case: Case) -> str:
    found = (await compare(schema, case)).differences
    kinds = {_kind(one) for one in found}

    async def fails(candidate: Case) -> bool:
        # In the same way: else a small case with another difference would be shown for this one.
        return not kinds.isdisjoint(map(_kind, (await compare(schema, candidate)).differences))

    smallest = await shrunk(schema, case, fails)
    lines = (await compare(schema, smallest)).differences
    return "\n".join([f"The lanes differ. {smallest}", *lines, f"As it was made: {case}"])


def _kind(difference: str) -> str:
    return difference.split(maxsplit=1)[0]
