"""Words: every English sentence of the hub has its Indonesian one with the same gaps, and none is left over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from strawberry.types import get_object_definition

from connectors.departments import PACKAGE
from models.values.localized import Language
from models.words.catalogue import DESCRIPTION, ERROR, about_record, translated
from models.words.messages import MESSAGES
from onboarding import sheet_words
from schema.build import RECORDS
from schema.core.entity import ENTITIES

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "locale" / "id" / "LC_MESSAGES" / "simpul.po"
KEYWORDS = {"_": None, "_N": None, "gettext": None, "ngettext": (1, 2)}
GAP = re.compile(r"%\(\w+\)[sd]|{\w+}")

Said = tuple[str | None, str]
"""A context of the catalogue and a sentence."""


def said_on_pages() -> Iterator[Said]:
    for folder, pattern, method in (("web/templates", "**.html", "jinja2"), ("api/pages", "**.py", "python")):
        for _, _, message, *_ in extract_from_dir(ROOT / folder, [(pattern, method)], keywords=KEYWORDS):
            yield from ((None, one) for one in ((message,) if isinstance(message, str) else message))


def said_in_the_sheet() -> Iterator[Said]:
    tables = (
        sheet_words.WORDS, sheet_words.ROLES, sheet_words.RULES, sheet_words.CLASSES, sheet_words.REASONS,
        sheet_words.ASKS, sheet_words.WRITES, sheet_words.RUNGS,
    )  # fmt: skip
    yield from ((sheet_words.SHEET, english) for table in tables for english in table.values())


def said_of_data() -> Iterator[Said]:
    """What records and their fields are."""
    for record in {*RECORDS, *(one.record for one in PACKAGE.mappings)}:
        yield DESCRIPTION, about_record(record)
        yield from ((DESCRIPTION, field.description) for field in record.fields.values())


def said_of_the_graph() -> Iterator[Said]:
    """What the fields of the graph are that are no fields of a record, and no label or code of one."""
    for entity in ENTITIES.values():
        for shown in get_object_definition(entity, strict=True).fields:
            name = shown.python_name
            if (name == "id" or name not in entity.record.fields) and not name.endswith(("_label", "_labels", "_raw")):
                yield DESCRIPTION, shown.description or ""


def said() -> set[Said]:
    errors = ((ERROR, english) for english in MESSAGES.values())
    return {*said_on_pages(), *said_in_the_sheet(), *said_of_data(), *said_of_the_graph(), *errors}


def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="id", abort_invalid=True)


def indonesian() -> dict[Said, str]:
    found: dict[Said, str] = {}
    for message in catalogue():
        names = message.id if isinstance(message.id, tuple | list) else (message.id,)
        text = message.string if isinstance(message.string, str) else "".join(message.string or ())
        found |= {(message.context, name): text for name in names if name}
    return found


def test_every_word_is_said_in_indonesian() -> None:
    spoken, translations = said(), indonesian()
    assert spoken - translations.keys() == set(), f"not in {CATALOGUE.relative_to(ROOT)}"
    assert translations.keys() - spoken == set(), f"in {CATALOGUE.relative_to(ROOT)}, and said nowhere"


def test_every_translation_is_finished_and_has_the_gaps_of_its_sentence() -> None:
    assert [message.id for message in catalogue() if message.fuzzy and message.id] == []
    for (_, english), text in indonesian().items():
        assert text.strip(), english
        assert sorted(GAP.findall(english)) == sorted(GAP.findall(text)), english


def test_what_nobody_has_translated_is_said_in_english() -> None:
    assert translated("A city's own record.", Language.ID, DESCRIPTION) == "A city's own record."
