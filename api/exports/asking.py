"""Asking: the parameters of an export -> one operation of the graph over the list, and how it is written. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs

import orjson
from graphql import GraphQLSyntaxError, parse_value, value_from_ast_untyped

from api.exports.collections import COLUMNS_MAX, POSITION, Collection, ExportColumn, collection_named
from api.incoming import (
    QUERY_PARAMETERS_MAX,
    QUERY_STRING_BYTES_MAX,
    VARIABLE_DEPTH_MAX,
    VARIABLE_VALUES_MAX,
    HttpRefusal,
    Incoming,
    from_payload,
)
from models.errors import BadInput, BadRequest, HubError, NotFound

CSV, NDJSON, GEOJSON, XLSX = "csv", "ndjson", "geojson", "xlsx"
FORMATS: Final = (CSV, NDJSON, GEOJSON, XLSX)
CURSOR: Final = "cursor"
"""The column that says, of each row, where to go on behind it."""
PARAMETERS: Final = frozenset({"filter", "orderBy", "fields", "after", "bom", "summary"})
ROWS: Final = "nodes"


@dataclass(frozen=True, slots=True)
class Asked:
    """One export: which rows of what, in which form.

    `columns` are as they stand in the file, the cursor left out. `located_by` is the field whose position is the
    geometry, which is read though it may be no column.
    """

    collection: Collection
    form: str
    columns: tuple[ExportColumn, ...]
    has_cursor: bool
    incoming: Incoming
    after: str | None
    has_bom: bool
    has_summary: bool

    @property
    def names(self) -> tuple[str, ...]:
        return (*(column.name for column in self.columns), *((CURSOR,) if self.has_cursor else ()))


def named_file(name: str) -> tuple[Collection, str]:
    """The collection and the form that the last part of an address names. Raises HttpRefusal (404)."""
    collection_name, _, form = name.partition(".")
    try:
        collection = collection_named(collection_name)
    except NotFound as error:
        raise HttpRefusal(404, error) from None
    if form not in FORMATS:
        raise HttpRefusal(404, NotFound("export_form", known=", ".join(FORMATS)))
    if form == GEOJSON and collection.located_by is None:
        raise HttpRefusal(404, NotFound("export_located", field=POSITION))
    return collection, form


def parameters_of_query(raw: bytes) -> dict[str, Any]:
    """The parameters of a GET: GraphQL literals or JSON, and lists with commas. Raises HttpRefusal."""
    if len(raw) > QUERY_STRING_BYTES_MAX:
        raise HttpRefusal(414, BadRequest("body_too_large", maximum_bytes=QUERY_STRING_BYTES_MAX))
    if raw.count(b"&") >= QUERY_PARAMETERS_MAX:
        raise HttpRefusal(400, BadRequest("document_limit", limit="query_parameters_max", allowed=QUERY_PARAMETERS_MAX))
    try:
        given = parse_qs(raw.decode("ascii"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise HttpRefusal(400, BadRequest("body_not_utf8")) from None
    return {name: values[0] for name, values in given.items()}


def parameters_of_body(body: bytes) -> dict[str, Any]:
    """The parameters of a POST, one JSON object. Raises HttpRefusal."""
    try:
        given = orjson.loads(body) if body.strip() else {}
    except (orjson.JSONDecodeError, RecursionError):
        raise HttpRefusal(400, BadRequest("body_not_json")) from None
    if not isinstance(given, dict):
        raise HttpRefusal(400, BadRequest("export_body"))
    return given


def asked_of(collection: Collection, form: str, given: Mapping[str, Any]) -> Asked:
    """What the parameters ask for. Raises HttpRefusal (400)."""
    try:
        return _asked(collection, form, given)
    except HubError as error:
        raise HttpRefusal(400, error) from None


def _asked(collection: Collection, form: str, given: Mapping[str, Any]) -> Asked:
    unknown = sorted(given.keys() - PARAMETERS)
    if unknown:
        raise BadRequest("export_parameter", name=unknown[0][:100], known=", ".join(sorted(PARAMETERS)))
    names = _names(given.get("fields"))
    has_cursor = CURSOR in names
    columns = tuple(collection.column(name) for name in names if name != CURSOR) if names else collection.columns
    paths = [column.path for column in columns]
    if form == GEOJSON and collection.located_by is not None:
        paths += [(collection.located_by, "latitude"), (collection.located_by, "longitude")]
    variables = {name: value for name in collection.arguments if (value := _value(name, given.get(name))) is not None}
    after = given.get("after") or None
    if after is not None and not isinstance(after, str):
        raise BadRequest("parameter_type", name="after", expected='"..."')
    if after is not None:
        variables["after"] = after
    query = _document(collection, paths, variables)
    incoming = from_payload({"query": query, "variables": variables})
    return Asked(collection, form, columns, has_cursor, incoming, after, _flag(given, "bom"), _flag(given, "summary"))


def _names(given: object) -> tuple[str, ...]:
    """The names of columns, each once, in their order."""
    if given is None or given == "":
        return ()
    names = given.split(",") if isinstance(given, str) else given
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise BadRequest("parameter_type", name="fields", expected='["..."]')
    if len(names) > COLUMNS_MAX:
        raise BadRequest("document_limit", limit="export_columns_max", allowed=COLUMNS_MAX)
    return tuple(dict.fromkeys(name.strip() for name in names))


def _flag(given: Mapping[str, Any], name: str) -> bool:
    value = given.get(name, False)
    if value not in (True, False, "", "0", "1", "true", "false"):
        raise BadRequest("parameter_type", name=name, expected="1")
    return value in (True, "1", "true")


def _value(name: str, given: object) -> object:
    """An argument as JSON has it. A text is a literal of GraphQL, or JSON, which differ in the quotes around names."""
    if not isinstance(given, str):
        return given
    if not given.strip():
        return None
    try:
        return orjson.loads(given)
    except orjson.JSONDecodeError:
        pass
    if _depth(given) > VARIABLE_DEPTH_MAX:
        raise BadRequest("variables_depth", maximum=VARIABLE_DEPTH_MAX)
    try:
        return value_from_ast_untyped(parse_value(given, no_location=True, max_tokens=VARIABLE_VALUES_MAX))
    except GraphQLSyntaxError:
        raise BadInput("export_literal", name=name) from None


def _depth(literal: str) -> int:
    """How deep brackets are nested; those within texts count, which no filter has so many of."""
    deepest = depth = 0
    for sign in literal:
        depth += (sign in "{[") - (sign in "}]")
        deepest = max(deepest, depth)
    return deepest


def _document(collection: Collection, paths: Iterable[tuple[str, ...]], variables: Mapping[str, object]) -> str:
    """The operation of the graph that this export is one endless page of."""
    types = {**collection.arguments, "after": "String"}
    declared = ", ".join(f"${name}: {types[name]}" for name in sorted(variables))
    given = ", ".join(f"{name}: ${name}" for name in sorted(variables))
    brackets = (f"({declared})", f"({given})") if variables else ("", "")
    tree: dict[str, Any] = {}
    for path in paths:
        below = tree
        for part in path:
            below = below.setdefault(part, {})
    return f"query Export{brackets[0]} {{ {collection.name}{brackets[1]} {{ {ROWS} {_selected(tree)} }} }}"


def _selected(tree: Mapping[str, Any]) -> str:
    inner = " ".join(f"{name} {_selected(below)}" if below else name for name, below in tree.items())
    return f"{{ {inner or '__typename'} }}"
