"""The smallest area that a record lies in, and how it was found: named by its source, or by its position."""

from __future__ import annotations

from typing import Any

from engine.facts import BatchCall, Children, FieldFacts, Parents, Resolved
from models.areas import Area, AreaBasis
from models.records import KEY, Record
from models.values.types import AreaCode
from resolvers.areas.placement import area_of_rows
from schema.core.context import Context
from schema.core.facts import columns_of
from schema.core.fields import Declared, batch_of
from schema.core.lanes import field_of
from schema.core.vocabularies import words

words(AreaBasis)


def smallest_area() -> Any:
    """The smallest area of a record with an area and a position."""

    def make(record: type[Record], name: str) -> Any:  # noqa: ARG001  # the form of every declaration
        async def batch(parents: Parents, call: BatchCall) -> Resolved:
            context: Context = call.context
            codes = [found[0] if found is not None else None for found in await _found(parents, context, record)]
            columns = columns_of(call.selection)
            ones = await context.services.relations.one(context.request, Area, "code", codes, columns)
            return Children(ones.batch, ones.rows) if ones.batch is not None else ones.rows

        return field_of(
            batch,
            "The smallest area that it is known to lie in: the one that the source names, or, if that is a larger one, "
            "the one in it that its position lies in.",
            facts=FieldFacts(joined=(area_of_rows(record), KEY)),
            reads=Area.name,
        )

    return Declared(make)


def smallest_area_basis() -> Any:
    """How the smallest area was found."""

    def make(record: type[Record], name: str) -> Any:  # noqa: ARG001  # the form of every declaration
        async def batch(parents: Parents, call: BatchCall) -> Resolved:
            found = await _found(parents, call.context, record)
            return [one[1] if one is not None else None for one in found]

        about = "How `smallestArea` was found; null without one."
        return field_of(batch, about, facts=FieldFacts(joined=(area_of_rows(record), KEY)))

    return Declared(make)


def smallest_area_basis_label() -> Any:
    """How the smallest area was found, in the language of the request."""

    def make(record: type[Record], name: str) -> Any:  # noqa: ARG001  # the form of every declaration
        async def batch(parents: Parents, call: BatchCall) -> Resolved:
            found, language = await _found(parents, call.context, record), call.context.request.language
            return [one[1].label_in(language) if one is not None else None for one in found]

        about = "How `smallestArea` was found, in the language of the request; null without one."
        return field_of(batch, about, facts=FieldFacts(joined=(area_of_rows(record), KEY)))

    return Declared(make)


async def _found(parents: Parents, context: Context, record: type[Record]) -> list[tuple[AreaCode, AreaBasis] | None]:
    placed = await context.services.relations.placement.of(context.request, record)
    batch, rows = batch_of(parents), parents.rows
    keys, codes = batch.joining(KEY), batch.joining(area_of_rows(record))
    stated = [(code, AreaBasis.STATED) if isinstance(code := codes[row], AreaCode) else None for row in rows]
    return [placed.areas.get(str(keys[row]), one) for row, one in zip(rows, stated, strict=True)]
