"""The kind `rest`: JSON over HTTP, as a whole collection through a replica, or live by key."""

from __future__ import annotations

from connectors.rest.by_key import Lookup, Resource, RestByKey
from connectors.rest.collections import Collection, Rest
from connectors.rest.paging import Cursors, Links, Offsets, OnePage, Pages
from connectors.rest.quota import Quota

__all__ = [
    "Collection",
    "Cursors",
    "Links",
    "Lookup",
    "Offsets",
    "OnePage",
    "Pages",
    "Quota",
    "Resource",
    "Rest",
    "RestByKey",
]
