"""Wording: numbers, moments and spans of time as people of a language write them."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from babel.dates import format_datetime, format_timedelta
from babel.numbers import format_decimal

from models.localized import Language

_MOMENT = {Language.ID: "d MMM y, HH.mm", Language.EN: "d MMM y, HH:mm"}


def number_in(language: Language, number: float) -> str:
    """A number with the signs that a language groups it by."""
    return format_decimal(number, locale=language.value)


def moment_in(language: Language, moment: datetime, zone: tzinfo) -> str:
    """A moment on the clock of a city, with the name of its zone."""
    local = moment.astimezone(zone)
    return f"{format_datetime(local, _MOMENT[language], locale=language.value)} {local.tzname() or ''}".strip()


def span_in(language: Language, span: timedelta) -> str:
    """How long something is, in its largest unit."""
    return format_timedelta(span, threshold=1, locale=language.value)
