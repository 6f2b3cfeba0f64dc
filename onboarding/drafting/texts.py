"""Texts: the decoder of a column for a field of text, and its fit by the form of values. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from connectors import decoders
from models.records import KEY, Field, PersonalClass
from onboarding.drafting.cleanings import Cleaning, cleanings, tried_as
from onboarding.drafting.looks import Looks
from onboarding.drafting.renderings import Rendering
from onboarding.drafting.tables import SqlType
from onboarding.drafting.ways import Setting
from onboarding.drafting.words.meanings import Concepts

SPECIFIC_SHARE_MIN = 0.8
_LONG = frozenset({"DESCRIPTION", "BODY", "NOTE", "LETTER"})
_NAMED = frozenset({"NAME", "TITLE", "BUSINESS", "PLACE", "HEADLINE"})
_CODED = frozenset({"CODE", "NUMBER", "TICKET", "ID", "TAX", "POSTAL", "NEIGHBOURHOOD", "COMMUNITY"})


def text_cleaning(contract: Field, wanted: Concepts, looks: Looks, setting: Setting) -> tuple[Cleaning, float] | None:
    """The cleaning of a column for a field of text, and its fit from 0 to 1; None if it does not fit."""
    kind = looks.column.kind
    if (
        kind in (SqlType.BOOLEAN, SqlType.FRACTION, SqlType.DAY, SqlType.MOMENT, SqlType.ZONED, SqlType.CLOCK)
        and looks.column.filled
    ):
        return _clock(contract, looks, setting) if kind is SqlType.CLOCK else None
    if kind is SqlType.WHOLE:
        fit = 0.6 if wanted & _CODED or contract.name == KEY or contract.name.endswith("_id") else 0.05
        return tried_as("number_key", looks, setting, "whole numbers"), fit
    for recognised in (_clock, _email, _html, _named_number):
        found = recognised(contract, looks, setting)
        if found is not None:
            return found
    return _plain(contract, wanted, looks, setting)


def is_long_text(contract: Field, wanted: Concepts) -> bool:
    """Whether a field holds long texts."""
    return bool(wanted & _LONG) and not wanted & _CODED and "html" not in contract.name


def _clock(contract: Field, looks: Looks, setting: Setting) -> tuple[Cleaning, float] | None:
    if "HH:MM" not in contract.description:
        return None
    found = tried_as("time_of_day", looks, setting, "times of day")
    if found.share < SPECIFIC_SHARE_MIN and looks.clocks >= SPECIFIC_SHARE_MIN:
        good = round(looks.clocks * found.total)
        found = replace(found, rendering=Rendering.HEAD_5, good=good, words="times of day, with seconds")
    return found, found.share


def _email(contract: Field, looks: Looks, setting: Setting) -> tuple[Cleaning, float] | None:
    if "email" not in contract.name:
        return None
    return tried_as("email", looks, setting, "e-mail addresses"), looks.emails


def _named_number(contract: Field, looks: Looks, setting: Setting) -> tuple[Cleaning, float] | None:
    """A field named after a number that has a decoder, such as `school_npsn`."""
    names = [name for name in contract.name.split("_") if name in decoders.__all__ and name != "text"]
    if not names:
        return None
    found = tried_as(names[-1], looks, setting, f"read by {names[-1]}()")
    return (found, found.share) if issubclass(found.decoder.clean_type, str) else None


def _html(contract: Field, looks: Looks, setting: Setting) -> tuple[Cleaning, float] | None:
    if "html" in contract.name:
        found = tried_as("safe_html", looks, setting, f"of which {round(looks.tags * looks.total):,} hold HTML")
        return found, max(0.1, looks.tags)
    if looks.tags < 0.05 or contract.filter or contract.personal is not PersonalClass.NON_PERSONAL:
        return None
    found = tried_as("html_text", looks, setting, f"of which {round(looks.tags * looks.total):,} hold HTML")
    return found, 0.8 if re.search("text|body|headline|title", contract.name) else 0.3


def _plain(contract: Field, wanted: Concepts, looks: Looks, setting: Setting) -> tuple[Cleaning, float] | None:
    fit, words = _fit_of_form(contract, wanted, looks)
    if _is_of_another_kind(wanted, looks, setting):
        fit = 0.05
    is_public = contract.personal is PersonalClass.NON_PERSONAL
    compares = contract.filter or contract.sort or contract.group
    names_person = not is_public and bool(wanted & {"NAME", "PLACE"}) and looks.letters > SPECIFIC_SHARE_MIN
    if names_person and not compares:
        decoder = "person_name"
    elif compares and wanted & _NAMED and looks.capitals == 1.0 and not _holds_acronyms(looks):
        decoder = "capitals"
    elif not compares and (looks.broken or ((not is_public or wanted & _LONG) and not wanted & _CODED)):
        decoder = "prose"
    else:
        decoder = "text"
    found = tried_as(decoder, looks, setting, words)
    notes = [*found.notes]
    if looks.broken:
        notes.append(f"{looks.broken:,} hold bytes of another encoding or signs that no text has")
    if looks.cut:
        notes.append(f"{looks.cut:,} are as long as the column is wide: perhaps cut off")
    return replace(found, notes=tuple(notes)), fit


def _holds_acronyms(looks: Looks) -> bool:
    """Whether capitals are acronyms without vowels, and not the habit of the system."""
    return (
        looks.share(lambda text: any(len(word) > 1 and not re.search("[AEIOUY0-9]", word) for word in text.split()))
        > 0.2
    )


def _fit_of_form(contract: Field, wanted: Concepts, looks: Looks) -> tuple[float, str]:
    if "PHONE" in wanted:
        return looks.phones, "phone numbers"
    if "IMAGE" in wanted and "FILE" not in contract.name:
        return max(0.3, looks.files), f"texts, of which {round(looks.files * looks.total):,} are names of files"
    if is_long_text(contract, wanted):
        return min(1.0, looks.words / 5), _of_words(looks)
    if "ADDRESS" in wanted:
        return min(1.0, looks.words / 3) * looks.letters, _of_words(looks)
    if wanted & _CODED or contract.name.endswith("_code"):
        short = looks.share(lambda text: len(text) <= 32 and len(text.split()) <= 2)
        return short * (0.3 if looks.words > 1.5 else 0.9), "short texts"
    if wanted & _NAMED:
        return looks.letters * (0.4 if looks.words > 12 else 0.9), _of_words(looks)
    return 0.5 * looks.letters, _of_words(looks)


def _of_words(looks: Looks) -> str:
    return f"texts of {looks.words:.0f} words on average" if looks.words >= 1.5 else "texts of one word"


def _is_of_another_kind(wanted: Concepts, looks: Looks, setting: Setting) -> bool:
    """Whether a column holds another kind of value than the field: people's numbers, days, coordinates."""
    if "PHONE" not in wanted and looks.phones >= SPECIFIC_SHARE_MIN and not wanted & _CODED:
        return True
    if looks.emails >= SPECIFIC_SHARE_MIN or (looks.niks >= SPECIFIC_SHARE_MIN and "NIK" not in wanted):
        return True
    if "." in "".join(list(looks.said)[:50]) and looks.numbers >= SPECIFIC_SHARE_MIN:
        return True
    day = cleanings(date, looks, setting)
    return day is not None and day.share >= SPECIFIC_SHARE_MIN
