"""Parents: whose children are asked for together, in chunks that one statement of a dialect can take. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from connectors.criteria import ParentKeys
from connectors.decoders.protocol import Raw
from connectors.mapping import Mapping
from connectors.sql.dialects import Dialect
from connectors.sql.lowering import in_powers_of_two, is_plain


@dataclass(frozen=True, slots=True)
class ParentChunk:
    """Some parents of a read, by ordinal, with the legacy keys of each branch; `keys` of them in every branch."""

    ordinals: tuple[int, ...]
    branch_keys: tuple[tuple[Raw, ...], ...]
    keys: int
    trimmed: bool
    plain: bool


def chunks_of(mapping: Mapping, parents: ParentKeys, keys_max: int, dialect: Dialect) -> Iterator[ParentChunk]:
    """Parents in chunks of at most `keys_max` spelled keys, one branch per key.

    A parent with more keys than that has a chunk of its own with a single branch over all of them. Parents whose keys
    the source cannot have written are in no chunk: they have no children there. Ordinals ascend; only where the dialect
    cannot compare any text, parents with a key that not every character set knows come last, apart from the others.
    """
    encode = mapping.columns[parents.field].decoder.encode
    spelled: list[tuple[int, tuple[Raw, ...]]] = []
    for ordinal, clean in enumerate(parents.keys):
        # An unknown code is no key that anything could be joined by.
        known = (spelling.values for spelling in map(encode, clean) if not spelling.complement)
        spelled.append((ordinal, tuple(dict.fromkeys(itertools.chain.from_iterable(known)))))
    rare = {ordinal for ordinal, raws in spelled if not dialect.any_text and not all(map(is_plain, raws))}
    yield from _chunked([pair for pair in spelled if pair[0] not in rare], keys_max, plain=True)
    yield from _chunked([pair for pair in spelled if pair[0] in rare], keys_max, plain=False)


def _chunked(spelled: list[tuple[int, tuple[Raw, ...]]], keys_max: int, *, plain: bool) -> Iterator[ParentChunk]:
    ordinals: list[int] = []
    branches: list[tuple[Raw, ...]] = []
    for ordinal, raws in spelled:
        if branches and len(branches) + len(raws) > keys_max:
            yield _chunk(ordinals, branches, plain=plain)
            ordinals, branches = [], []
        if len(raws) > keys_max:
            padded = in_powers_of_two(raws)
            yield ParentChunk((ordinal,), (padded,), len(padded), trimmed=False, plain=plain)
            continue
        ordinals.extend([ordinal] * len(raws))
        branches.extend((raw,) for raw in raws)
    if branches:
        yield _chunk(ordinals, branches, plain=plain)


def _chunk(ordinals: list[int], branches: list[tuple[Raw, ...]], *, plain: bool) -> ParentChunk:
    trimmed = len(set(ordinals)) < len(ordinals)
    return ParentChunk(tuple(ordinals), tuple(branches), 1, trimmed=trimmed, plain=plain)
