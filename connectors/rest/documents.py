"""Documents: JSON as a service sends it -> the legacy values of a table's columns. Pure.

Numbers stay as they are written, so that an amount of money has all its digits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from typing import Any

from connectors.http import GarbledAnswer, UnusableAnswer
from connectors.texts import storable, text_of

CONTENT_TYPES = ("application/json", "application/*+json", "text/json", "text/plain")
"""Never text/html: a gateway's page of regret is no data, and a service that says so of JSON is to be put right."""

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_MISSING = object()


class Written(str):
    """A number, as it is written."""

    __slots__ = ()


def parsed(body: bytes) -> object:
    """The document in an answer. Raises GarbledAnswer for half of one, and for one that nests without end."""
    try:
        return json.loads(text_of(body), parse_float=Written, parse_int=Written, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise GarbledAnswer(f"the answer is no whole JSON ({type(error).__name__})") from None


def _no_number(_: str) -> object:
    raise ValueError("NaN and Infinity are no numbers of JSON")


def at(document: object, path: str) -> object:
    """What lies at `a.b.0.c` in a document, None where nothing does; the empty path is the document itself."""
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
    """The list of objects at a path. Raises UnusableAnswer when there is none."""
    found = _at(document, path)
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise UnusableAnswer("there is no list of objects where the items should be")
    return found


class Fields:
    """Where in an item the columns of a table lie: at a path of their own, or at their own name."""

    def __init__(self, columns: Sequence[tuple[str, bool]], paths: Dictionary[str, str]) -> None:
        """`columns` are names, and whether each holds whole numbers."""
        self._places = [(name, paths.get(name, name), whole) for name, whole in columns]

    def row(self, item: object) -> tuple[object, ...]:
        return tuple(legacy_value(at(item, path), whole=whole) for _, path, whole in self._places)

    def absent(self, items: Sequence[object]) -> list[str]:
        """The columns that none of the items has, not even as null."""
        return [name for name, path, _ in self._places if items and all(_at(item, path) is _MISSING for item in items)]


def legacy_value(value: object, *, whole: bool) -> object:
    """A value of JSON as a column holds it: a text, or a whole number where the column is one of numbers.

    What is nested is JSON again.
    """
    if value is None:
        return None
    if isinstance(value, bool):
        return int(value) if whole else str(value).lower()
    if isinstance(value, str):
        return int(value) if whole and _INTEGER.fullmatch(value) else storable(value)
    return storable(json.dumps(value, ensure_ascii=False))
