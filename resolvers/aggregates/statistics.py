"""Statistics: rounded counts of records that nobody may list, by declared fields, for everybody.

Every answer is computed from one table: the counts by all declared fields, each rounded, and the rounded count of all.
So differences between answers reveal no more than that table does, similar to k-anonymity.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from connectors.reading import Groups
from models.batch import Origin
from models.records import Record
from models.request import Request
from models.values.types import AreaCode, BpsCode
from resolvers.reads import Read
from resolvers.records import Records

ROUNDED_TO = 5
CELLS_MAX = 1_000
"""The maximum number of cells in an answer: villages by sex are about 300."""

Cell = tuple[object, ...]
"""The values that a cell is counted by; None for rows without one."""


@dataclass(frozen=True, slots=True)
class Statistic:
    """Rounded counts by cell, without empty cells, largest first.

    `total` is the rounded count of all records: sums of rounded counts drift away from it.
    """

    by: tuple[str, ...]
    cells: tuple[tuple[Cell, int], ...]
    total: int
    origin: Origin


def statistic_fields(record: type[Record]) -> tuple[str, ...]:
    """The fields by which records of a kind are counted for everybody."""
    return tuple(field.name for field in record.fields.values() if field.statistic)


def rounded(count: int) -> int:
    """The nearest multiple of five; one and two become zero, three becomes five."""
    return (count + ROUNDED_TO // 2) // ROUNDED_TO * ROUNDED_TO


def rounded_cells(rows: Iterable[tuple[Cell, int]]) -> dict[Cell, int]:
    """The published table: rows summed by cell, and each sum rounded."""
    counts: Counter[Cell] = Counter()
    for cell, count in rows:
        counts[cell] += count
    return {cell: rounded(count) for cell, count in counts.items() if rounded(count)}


def told(table: Mapping[Cell, int], places: Sequence[int]) -> tuple[tuple[Cell, int], ...]:
    """The table by some of its fields, in the order of `places`; sums of rounded counts."""
    sums: Counter[Cell] = Counter()
    for cell, count in table.items():
        sums[tuple(cell[place] for place in places)] += count
    return tuple(sorted(sums.items(), key=lambda one: (-one[1], [str(part) for part in one[0]])))


def _rolled_up(table: Mapping[Cell, int], areas: Mapping[object, object]) -> dict[Cell, int]:
    """The table with other areas; null for what lies in none."""
    sums: Counter[Cell] = Counter()
    for cell, count in table.items():
        sums[tuple(areas.get(part) if isinstance(part, AreaCode | BpsCode) else part for part in cell)] += count
    return sums


async def counted(
    records: Records,
    request: Request,
    record: type[Record],
    by: Sequence[str],
    areas: Mapping[object, object] | None = None,
) -> Statistic:
    """The rounded counts by some of the declared fields, in one statement. Raises like Records.groups.

    `areas` has the area that each is rolled up to: its number is a sum of rounded counts.
    """
    declared = statistic_fields(record)
    groups: Groups = await records.groups(request, Read(record, grouped=frozenset(declared), rounded=True))
    rows = zip(*(groups.columns[name] for name in declared), strict=True)
    table = rounded_cells(zip(rows, groups.counts, strict=True))
    if areas is not None:
        table = _rolled_up(table, areas)
    total = rounded(sum(groups.counts))
    cells = told(table, [declared.index(name) for name in by]) if by else (((), total),) if total else ()
    return Statistic(tuple(by), cells[:CELLS_MAX], total, groups.origin)
