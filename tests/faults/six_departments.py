"""A city of six departments, each a database of its own, that promises no freshness: so nothing of it may be kept.

What a fault does is seen at once, and not what the hub still knows. `keeping.py` is the same city with its promises.
"""

from __future__ import annotations

from dataclasses import replace

from connectors.sources import CityPackage
from tests.faults.keeping import PACKAGE as KEEPING

PACKAGE = CityPackage(
    KEEPING.city,
    KEEPING.sources,
    tuple(replace(mapping, fresh_for=None, stale_for=None) for mapping in KEEPING.mappings),
)
