"""The data dictionary of an export: what its columns mean, where its rows come from, and under which terms. Pure.

It is derived from the schema, the contracts of the records and the city's statements about its sources.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from api.exports.cells import harmless
from api.exports.collections import COLLECTIONS, Collection, ExportColumn
from api.exports.groupings import GROUPINGS, PERIOD
from api.exports.request import FORMATS, GEOJSON
from connectors.catalog import Catalog
from models.city import City
from models.values.localized import Language, Languages
from schema.core.vocabularies import VOCABULARIES
from schema.sources import source_named

DICTIONARY_FORMS: Final = ("json", "csv", "md")
DICTIONARY: Final = "dictionary"
_UNITS: Final = {"latitude": "deg (WGS 84)", "longitude": "deg (WGS 84)", "hours": "h", "workingHours": "h"}
_HEADER: Final = ("column", "type", "list", "class", "unit", "description", "vocabulary", "connected")


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
    """The dictionary of a collection, for its default columns."""
    held = collection.columns_in(catalog)
    columns = [{**_shown(column, city.languages), "connected": column in held} for column in collection.columns]
    return Described(collection, _source(collection, catalog, city, language), columns)


def _source(collection: Collection, catalog: Catalog, city: City, language: Language) -> dict[str, Any]:
    """Where the rows come from; `connected` is false where the city has no source for them.

    The same is said of each column that the source does not hold: files leave it out.
    """
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


def _shown(column: ExportColumn, languages: Languages) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": column.type.name,
        "list": column.is_list,
        "class": column.personal.value,
        "unit": _UNITS.get(column.path[-1]),
        "description": column.description,
        "vocabulary": _vocabulary(column, languages),
    }


def _vocabulary(column: ExportColumn, languages: Languages) -> list[dict[str, str]] | None:
    """The members of an enum, with their labels in the languages of the city."""
    vocabulary = VOCABULARIES.get(column.type.name) if column.vocabulary is not None else None
    if vocabulary is None:
        return None
    return [
        {
            "value": member.name,
            **{language.value: member.label_in(language) for language in languages},
            "description": member.description,
        }
        for member in vocabulary
    ]


def forms_of(collection: Collection) -> list[str]:
    return [form for form in FORMATS if form != GEOJSON or collection.located_by is not None]


def index_body() -> dict[str, Any]:
    """All lists and aggregates with the addresses of their files."""
    return {
        "collections": [_listed(collection) for collection in COLLECTIONS.values()],
        "aggregates": [
            {**_listed(grouping), "by": [name for name in grouping.dimensions if name != PERIOD]}
            for grouping in GROUPINGS.values()
        ],
    }


def _listed(collection: Collection) -> dict[str, Any]:
    return {
        "name": collection.name,
        "description": collection.row.description,
        "files": {form: f"/export/{collection.name}.{form}" for form in forms_of(collection)},
        DICTIONARY: {form: f"/export/{collection.name}.{DICTIONARY}.{form}" for form in DICTIONARY_FORMS},
    }


def written(dictionary: Described, form: str) -> tuple[str, bytes]:
    """The media type and bytes of a dictionary in one form."""
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
        "true" if column["connected"] else "false",
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
