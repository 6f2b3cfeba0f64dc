"""Memory: many operations of which no two are alike, through the lanes of the city's graph; it must not grow with them.

`python -m bench.memory` runs 100,000 of them, valid ones and refused ones, and prints after every tenth what the
process holds; `--count` runs as many as it says, `--traced` adds the bytes that Python allocated, in three times the
time. No source is asked: what is asked is constant, or fails before it reads.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import sys
import tracemalloc
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from graphql import GraphQLSyntaxError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from connectors.catalog import Catalog
from connectors.departments import PACKAGE
from connectors.guard.guard import Guard
from engine.documents.kept import Held, InvalidDocument
from engine.documents.limits import LimitExceeded
from engine.lanes import Lanes, RowsExceeded
from models.policy.viewer import ANONYMOUS
from models.request import Deadline, Request
from models.values.localized import Language
from resolvers.areas.placement import Placement
from resolvers.areas.populations import Populations
from resolvers.areas.tree import AreaTree
from resolvers.records import Records
from resolvers.relations import Relations
from resolvers.source_reader import SourceReader
from schema.build import SCHEMA
from schema.core.context import Context, Services
from schema.core.cursors import CursorCodec

OPERATIONS = 100_000
PARTS = 10
GROWTH_MAX = 0.02
"""By how much of what is held the second half may grow: the documents that are kept differ a little in size."""

FIELDS = ("code", "name", "abbreviation")


class Operation(NamedTuple):
    text: str
    variables: Mapping[str, Any] = {}  # nobody writes into it


# --- Operations, each made of its number ------------------------------------------------------------------------------


def _aliases(number: int) -> Operation:
    return Operation(f"{{ t{number}: __typename d{number}: departments {{ x{number}: code name }} }}")


def _long_names(number: int) -> Operation:
    names = " ".join(f"{'n' * 100}{number}x{at}: {FIELDS[at % 3]}" for at in range(number % 40))
    return Operation(f"{{ departments {{ code {names} }} }}")


def _field_sets(number: int) -> Operation:
    chosen = " ".join(f"v{at}: value l{at}: label" for at in range(12) if number >> at & 1)
    return Operation(f'query Words{number} {{ vocabulary(name: "Language") {{ value {chosen} }} }}')


def _variants(number: int) -> Operation:
    """Thirty-two choices of one document, twice as many as are kept; then comes the next one."""
    names = [f"v{at}" for at in range(5)]
    declared = ", ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(f"{name}: departments @skip(if: ${name}) {{ {name}x: code }}" for name in names)
    choices = {name: bool(number >> at & 1) for at, name in enumerate(names)}
    return Operation(f"query V{number // 32}({declared}) {{ __typename {fields} }}", choices)


def _unknown_ids(number: int) -> Operation:
    node = b64encode(f"Unknown{number}:{number}".encode()).decode()
    return Operation(f'{{ node(id: "{node}") {{ id ... on Complaint {{ a{number}: ticketNumber }} }} }}')


def _unconnected(number: int) -> Operation:
    return Operation(f'{{ complaint(ticketNumber: "LAKSA-{number}") {{ s{number}: status area {{ name }} }} }}')


def _variables(number: int) -> Operation:
    return Operation("query ($name: String!) { vocabulary(name: $name) { value } }", {"name": f"Word{number}"})


def _wrong_variables(number: int) -> Operation:
    return Operation(f"query W{number}($name: String!) {{ vocabulary(name: $name) {{ value }} }}", {"name": [number]})


def _padded(number: int) -> Operation:
    return Operation(f"{{ p{number}: __typename }} #{'x' * (number * 7 % 20_000)}")


def _invalid(number: int) -> Operation:
    return Operation(f"{{ unknown{number} departments {{ nothing{number} }} }}")


def _broken(number: int) -> Operation:
    return Operation(f"{{ departments {{ code{number} ")


def _over_limits(number: int) -> Operation:
    return Operation("{" + " ".join(f"a{number}x{at}: __typename" for at in range(101)) + "}")


def _too_many_rows(number: int) -> Operation:
    below = "complaints(first: 100) { nodes { area { complaints(first: 100) { nodes { area { id } } } } } }"
    return Operation(f"{{ areas(first: 100) {{ nodes {{ a{number}: {below} }} }} }}")


_MAKERS: tuple[Callable[[int], Operation], ...] = (
    _aliases,
    _long_names,
    _field_sets,
    _variants,
    _unknown_ids,
    _unconnected,
    _variables,
    _wrong_variables,
    _padded,
    _invalid,
    _broken,
    _over_limits,
    _too_many_rows,
)


def operation_of(number: int) -> Operation:
    """An operation that no other number makes."""
    turn, kind = divmod(number, len(_MAKERS))
    return _MAKERS[kind](turn)


# --- Running them -----------------------------------------------------------------------------------------------------


class Load:
    """Runs operations as the hub does, in a city that has not connected any source. `ended` says how they ended."""

    def __init__(self) -> None:
        records = Records(Catalog(PACKAGE, {}), SourceReader(Guard(lambda *_: None), lambda _: None))
        areas = AreaTree(records, lambda: datetime.now(UTC))
        relations = Relations(records, areas, Placement(records, areas, None, areas.clock))
        cursors = CursorCodec(b"a secret of this bench, long enough")
        populations = Populations(records, areas, areas.clock)
        self._services = Services(PACKAGE.city, records, relations, populations, cursors, None)
        self.lanes = Lanes(SCHEMA._schema)  # noqa: SLF001  # strawberry has no other name for it
        self.ended: Counter[str] = Counter()

    async def run(self, operation: Operation) -> None:
        try:
            priced = self.lanes.priced(self.lanes.prepare(operation.text), None, operation.variables)
            context = Context(Request("bench", ANONYMOUS, Deadline.in_ms(60_000), Language.EN), self._services)
            result = await self.lanes.run(priced, context)
        except (LimitExceeded, GraphQLSyntaxError, InvalidDocument, RowsExceeded) as refusal:
            self.ended[type(refusal).__name__] += 1
        else:
            self.ended["with errors" if result.errors else "answered"] += 1


class Measured(NamedTuple):
    """What the process holds after so many operations, and what of it are documents that are kept.

    `blocks` are those that Python allocated, `objects` those of them that its collector looks after.
    """

    operations: int
    resident_mb: float
    allocated_mb: float
    blocks: int
    objects: int
    held: Held


def measured(load: Load, operations: int) -> Measured:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    allocated, _ = tracemalloc.get_traced_memory()
    objects = len(gc.get_objects())
    return Measured(
        operations, pages * 4_096 / 1e6, allocated / 1e6, sys.getallocatedblocks(), objects, load.lanes.held
    )


async def run(count: int, advance: Callable[[], None]) -> tuple[Load, list[Measured]]:
    load = Load()
    part = max(1, count // PARTS)
    found: list[Measured] = []
    for number in range(count):
        await load.run(operation_of(number))
        if (number + 1) % part == 0:
            found.append(measured(load, number + 1))
            advance()
    return load, found


def grew(found: list[Measured]) -> float:
    """By how much the blocks that Python allocated became more in the second half."""
    half = found[len(found) // 2 - 1]
    return (found[-1].blocks - half.blocks) / half.blocks


def table_of(found: list[Measured]) -> Table:
    titles = ("operations", "resident MB", "traced MB", "blocks", "objects")
    table = Table(*titles, "documents", "bytes at most")
    for row in found:
        traced = f"{row.allocated_mb:.1f}" if tracemalloc.is_tracing() else "-"
        sizes = (f"{row.resident_mb:.1f}", traced)
        counts = (row.blocks, row.objects, *row.held)
        table.add_row(f"{row.operations:,}", *sizes, *(f"{count:,}" for count in counts))
    return table


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m bench.memory")
    asked.add_argument("--count", type=int, default=OPERATIONS)
    asked.add_argument("--traced", action="store_true")
    options = asked.parse_args()
    if options.traced:
        tracemalloc.start()
    console = Console(width=120)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("operations, in tenths", total=PARTS)
        load, found = asyncio.run(run(options.count, lambda: progress.advance(task)))
    console.print(table_of(found))
    console.print(", ".join(f"{ended}: {times:,}" for ended, times in sorted(load.ended.items())))
    growth = grew(found)
    console.print(f"The second half grew by {growth:.1%} of what was allocated; up to {GROWTH_MAX:.0%} is flat.")
    if growth > GROWTH_MAX:
        sys.exit(1)


if __name__ == "__main__":
    main()
