"""Decoders: legacy text -> clean value, and back. One room for each kind of value."""

from __future__ import annotations

from connectors.decoders.codes import codes
from connectors.decoders.identifiers import area_code, nik, number_key
from connectors.decoders.moments import local_datetime
from connectors.decoders.places import position
from connectors.decoders.texts import capitals, prose, text

__all__ = ["area_code", "capitals", "codes", "local_datetime", "nik", "number_key", "position", "prose", "text"]
