"""Decoders: legacy text -> clean value, and back. One room for each kind of value."""

from __future__ import annotations

from connectors.decoders.amounts import amount
from connectors.decoders.bps import bps_code
from connectors.decoders.brackets import bracketed
from connectors.decoders.clock_times import time_of_day
from connectors.decoders.codes import codes
from connectors.decoders.counts import whole_number, written_number
from connectors.decoders.dates import local_date
from connectors.decoders.durations import duration
from connectors.decoders.emails import email
from connectors.decoders.flags import flag
from connectors.decoders.geocodes import area_around, area_codes
from connectors.decoders.html import html_text, safe_html
from connectors.decoders.identifiers import area_code, family_card, nik, nisn, npsn, number_key
from connectors.decoders.indonesian import long_date
from connectors.decoders.instants import offset_datetime, unix_seconds
from connectors.decoders.lists import code_list, text_list
from connectors.decoders.moments import local_datetime
from connectors.decoders.money import money, money_range
from connectors.decoders.numbers import nik_number
from connectors.decoders.parts import local_datetime_parts
from connectors.decoders.places import position, position_pair
from connectors.decoders.texts import capitals, person_name, prose, text
from connectors.decoders.unpadded import unpadded_datetime

__all__ = [
    "amount",
    "area_around",
    "area_code",
    "area_codes",
    "bps_code",
    "bracketed",
    "capitals",
    "code_list",
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
    "nisn",
    "npsn",
    "number_key",
    "offset_datetime",
    "person_name",
    "position",
    "position_pair",
    "prose",
    "safe_html",
    "text",
    "text_list",
    "time_of_day",
    "unix_seconds",
    "unpadded_datetime",
    "whole_number",
    "written_number",
]
