"""Links: columns that refer to a row of another table, declared or found by names and values."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass

from onboarding.drafting.looks import is_nothing
from onboarding.drafting.reading import LOOKUP_VALUES_MAX
from onboarding.drafting.tables import LegacyTable, SampledColumn, SampledTable, SqlType
from onboarding.drafting.words.meanings import all_of, likeness, meaning_of_name, words_of

CONTAINED_SHARE_MIN = 0.9
VALUES_MIN = 2
WORD_CHARS_MIN = 4
LOOKUPS_MAX = 150
"""How many times a source is asked whether values of one table are keys of another."""

_KEYS = frozenset({"ID", "CODE", "NUMBER"})
_OF_ITS_ROW = frozenset({"STATUS", "ACTIVE", "DELETED", "FLAG", "YEAR", "VALID", "VERIFIED"})
_GENERAL = frozenset({"ID", "CODE", "NUMBER", "NAME", "DATE"})

Contained = Callable[[Sequence[object], LegacyTable, str], Awaitable[int | None]]


@dataclass(frozen=True, slots=True)
class Link:
    """`table.column` holds keys of `target.key`: by the evidence `words`, for this `share` of the values."""

    table: str
    column: str
    target: str
    key: str
    words: str
    declared: bool
    share: float
    likeness: float
    """The similarity of the column's name and the target's, from 0 to 1."""


async def links_of(samples: dict[str, SampledTable], contained: Contained) -> list[Link]:
    """The surest link of each column between the sampled tables."""
    best: dict[tuple[str, str], Link] = {}
    asked = 0
    for table, column, target, key in _plausible(samples):
        link = _declared(table, column, target)
        if link is None:
            values = [value for value in column.counts if not is_nothing(value) and value != 0]
            if len(values) < VALUES_MIN and not target.whole:
                continue
            if _may_be_chance(column, values, target):
                continue
            asked += not target.whole
            hits, tried = await _hits(values, target, key, contained if asked <= LOOKUPS_MAX else None)
            if not tried or hits / tried < CONTAINED_SHARE_MIN:
                continue
            words = f"{hits:,} of {tried:,} different values are keys of {target.name}"
            alike = _likeness(column.name, target.name)
            link = Link(table.name, column.name, target.name, key, words, False, hits / tried, alike)
        known = best.get((table.name, column.name))
        if known is None or _rank(link) > _rank(known):
            best[table.name, column.name] = link
    return sorted(best.values(), key=_rank, reverse=True)


def _rank(link: Link) -> tuple[bool, bool, float, float]:
    return link.declared, link.column.lower() == link.key.lower(), link.likeness, link.share


def _likeness(column: str, target: str) -> float:
    table = meaning_of_name(target, is_table=True)
    return likeness(table, frozenset({"ID", "CODE"}), meaning_of_name(column))


def _declared(table: SampledTable, column: SampledColumn, target: SampledTable) -> Link | None:
    for reference in table.table.references:
        if reference.column == column.name and reference.table == target.name:
            words = f"a foreign key to {target.name}"
            return Link(table.name, column.name, target.name, reference.key, words, True, 1.0, 1.0)
    return None


async def _hits(
    values: Sequence[object], target: SampledTable, key: str, contained: Contained | None
) -> tuple[int, int]:
    """How many of the values are keys of the target, and how many were looked up."""
    if target.whole:
        keys = set(target.columns[key].counts)
        return sum(value in keys for value in values), len(values)
    if contained is None:
        return 0, 0
    hits = await contained(values, target.table, key)
    return (hits, min(len(values), LOOKUP_VALUES_MAX)) if hits is not None else (0, 0)


def _plausible(samples: dict[str, SampledTable]) -> Iterator[tuple[SampledTable, SampledColumn, SampledTable, str]]:
    """Pairs with a declared link, or with names and types that allow one."""
    for table in samples.values():
        for column in table.columns.values():
            for target in samples.values():
                if target is table or not target.rows:
                    continue
                declared = _declared(table, column, target)
                if declared is not None and declared.key in target.columns:
                    yield table, column, target, declared.key
                    continue
                for key in target.unique:
                    if key in target.columns and _may_lead(table, column, target, target.columns[key]):
                        yield table, column, target, key


def _may_lead(table: SampledTable, column: SampledColumn, target: SampledTable, key: SampledColumn) -> bool:
    if column.kind is not key.kind or column.kind not in (SqlType.TEXT, SqlType.WHOLE, SqlType.TYPED):
        return False
    if column.name in table.table.key and len(table.table.key) == 1:
        return False
    if _is_of_its_row(column.name, target) or _is_of_its_row(key.name, target):
        return False
    if column.name.lower() == key.name.lower():
        return column.name.lower() != "id"
    is_declared = key.name in target.table.key or key.name in target.table.uniques
    if not is_declared and not all_of(meaning_of_name(key.name)) & _KEYS:
        return False
    about = all_of(meaning_of_name(column.name)) - _GENERAL
    if about & (all_of(meaning_of_name(target.name, is_table=True)) | all_of(meaning_of_name(key.name))):
        return True
    return any(len(word) >= WORD_CHARS_MIN and word in target.name.lower() for word in words_of(column.name))


def _is_of_its_row(name: str, target: SampledTable) -> bool:
    """Whether a column is a state, a flag or a year, which many rows have alike without belonging together.

    It leads to no table but a list of such states.
    """
    about = all_of(meaning_of_name(name))
    states = about & _OF_ITS_ROW
    return (
        bool(states) and not about & {"ID", "CODE"} and not states & all_of(meaning_of_name(target.name, is_table=True))
    )


def _may_be_chance(column: SampledColumn, values: Sequence[object], target: SampledTable) -> bool:
    """Whether a few small numbers may be keys by chance, because the target's rows are numbered from 1."""
    few = column.kind is SqlType.WHOLE and len(values) * 3 < target.rows
    return few and not all_of(meaning_of_name(column.name)) & _KEYS
