"""Moves, in a copy of a complaints database, what is reported within what everybody is told of its place."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import ROUND_FLOOR, Decimal
from pathlib import Path
from typing import Final

Place = tuple[str, str]
Move = Callable[[Place, random.Random], Place]

_SQUARE: Final = Decimal("0.001")
_STEPS: Final = 1_000
"""Places in a square in each direction, to six decimals."""


def within_its_square(place: Place, draw: random.Random) -> Place:
    """Anywhere in the square, and often on the border that still belongs to it."""
    return _in_square(place[0], draw), _in_square(place[1], draw)


def anywhere(_: Place, draw: random.Random) -> Place:
    return f"{draw.uniform(-6.2599, -6.0901):.6f}", f"{draw.uniform(106.5501, 106.7499):.6f}"


def _in_square(degrees: str, draw: random.Random) -> str:
    begins = Decimal(degrees).quantize(_SQUARE, ROUND_FLOOR)
    return f"{begins + Decimal(draw.choice((0, _STEPS - 1, draw.randrange(_STEPS)))) / 1_000_000:.6f}"


def moved(database: Path, published: str, move: Move) -> Iterator[tuple[Place, Place]]:
    """Move all complaints of one publication; each place before and after. What is no place stays none."""
    draw = random.Random(17)  # the same in each run
    with closing(sqlite3.connect(database)) as connection:
        query = "SELECT id_pengaduan, lat, lng FROM tbl_pengaduan WHERE publikasi = ?"
        for key, first, second in connection.execute(query, (published,)).fetchall():
            swapped = str(first).startswith("106")
            before = (second, first) if swapped else (first, second)
            if not (str(before[0]).startswith("-6.") and str(before[1]).startswith("106.")):
                continue
            after = move(before, draw)
            stored = after[::-1] if swapped else after
            connection.execute("UPDATE tbl_pengaduan SET lat = ?, lng = ? WHERE id_pengaduan = ?", (*stored, key))
            yield before, after
        connection.commit()
