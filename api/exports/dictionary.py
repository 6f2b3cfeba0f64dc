"""Dictionary: what the columns of an export mean, where its rows come from, and under which terms. Pure.

It is worked out of the schema, the contracts of the records and what the city states of its sources, so that nobody has
to keep it up to date.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from api.exports.asking import FORMATS, GEOJSON
from api.exports.cells import harmless
from api.exports.collections import COLLECTIONS, Collection, ExportColumn
from connectors.catalog import Catalog
from models.city import City
from models.localized import Language
from schema.sources import source_named
from schema.vocabularies import VOCABULARIES

DICTIONARY_FORMS: Final = ("json", "csv", "md")
DICTIONARY: Final = "dictionary"
_UNITS: Final = {"latitude": "deg (WGS 84)", "longitude": "deg (WGS 84)", "hours": "h", "workingHours": "h"}
_HEADER: Final = ("column", "type", "list", "class", "unit", "description", "vocabulary")


@dataclass(frozen=True, slots=True)
class Described:
    """A collection as its dictionary describes it."""

    collection: Collection
    source: dict[str, Any]
    columns: list[dict[str, Any]]

    @property
    def body(self) -> dict[str, Any]:
        return {"collection": self.collection.name, **self.source, "columns": self.columns}


def described(collection: Collection, catalog: Catalog, city: City, language: Language) -> Described:
    """The dictionary of a collection, for the columns that it has unless told."""
    return Described(
        collection, _source(collection, catalog, city, language), [_shown(column) for column in collection.columns]
    )


def _source(collection: Collection, catalog: Catalog, city: City, language: Language) -> dict[str, Any]:
    """Where the rows come from; nothing of it where this city has no source for them."""
    shown: dict[str, Any] = {
        "record": collection.row.name,
        "description": collection.row.description,
        "formats": forms_of(collection),
        "language": language.value,
        "timeZone": city.time_zone.key,
    }
    binding = catalog.binding(collection.record)
    if binding is None:
        return {**shown, "connected": False}
    source = source_named(catalog, binding.source.name, language)
    fresh_for = binding.mapping.fresh_for
    return {
        **shown,
        "connected": True,
        "department": {"code": binding.department.code, "name": binding.department.name},
        "source": {
            "name": source.name,
            "title": source.title,
            "publisher": source.publisher,
            "contact": source.contact,
            "license": source.license,
            "updateRhythm": source.update_rhythm.value,
            "freshForSeconds": int(fresh_for.total_seconds()) if fresh_for is not None else None,
        },
    }


def _shown(column: ExportColumn) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": column.type.name,
        "list": column.is_list,
        "class": column.personal.value,
        "unit": _UNITS.get(column.path[-1]),
        "description": column.description,
        "vocabulary": _vocabulary(column),
    }


def _vocabulary(column: ExportColumn) -> list[dict[str, str]] | None:
    """The words of an enum with what people call them in both languages."""
    vocabulary = VOCABULARIES.get(column.type.name) if column.vocabulary is not None else None
    if vocabulary is None:
        return None
    return [
        {
            "value": member.name,
            "id": member.label_in(Language.ID),
            "en": member.label_in(Language.EN),
            "description": member.description,
        }
        for member in vocabulary
    ]


def forms_of(collection: Collection) -> list[str]:
    return [form for form in FORMATS if form != GEOJSON or collection.located_by is not None]


def index_body() -> dict[str, Any]:
    """All collections with the addresses of their files."""
    return {
        "collections": [
            {
                "name": collection.name,
                "description": collection.row.description,
                "files": {form: f"/export/{collection.name}.{form}" for form in forms_of(collection)},
                DICTIONARY: {form: f"/export/{collection.name}.{DICTIONARY}.{form}" for form in DICTIONARY_FORMS},
            }
            for collection in COLLECTIONS.values()
        ]
    }


def written(dictionary: Described, form: str) -> tuple[str, bytes]:
    """A dictionary in one of its forms: its media type and its bytes."""
    if form == "csv":
        return "text/csv; charset=utf-8; header=present", _csv(dictionary.columns)
    if form == "md":
        return "text/markdown; charset=utf-8", _markdown(dictionary)
    return "application/json; charset=utf-8", orjson.dumps(dictionary.body, option=orjson.OPT_INDENT_2)


def _cells(column: dict[str, Any]) -> list[str]:
    words = column["vocabulary"] or ()
    return [
        column["name"],
        column["type"],
        "true" if column["list"] else "false",
        column["class"],
        column["unit"] or "",
        column["description"],
        "; ".join(f"{word['value']} = {word['id']} / {word['en']}" for word in words),
    ]


def _csv(columns: Sequence[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(_HEADER)
    table.writerows([harmless(cell) for cell in _cells(column)] for column in columns)
    return text.getvalue().encode()


def _markdown(dictionary: Described) -> bytes:
    about = dictionary.source
    lines = [f"# {dictionary.collection.name}", "", str(about["description"] or ""), ""]
    source = about.get("source")
    if source is not None:
        lines += [
            f"- {about['department']['name']}: {source['title']}",
            f"- {source['publisher'] or '-'}, {source['contact'] or '-'}, {source['license'] or '-'}",
            f"- {source['updateRhythm']}, {source['freshForSeconds']} s",
            "",
        ]
    rows = [_HEADER, tuple("---" for _ in _HEADER), *map(_cells, dictionary.columns)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return ("\n".join(lines) + "\n").encode()
