"""Legacy values <-> clean values: decode, encode and SQL expressions of each spelling.

Mappings name decoders by this package; the SQL connector lowers them.
"""

from __future__ import annotations

from connectors.decoders.addresses import email, person, url
from connectors.decoders.amounts import amount
from connectors.decoders.bps import bps_code
from connectors.decoders.codes import codes, flag
from connectors.decoders.counts import whole_number, written_number
from connectors.decoders.geocodes import area_around, area_codes
from connectors.decoders.html import html_text, safe_html
from connectors.decoders.identifiers import area_code, family_card, nik, nik_number, nisn, npsn, number_key
from connectors.decoders.lists import code_list, text_list
from connectors.decoders.money import money, money_range
from connectors.decoders.positions import position, position_pair
from connectors.decoders.texts import bracketed, capitals, person_name, prose, text
from connectors.decoders.times.clock_times import time_of_day
from connectors.decoders.times.dates import local_date, long_date
from connectors.decoders.times.durations import duration
from connectors.decoders.times.instants import offset_datetime, unix_seconds
from connectors.decoders.times.moments import local_datetime
from connectors.decoders.times.parts import local_datetime_parts
from connectors.decoders.times.unpadded import unpadded_datetime

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
    "person",
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
    "url",
    "whole_number",
    "written_number",
]
