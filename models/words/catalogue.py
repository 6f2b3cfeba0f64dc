"""Translates English texts with the gettext catalogues in locale/.

The English text is the key: a changed sentence has no translation until somebody writes one, and tests/test_words.py
names it.
"""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

from models.records import Field, Record
from models.values.localized import Language

ERROR: Final = "error"
"""The gettext context of the sentences in models/words/messages.py."""
DESCRIPTION: Final = "description"
"""The gettext context of the descriptions of records and fields."""

_LOCALE: Final = Path(__file__).resolve().parents[2] / "locale"


@cache
def catalogue(language: Language) -> NullTranslations:
    """The catalogue of a language. English needs none."""
    if language is Language.EN:
        return NullTranslations()
    # Imported late: commands without Indonesian output start faster.
    from babel.messages.mofile import write_mo  # noqa: PLC0415
    from babel.messages.pofile import read_po  # noqa: PLC0415

    with (_LOCALE / language.value / "LC_MESSAGES" / "simpul.po").open("rb") as file:
        read = read_po(file, locale=language.value, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, read)
    compiled.seek(0)
    return GNUTranslations(compiled)


def translated(english: str, language: Language, context: str) -> str:
    """An English text in a language; unchanged if there is no translation, as in records of a city's own."""
    return english if language is Language.EN else catalogue(language).pgettext(context, english)


def about_record(record: type[Record]) -> str:
    """The first sentence of a record's docstring."""
    return (record.__doc__ or record.name).strip().partition("\n")[0].partition(". ")[0].rstrip(".") + "."


def described(record_or_field: type[Record] | Field, language: Language) -> str:
    """What a record or a field is."""
    english = record_or_field.description if isinstance(record_or_field, Field) else about_record(record_or_field)
    return translated(english, language, DESCRIPTION)
