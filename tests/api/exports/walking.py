"""Walking: the same rows as an export has, page by page through the graph, and how each form of a file writes them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import httpx2
from python_calamine import CalamineWorkbook

from api.exports.collections import COLLECTIONS
from tests.api.hub import Running

PAGE = 100


def selection_of(names: Sequence[str]) -> str:
    """Dotted names as the graph selects them."""
    tree: dict[str, Any] = {}
    for name in names:
        below = tree
        for part in name.split("."):
            below = below.setdefault(part, {})

    def text(one: dict[str, Any]) -> str:
        return " ".join(f"{name} {{ {text(below)} }}" if below else name for name, below in one.items())

    return text(tree)


async def walked(
    hub: Running, name: str, columns: Sequence[str], headers: Mapping[str, str], **arguments: Any
) -> list[dict[str, Any]]:
    """All rows of a list of the graph, in pages."""
    types = {**COLLECTIONS[name].arguments, "after": "String"}
    query = (
        f"query Walk($after: String{''.join(f', ${one}: {types[one]}' for one in arguments)}) {{ {name}(first: {PAGE}, "
        f"after: $after{''.join(f', {one}: ${one}' for one in arguments)}) "
        f"{{ nodes {{ {selection_of(columns)} }} pageInfo {{ hasNextPage endCursor }} }} }}"
    )
    rows: list[dict[str, Any]] = []
    after: str | None = None
    while True:
        answer = (await hub.ask(query, headers, **{**arguments, "after": after})).json()
        assert "errors" not in answer, answer["errors"]
        page = answer["data"][name]
        rows += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return rows
        after = page["pageInfo"]["endCursor"]


def leaf(row: Mapping[str, Any], name: str) -> Any:
    value: Any = row
    for part in name.split("."):
        value = value[part] if value is not None else None
    return value


def in_csv(value: Any) -> str:
    """How a table writes a value: what a sheet would take for a formula is a text behind an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        value = "; ".join(value)
    return f"'{value}" if isinstance(value, str) and value[:1] in tuple("=+-@\t\r\n") else str(value)


def csv_rows(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode(), newline="")))


def ndjson_rows(body: bytes) -> list[Any]:
    return [json.loads(line) for line in body.splitlines()]


def sheet_rows(body: bytes) -> list[list[Any]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(body))
    return [row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()]


async def exported(hub: Running, path: str, headers: Mapping[str, str] | None = None) -> httpx2.Response:
    answer = await hub.client.get(f"/export/{path}", headers=headers or {})
    assert answer.status_code == 200, answer.text[:500]
    return answer
