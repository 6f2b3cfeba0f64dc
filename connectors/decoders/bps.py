"""BPS codes: those of the statistics office, which look like area codes and mean other places."""

from __future__ import annotations

from connectors.decoders.identifiers import SpelledDigits, spelled
from models.values import BpsCode

CITY, DISTRICT, VILLAGE = "####", "#######", "##########"


def bps_code(*shapes: str, nulls: tuple[str, ...] = ("", "-", "0")) -> SpelledDigits:
    """A code of one of these shapes, of any unless told; never written with dots.

    A column that only holds districts should say so: then it is never searched for the codes of villages.
    """
    return spelled(shapes or (CITY, DISTRICT, VILLAGE), BpsCode, nulls, shapes_suffice=True)
