"""What a panel shows: a headline, bars and a table. Plain texts, in the language and by the clock of the reader."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table. `tone` names a colour of the style sheet, which never says anything alone."""

    text: str
    is_number: bool = False
    tone: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a bar. `name` is what it counts, and `text` its value."""

    name: str
    value: float
    text: str
    tone: str = "accent"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, of pieces that lie one behind another."""

    label: str
    text: str
    pieces: tuple[Piece, ...]

    @property
    def length(self) -> float:
        return sum(piece.value for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Shown:
    """All that a panel shows. Without rows it says `nothing`, which is true only where nothing is missing."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    bars: tuple[Bar, ...] = ()
    headline: str = ""
    headline_label: str = ""
    nothing: str = ""
    note: str = ""

    @property
    def longest(self) -> float:
        return max((bar.length for bar in self.bars), default=0.0) or 1.0

    @property
    def legend(self) -> tuple[Piece, ...]:
        """One piece of each name, where bars have pieces of several."""
        found = {piece.name: piece for bar in self.bars for piece in bar.pieces}
        return tuple(found.values()) if len(found) > 1 else ()


def number(text: str, tone: str = "") -> Cell:
    return Cell(text, is_number=True, tone=tone)
