"""Documents: JSON of a service -> legacy values of a table's columns. Pure.

Numbers stay texts, so that amounts of money keep all digits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from typing import Any

from connectors.http.access import GarbledAnswer, UnusableAnswer
from connectors.http.texts import storable, text_of

CONTENT_TYPES = ("application/json", "application/*+json", "text/json", "text/plain")
"""Never text/html: a gateway's error page is no data, and a service that sends JSON as HTML must be fixed."""

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_MISSING = object()


class Written(str):
    """A number as it is written."""

    __slots__ = ()


def parsed(body: bytes) -> object:
    """The document in an answer. Raises GarbledAnswer for malformed or too deeply nested JSON."""
    try:
        return json.loads(text_of(body), parse_float=Written, parse_int=Written, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise GarbledAnswer(f"the answer is no whole JSON ({type(error).__name__})") from None


def _no_number(_: str) -> object:
    raise ValueError("NaN and Infinity are no numbers of JSON")


def at(document: object, path: str) -> object:
    """The value at a path such as `a.b.0.c`; None if there is none. The empty path is the document itself."""
    found = _at(document, path)
    return None if found is _MISSING else found


def _at(document: object, path: str) -> object:
    for step in path.split(".") if path else ():
        if isinstance(document, dict):
            document = document.get(step, _MISSING)
        elif isinstance(document, list) and step.isdecimal() and int(step) < len(document):
            document = document[int(step)]
        else:
            return _MISSING
    return document


def items_at(document: object, path: str) -> list[dict[str, Any]]:
    """The list of objects at a path. Raises UnusableAnswer if there is none."""
    found = _at(document, path)
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise UnusableAnswer("there is no list of objects where the items should be")
    return found


class Fields:
    """The paths of a table's columns within an item; by default their names."""

    def __init__(self, columns: Sequence[tuple[str, bool]], paths: Dictionary[str, str]) -> None:
        """`columns` are pairs of a name and whether it holds whole numbers."""
        self._columns = [(name, paths.get(name, name), whole) for name, whole in columns]

    def row(self, item: object) -> tuple[object, ...]:
        return tuple(legacy_value(at(item, path), whole=whole) for _, path, whole in self._columns)

    def absent(self, items: Sequence[object]) -> list[str]:
        """The columns that no item has, not even as null."""
        return [name for name, path, _ in self._columns if items and all(_at(item, path) is _MISSING for item in items)]


def legacy_value(value: object, *, whole: bool) -> object:
    """A JSON value as stored: a text, or a whole number if `whole`. Nested values stay JSON."""
    if value is None:
        return None
    if isinstance(value, bool):
        return int(value) if whole else str(value).lower()
    if isinstance(value, str):
        return int(value) if whole and _INTEGER.fullmatch(value) else storable(value)
    return storable(json.dumps(value, ensure_ascii=False))
