"""Decoders: legacy text -> clean value, and back. One room for each kind of value."""

from __future__ import annotations

from connectors.decoders.bps import bps_code
from connectors.decoders.clock_times import time_of_day
from connectors.decoders.codes import codes
from connectors.decoders.counts import whole_number
from connectors.decoders.dates import local_date
from connectors.decoders.durations import duration
from connectors.decoders.emails import email
from connectors.decoders.flags import flag
from connectors.decoders.html import html_text, safe_html
from connectors.decoders.identifiers import area_code, family_card, nik, number_key
from connectors.decoders.indonesian import long_date
from connectors.decoders.moments import local_datetime
from connectors.decoders.money import money, money_range
from connectors.decoders.numbers import nik_number
from connectors.decoders.parts import local_datetime_parts
from connectors.decoders.places import position
from connectors.decoders.texts import capitals, person_name, prose, text

__all__ = [
    "area_code",
    "bps_code",
    "capitals",
    "codes",
    "duration",
    "email",
    "family_card",
    "flag",
    "html_text",
    "local_date",
    "local_datetime",
    "local_datetime_parts",
    "long_date",
    "money",
    "money_range",
    "nik",
    "nik_number",
    "number_key",
    "person_name",
    "position",
    "prose",
    "safe_html",
    "text",
    "time_of_day",
    "whole_number",
]
