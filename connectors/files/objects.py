"""Objects: JSON documents that are or contain an array of objects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NoReturn

from connectors.files.cells import text_of
from connectors.files.delimited import decoded
from connectors.files.headers import folded
from connectors.files.plan import FilePlan, FileRefused, Parsed, Row
from models.sources.findings import FindingKind


def rows_of(content: bytes, plan: FilePlan) -> Parsed:
    """One row per object, numbers as they are written. Raises FileRefused."""
    text = decoded(content, plan.encoding).removeprefix("\ufeff")
    try:
        # A float would lose digits, and an int of a million digits would take forever.
        document = json.loads(text, parse_float=str, parse_int=str, parse_constant=_no_number)
    except RecursionError as error:
        raise FileRefused(FindingKind.UNREADABLE, "nested too deeply") from error
    except ValueError as error:
        raise FileRefused(FindingKind.UNREADABLE, "no JSON") from error
    items = _items(document, plan.items)
    if len(items) > plan.bounds.rows_max:
        raise FileRefused(FindingKind.TOO_LARGE, f"more than {plan.bounds.rows_max} rows")
    column_of = {text: at for at, (_, texts) in enumerate(plan.columns) for text in texts}
    rows = [_row(item, column_of, plan) for item in items]
    _check_columns(items, column_of, plan)
    found = [row for row in rows if any(text is not None for text in row)]
    if not found:
        raise FileRefused(FindingKind.EMPTY, "no objects")
    return Parsed(found)


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")


def _items(document: object, path: tuple[str, ...]) -> list[Mapping[str, object]]:
    at = document
    for key in path:
        at = at.get(key) if isinstance(at, dict) else None
    if not isinstance(at, list) or not all(isinstance(item, dict) for item in at):
        where = f"at {'.'.join(path)}" if path else "at the top"
        raise FileRefused(FindingKind.UNREADABLE, f"no array of objects {where}")
    return at


def _row(item: Mapping[str, object], column_of: Mapping[str, int], plan: FilePlan) -> Row:
    if len(item) > plan.bounds.columns_max:
        raise FileRefused(FindingKind.TOO_LARGE, f"an object of more than {plan.bounds.columns_max} keys")
    row: Row = [None] * len(plan.columns)
    taken: set[int] = set()
    for key, value in item.items():
        at = column_of.get(folded(key))
        if at is None:
            continue
        if at in taken:
            raise FileRefused(FindingKind.UNREADABLE, f"several keys for {plan.names[at]}")
        taken.add(at)
        row[at] = text_of(value, plan.bounds.cell_chars_max)
    return row


def _check_columns(items: list[Mapping[str, object]], column_of: Mapping[str, int], plan: FilePlan) -> None:
    """A key missing in one object is null there; a key missing in all objects was renamed."""
    if not items:
        return
    present = {column_of[key] for item in items for key in map(folded, item) if key in column_of}
    missing = [name for at, name in enumerate(plan.names) if at not in present and name not in plan.optional]
    if missing:
        raise FileRefused(FindingKind.MISSING_COLUMN, f"no object has the keys of {', '.join(missing)}")
