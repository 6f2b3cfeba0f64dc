"""Ways: decoders that may be tried on a column, each as code and as a value. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from connectors.decoders.protocol import Decoder
from connectors.drafting.renderings import Rendering
from models.city import City

CITY = "@CITY"
"""Stands in code for the name of the constant that holds the city."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known beside the columns: the city, the database's dialect, and whether its moments are kept in UTC."""

    city: City
    dialect: str
    keeps_utc: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """A decoder that may be tried: its name and arguments as code, how it is made with or without more nulls."""

    name: str
    arguments: tuple[str, ...]
    make: Callable[..., Decoder]
    words: str
    specific: float
    rendering: Rendering = Rendering.PLAIN
    notes: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
