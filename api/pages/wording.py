"""Formats numbers, dates, times, durations and amounts in a language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from babel.dates import format_date, format_datetime, format_skeleton, format_timedelta
from babel.numbers import format_currency, format_decimal

from models.city import City
from models.values.localized import Language
from models.words.catalogue import catalogue

_MOMENT = {Language.ID: "d MMM y, HH.mm", Language.EN: "d MMM y, HH:mm"}
NONE = "\N{EN DASH}"
"""Shown where there is no value."""


def number_in(language: Language, number: float) -> str:
    """A number with the separators of a language."""
    return format_decimal(number, locale=language.value)


def moment_in(language: Language, moment: datetime, zone: tzinfo) -> str:
    """A time in a time zone, with the name of the zone."""
    local = moment.astimezone(zone)
    return f"{format_datetime(local, _MOMENT[language], locale=language.value)} {local.tzname() or ''}".strip()


def span_in(language: Language, span: timedelta) -> str:
    """A duration in its largest unit."""
    return format_timedelta(span, threshold=1, locale=language.value)


@dataclass(frozen=True, slots=True)
class Wording:
    """Formats for one language and city. `now` is the time at which the page is made."""

    language: Language
    city: City
    now: datetime

    def gettext(self, message: str) -> str:
        """A message of the catalogue in this language."""
        return str(catalogue(self.language).gettext(message))

    @property
    def today(self) -> date:
        """Today in the city's time zone."""
        return self.here(self.now).date()

    def here(self, moment: datetime) -> datetime:
        return moment.astimezone(self.city.time_zone)

    def number(self, value: float | None) -> str:
        return NONE if value is None else number_in(self.language, round(value, 1))

    def money(self, amount: Decimal | None) -> str:
        """An amount as the city writes it."""
        if amount is None:
            return NONE
        return str(
            format_currency(
                amount, self.city.currency, self.city.money_pattern, locale=self.language.value, currency_digits=False
            )
        )

    def change(self, now: Decimal | None, before: Decimal | None) -> str:
        """The change in percent, with its sign."""
        if now is None or not before:
            return NONE
        percent = round((now - before) / before * 100, 1)
        return (
            f"{percent:+}".replace(".", "," if self.language is Language.ID else ".").replace("-", "\N{MINUS SIGN}")
            + " %"
        )

    def day(self, day: date | None, *, weekday: bool = False) -> str:
        if day is None:
            return NONE
        return str(format_date(day, "EEEE, d MMMM y" if weekday else "d MMM y", locale=self.language.value))

    def time(self, moment: datetime | None) -> str:
        """The time with its zone, and with its day unless that is today."""
        if moment is None:
            return NONE
        local = self.here(moment)
        zone, locale = local.tzname() or "", self.language.value
        clock = format_skeleton("Hm", local, tzinfo=self.city.time_zone, locale=locale)
        if local.date() == self.today:
            return f"{clock} {zone}"
        day = format_date(local.date(), "d MMM" if local.year == self.today.year else "d MMM y", locale=locale)
        return f"{day}, {clock} {zone}"

    def as_of(self, moment: datetime | None) -> str:
        """The time of a value, as a phrase: as of ..."""
        if moment is None:
            return self.gettext("age not known")
        return self.gettext("as of %(time)s") % {"time": self.time(moment)}


def moment_of(value: Any) -> datetime | None:
    """Parse a time of an answer."""
    return datetime.fromisoformat(value) if value else None


def day_of(value: Any) -> date | None:
    """Parse a day of an answer."""
    return date.fromisoformat(value) if value else None
