"""The kind `rest`: JSON over HTTP, as whole collections through a replica, or live by key."""

from __future__ import annotations

from connectors.rest.by_key import Endpoint, Lookup, Quota, Resource, RestByKey
from connectors.rest.collections import Collection, Cursors, Links, Offsets, OnePage, Pages, Rest

__all__ = [
    "Collection",
    "Cursors",
    "Endpoint",
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
