"""Wholes: values that only several columns make together, points and moments in parts. Pure."""

from __future__ import annotations

from connectors import decoders
from connectors.drafting.cleanings import Cleaning
from connectors.drafting.looks import Looks, is_nothing
from connectors.drafting.ways import CITY, Setting


def position_of(latitude: Looks, longitude: Looks, setting: Setting) -> Cleaning | None:
    """What two columns give as points in the city's box, one way or swapped."""
    decoder = decoders.position(setting.city.box)
    pairs = [
        pair
        for pair in zip(latitude.column.values, longitude.column.values, strict=True)
        if not any(value in (None, "", "-", "0", 0) for value in pair)
    ]
    if not pairs:
        return None
    clean = decoder.decode([pair[0] for pair in pairs], [pair[1] for pair in pairs])
    good = sum(value is not None for value in clean.values)
    swapped = sum(clean.flaws.get(kind, 0) for kind in clean.flaws if kind.name == "SWAPPED_COORDINATES")
    notes = (f"{swapped:,} of them are swapped",) if swapped else ()
    if not good:
        return None
    code = f"position({CITY}.box)"
    return Cleaning(code, ("position",), decoder, good, len(pairs), "points in the city's box", 1.0, notes=notes)


def parts_of(name: Looks, day: Looks, clock: Looks, setting: Setting) -> Cleaning | None:
    """What the name of a day, a day and a time of day give as a moment."""
    decoder = decoders.local_datetime_parts(setting.city.time_zone)
    columns = [looks.column.values for looks in (name, day, clock)]
    total = sum(not (value is None or is_nothing(value)) and str(value) != "0000-00-00" for value in columns[1])
    decoded = decoder.decode(*columns)
    good = sum(value is not None for value in decoded.values)
    if not total or not good:
        return None
    code = f"local_datetime_parts({CITY}.time_zone)"
    words = "moments in three columns"
    return Cleaning(code, ("local_datetime_parts",), decoder, good, total, words, 1.0)
