"""Statistics: how many records there are of what nobody may list, by declared things and rounded, for everybody.

Whatever is asked for is worked out from one table: the counts by all that a record declares, each rounded by itself.
So no two answers can be taken from one another to learn more than that table says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from connectors.grouping import Groups
from models.batch import Origin
from models.records import Record
from models.request import Request
from resolvers.reads import Read
from resolvers.records import Records

ROUNDED_TO = 5
CELLS_MAX = 1_000
"""How many cells an answer shows at most: villages by sex are some 300."""

Cell = tuple[object, ...]
"""The value of each thing that is counted by; None for rows that have none."""


@dataclass(frozen=True, slots=True)
class Statistic:
    """Rounded counts by cell, the empty ones left out, the largest first. `total` is the sum of all of them."""

    by: tuple[str, ...]
    cells: tuple[tuple[Cell, int], ...]
    total: int
    origin: Origin


def statistic_fields(record: type[Record]) -> tuple[str, ...]:
    """The things by which records of a kind are counted for everybody."""
    return tuple(field.name for field in record.fields.values() if field.statistic)


def rounded(count: int) -> int:
    """The nearest multiple of five: of one or two nobody is told, and three are five."""
    return (count + ROUNDED_TO // 2) // ROUNDED_TO * ROUNDED_TO


def rounded_cells(rows: Iterable[tuple[Cell, int]]) -> dict[Cell, int]:
    """The one table that is told of: rows of one cell added up, and each sum rounded."""
    counts: Counter[Cell] = Counter()
    for cell, count in rows:
        counts[cell] += count
    return {cell: rounded(count) for cell, count in counts.items() if rounded(count)}


def told(table: Mapping[Cell, int], places: Sequence[int]) -> tuple[tuple[Cell, int], ...]:
    """The table by some of its things only, in the order of `places`; sums of what is rounded already."""
    sums: Counter[Cell] = Counter()
    for cell, count in table.items():
        sums[tuple(cell[place] for place in places)] += count
    return tuple(sorted(sums.items(), key=lambda one: (-one[1], [str(part) for part in one[0]])))


async def counted(records: Records, request: Request, record: type[Record], by: Sequence[str]) -> Statistic:
    """How many records there are by some of the declared things, in one statement. Raises as Records.groups does."""
    declared = statistic_fields(record)
    groups: Groups = await records.groups(request, Read(record, grouped=frozenset(declared), rounded=True))
    rows = zip(*(groups.columns[name] for name in declared), strict=True)
    table = rounded_cells(zip(rows, groups.counts, strict=True))
    cells = told(table, [declared.index(name) for name in by])
    return Statistic(tuple(by), cells[:CELLS_MAX], sum(table.values()), groups.origin)
