"""Geocodes: the areas that an alert names (CAP 1.2: geocode), written `name=code;name=code`; they are only read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from connectors.decoders.identifiers import SpelledDigits, area_code
from connectors.decoders.protocol import Decoded
from connectors.decoders.read_only import OnlyRead
from models.findings import FindingKind
from models.values import AreaCode, AreaCodes


@dataclass(frozen=True, slots=True)
class Geocodes(OnlyRead):
    """All area codes of a text. Codes of other systems are left alone; one that is no code of the city is a flaw."""

    name: str
    code: SpelledDigits
    clean_type: type = AreaCodes
    raw_type: type = str
    arity: int = 1

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        values: list[object] = []
        bad = 0
        for value in column:
            codes = self.code.decode(self._written(value))
            bad += bool(codes.flaws) or not (value is None or isinstance(value, str))
            values.append(AreaCodes(dict.fromkeys(code for code in codes.values if isinstance(code, AreaCode))) or None)
        return Decoded(values, {FindingKind.UNDECODABLE: bad} if bad else {})

    def _written(self, value: object) -> list[str]:
        pairs = [pair.partition("=") for pair in value.split(";")] if isinstance(value, str) else []
        return [code.strip() for name, _, code in pairs if name.strip() == self.name]


@dataclass(frozen=True, slots=True)
class AreaAround(OnlyRead):
    """The smallest area that all area codes of a text lie in. Its flaws are those of the codes, counted there."""

    geocodes: Geocodes
    clean_type: type = AreaCode
    raw_type: type = str
    arity: int = 1

    def decode(self, *columns: Sequence[object]) -> Decoded:
        return Decoded([_around(codes) for codes in self.geocodes.decode(*columns).values])


def _around(codes: object) -> AreaCode | None:
    """What the codes begin with alike, part by part: those of one city begin with the city's."""
    if not isinstance(codes, AreaCodes):
        return None
    parts = takewhile(lambda alike: len(set(alike)) == 1, zip(*(code.split(".") for code in codes), strict=False))
    return AreaCode(".".join(part for part, *_ in parts))


def area_codes(name: str, shapes: tuple[str, ...]) -> Geocodes:
    """The area codes of the geocodes of this name, codes of one of the city's shapes."""
    return Geocodes(name, area_code(shapes))


def area_around(name: str, shapes: tuple[str, ...]) -> AreaAround:
    """The smallest area around all of the geocodes of this name."""
    return AreaAround(area_codes(name, shapes))
