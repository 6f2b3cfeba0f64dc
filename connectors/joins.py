"""Joins: read the one record that each row leads to in the same statement, if both lie in one source. Pure.

A join returns what a separate read would return, and never changes which rows there are.
"""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence

import sqlalchemy as sa

from connectors.criteria import Join
from connectors.decoders.codes import Codes
from connectors.decoders.identifiers import NumberKey
from connectors.decoders.protocol import Decoder
from connectors.decoders.texts import ExactText
from connectors.mapping import Mapping
from connectors.protocol import Rows
from connectors.reading import Reading, clean
from models.batch import Column, Origin
from models.records import KEY, Relation


def can_join(mapping: Mapping, relation: Relation, target: Mapping) -> bool:
    """Whether `=` finds the same row of `target` as clean values do, and at most one.

    A target without an index on its key is small, or `sources check` tells its owner.
    """
    if relation.many or len(relation.on) != 1 or mapping.source != target.source:
        return False
    ((here, there),) = relation.on
    if here not in mapping.columns or there not in target.columns:
        return False
    is_key = target.unique_key and target.columns[there].legacy == target.columns[KEY].legacy
    is_table = isinstance(target.selectable, sa.TableClause)
    return is_key and is_table and _compare_alike(mapping.columns[here].decoder, target.columns[there].decoder)


def _compare_alike(here: Decoder, there: Decoder) -> bool:
    """Whether `there` has one spelling per clean value, and `here` stores it or has codes that mean it."""
    if isinstance(there, NumberKey):
        return isinstance(here, NumberKey)
    return isinstance(there, ExactText) and (
        isinstance(here, ExactText) or (isinstance(here, Codes) and here.clean_type is str)
    )


def came_twice(rows: Rows) -> bool:
    """Whether a row came more than once: two rows of the target have the same key, or two rows of the read do.

    Such a read is repeated without joins.
    """
    keys = zip(rows.parents, rows.keyset, strict=True) if rows.parents else rows.keyset
    return len(set(keys)) < rows.length


def joined_of(
    join: Join, legacy: Dictionary[str, Sequence[object]], keys: Column, origin: Origin
) -> tuple[Reading, list[int | None]]:
    """The joined records, each once, and the index of the one that each row leads to.

    `keys` are the clean keys of the rows. A record that the hub would not find by them is dropped.
    """
    raw_keys = legacy[join.target.columns[join.there].legacy[0]]
    row_of: dict[object, int] = {}
    for row, raw in enumerate(raw_keys):
        if raw is not None:
            row_of.setdefault(raw, row)
    once = {name: [values[row] for row in row_of.values()] for name, values in legacy.items()}
    reading = clean(join.target, join.columns, Rows(len(row_of), once, (), ()), origin)
    child_of = {raw: child for child, raw in enumerate(row_of)}
    there = reading.batch.columns[join.there]
    children = [child_of.get(raw) for raw in raw_keys]
    return reading, [
        child if child is not None and key is not None and there[child] == key else None
        for child, key in zip(children, keys, strict=True)
    ]
