"""Geocodes: the areas of an alert (CAP 1.2: geocode), written `name=code;name=code`. Read only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from connectors.decoders.identifiers import SpelledDigits, area_code
from connectors.decoders.protocol import Decoded, OnlyRead
from models.sources.findings import FindingKind
from models.values.types import AreaCode, AreaCodes


@dataclass(frozen=True, slots=True)
class Geocodes(OnlyRead):
    """All area codes of a text. Codes of other systems are ignored; an invalid area code is a flaw."""

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
    """The smallest area that holds all area codes of a text. Flaws are counted in Geocodes."""

    geocodes: Geocodes
    clean_type: type = AreaCode
    raw_type: type = str
    arity: int = 1

    def decode(self, *columns: Sequence[object]) -> Decoded:
        return Decoded([_around(codes) for codes in self.geocodes.decode(*columns).values])


def _around(codes: object) -> AreaCode | None:
    """The longest common prefix of codes with dots, by part; None if they have none."""
    if not isinstance(codes, AreaCodes):
        return None
    parts = takewhile(lambda alike: len(set(alike)) == 1, zip(*(code.split(".") for code in codes), strict=False))
    around = ".".join(part for part, *_ in parts)
    return AreaCode(around) if around else None


def area_codes(name: str, shapes: tuple[str, ...]) -> Geocodes:
    """The area codes of the geocodes of this name, in the city's shapes."""
    return Geocodes(name, area_code(shapes))


def area_around(name: str, shapes: tuple[str, ...]) -> AreaAround:
    """The smallest area around all of the geocodes of this name."""
    return AreaAround(area_codes(name, shapes))
