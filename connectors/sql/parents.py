"""Parents: split the parents of a read into chunks that fit into one statement. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from connectors.criteria import ParentKeys
from connectors.decoders.protocol import Raw
from connectors.mapping import Mapping
from connectors.sql.dialects import Dialect
from connectors.sql.lowering import are_plain, in_powers_of_two
from models.records import KEY

KEYS_FEW = 16
"""In a union, a parent with more spelled keys than this has one branch over all of them, in place of one for each."""

PARAMETERS_MAX = 30_000
"""How many parameters a union may have: SQLite takes 32,766."""


@dataclass(slots=True)
class ParentChunk:
    """Some parents of a read: the ordinal of each branch, and the legacy keys that it is about.

    `by_id`: whether these are keys of the rows themselves.
    """

    ordinals: tuple[int, ...]
    branch_keys: tuple[tuple[Raw, ...], ...]
    by_id: tuple[bool, ...]
    plain: bool

    @property
    def trimmed(self) -> bool:
        """Whether a parent has several branches, whose rows together are more than its page."""
        return len(set(self.ordinals)) < len(self.ordinals)


def chunks_of(
    mapping: Mapping, parents: ParentKeys, keys_max: int, dialect: Dialect, values: int = 0
) -> Iterator[ParentChunk]:
    """Parents in chunks of at most `keys_max` branches: one for a key, or one over all keys of a parent with many.

    `values` is how many parameters the filter has. Parents whose keys the source cannot have written are in no chunk:
    they have no children there. Ordinals ascend in a chunk; where the dialect cannot compare any text, parents with a
    key that not every character set knows come last, apart from the others. Named rows are asked for in a union.
    """
    named = parents.named or ((),) * len(parents.keys)
    spelled = [
        (ordinal, _spelled(mapping, parents.field, clean), _spelled(mapping, KEY, rows))
        for ordinal, (clean, rows) in enumerate(zip(parents.keys, named, strict=True))
    ]
    rare = {ordinal for ordinal, *raws in spelled if not all(map(are_plain, raws))} if not dialect.any_text else set()
    chunked = _in_unions if dialect.parents_form == "union" or any(named) else _in_pairs
    yield from chunked([one for one in spelled if one[0] not in rare], keys_max, values, plain=True)
    yield from chunked([one for one in spelled if one[0] in rare], keys_max, values, plain=False)


def _spelled(mapping: Mapping, field: str, clean: tuple[object, ...]) -> tuple[Raw, ...]:
    """Every spelling of some values. An unknown code is not a key."""
    spellings = map(mapping.columns[field].decoder.encode, clean)
    known = (spelling.values for spelling in spellings if not spelling.complement)
    return tuple(dict.fromkeys(itertools.chain.from_iterable(known)))


_Spelled = tuple[int, tuple[Raw, ...], tuple[Raw, ...]]
"""An ordinal, the keys, and those of the rows that are named."""

_Branch = tuple[int, tuple[Raw, ...], bool]
"""An ordinal, the keys, and whether they are those of rows."""


def _in_unions(spelled: list[_Spelled], keys_max: int, values: int, *, plain: bool) -> Iterator[ParentChunk]:
    """Every branch repeats the values of the filter, so that its parameters count."""
    some: list[_Branch] = []
    parameters = 0
    for ordinal, raws, rows in spelled:
        of_parent = _singles(ordinal, raws) if len(raws) <= min(KEYS_FEW, keys_max) else [_merged(ordinal, raws)]
        of_parent += [_merged(ordinal, rows, by_id=True)] if rows else []
        more = sum(1 + len(keys) + values for _, keys, _ in of_parent)
        if some and (len(some) + len(of_parent) > keys_max or parameters + more > PARAMETERS_MAX):
            yield _chunk(some, plain=plain)
            some, parameters = [], 0
        some += of_parent
        parameters += more
    if some:
        yield _chunk(some, plain=plain)


def _in_pairs(spelled: list[_Spelled], keys_max: int, _: int, *, plain: bool) -> Iterator[ParentChunk]:
    """A branch is a pair of an ordinal and a key; a parent with more keys than fit has a statement of its own."""
    some: list[_Branch] = []
    for ordinal, raws, _rows in spelled:
        if some and len(some) + len(raws) > keys_max:
            yield _chunk(some, plain=plain)
            some = []
        if len(raws) > keys_max:
            yield _chunk([_merged(ordinal, raws)], plain=plain)
        else:
            some += _singles(ordinal, raws)
    if some:
        yield _chunk(some, plain=plain)


def _singles(ordinal: int, raws: tuple[Raw, ...]) -> list[_Branch]:
    return [(ordinal, (raw,), False) for raw in raws]


def _merged(ordinal: int, raws: tuple[Raw, ...], *, by_id: bool = False) -> _Branch:
    return ordinal, in_powers_of_two(raws), by_id


def _chunk(branches: list[_Branch], *, plain: bool) -> ParentChunk:
    ordinals, keys, by_id = zip(*branches, strict=True)
    return ParentChunk(ordinals, keys, by_id, plain)
