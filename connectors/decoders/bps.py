"""BPS codes: codes of the statistics office, which look like area codes but name other areas."""

from __future__ import annotations

from connectors.decoders.identifiers import SpelledDigits, spelled
from models.values.types import BpsCode

CITY, DISTRICT, VILLAGE = "####", "#######", "##########"


def bps_code(*shapes: str, nulls: tuple[str, ...] = ("", "-", "0")) -> SpelledDigits:
    """A code of one of these shapes, by default of any; never written with dots.

    Name the shape if a column only holds districts: then it is not searched for villages.
    """
    return spelled(shapes or (CITY, DISTRICT, VILLAGE), BpsCode, nulls, shapes_suffice=True)
