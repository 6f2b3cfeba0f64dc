"""Turns the parameters of an export into one operation over the list, and the form of its file. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs

import orjson
from graphql import GraphQLSyntaxError, parse_value, value_from_ast_untyped

from api.exports.collections import COLUMNS_MAX, POSITION, Collection, ExportColumn
from api.exports.groupings import GROUPS_MAX, Grouping, collection_named
from api.graphql.incoming import (
    QUERY_PARAMETERS_MAX,
    QUERY_STRING_BYTES_MAX,
    VARIABLE_DEPTH_MAX,
    VARIABLE_VALUES_MAX,
    HttpRefusal,
    Incoming,
    from_payload,
)
from models.errors import BadInput, BadRequest, HubError, NotFound
from models.values.localized import Language

CSV, NDJSON, GEOJSON, XLSX = "csv", "ndjson", "geojson", "xlsx"
FORMATS: Final = (CSV, NDJSON, GEOJSON, XLSX)
CURSOR: Final = "cursor"
"""The column with the cursor of each row, from which an export can continue."""
PARAMETERS: Final = frozenset({"fields", "sort", "limit", "lang", "bom", "summary"})
"""What every export takes; a list takes `after` besides, and each what the graph takes there but a page size."""
AFTER: Final = "after"
PAGE_SIZE: Final = "first"
LANGUAGES: Final = {language.value: language for language in Language}
LIMIT_MAX: Final = 1_000_000_000
DESCENDING: Final = "-"
BY: Final = "by"
_NAMES: Final = re.compile(r"[\w ,]+")
"""Names with commas between them, as an address has them."""


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """One export: which rows and columns of which collection, in which form. `columns` leaves out the cursor.

    `limit` is the number of rows at most, and `language` that of its labels; None where the reader has not said.
    """

    collection: Collection
    form: str
    columns: tuple[ExportColumn, ...]
    has_cursor: bool
    incoming: Incoming
    has_bom: bool
    has_summary: bool
    limit: int | None = None
    language: Language | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return (*(column.name for column in self.columns), *((CURSOR,) if self.has_cursor else ()))


def named_file(name: str) -> tuple[Collection, str]:
    """The collection and form of a file name. Raises HttpRefusal (404)."""
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
    """The parameters of a GET: GraphQL literals or JSON, and comma-separated lists. Raises HttpRefusal."""
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


def asked_of(
    collection: Collection, form: str, given: Mapping[str, Any], usual: tuple[ExportColumn, ...]
) -> ExportRequest:
    """The export that the parameters ask for: the `usual` columns, unless they name some. Raises HttpRefusal (400)."""
    try:
        return _asked(collection, form, given, usual)
    except HubError as error:
        raise HttpRefusal(400, error) from None


def _asked(
    collection: Collection, form: str, given: Mapping[str, Any], usual: tuple[ExportColumn, ...]
) -> ExportRequest:
    variables = _variables(collection, given)
    names = _names("fields", given.get("fields"))
    has_cursor = CURSOR in names
    asked = tuple(collection.column(name) for name in names if name != CURSOR)
    columns = asked if names else collection.usual(usual, variables)
    paths = [column.path for column in columns]
    if form == GEOJSON and collection.located_by is not None:
        paths += [(collection.located_by, "latitude"), (collection.located_by, "longitude")]
    limit = _limit(given.get("limit"))
    if isinstance(collection, Grouping):
        variables[PAGE_SIZE] = min(limit or GROUPS_MAX, GROUPS_MAX)
    incoming = from_payload({"query": _document(collection, paths, variables), "variables": variables})
    return ExportRequest(
        collection, form, columns, has_cursor, incoming, _flag(given, "bom"), _flag(given, "summary"), limit,
        _language(given.get("lang")),
    )  # fmt: skip


def _variables(collection: Collection, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of the list, as JSON. Raises BadRequest for what is no parameter of it."""
    taken = {*collection.arguments, AFTER} if not isinstance(collection, Grouping) else {*collection.arguments}
    known = (taken - {PAGE_SIZE}) | PARAMETERS
    unknown = sorted(given.keys() - known)
    if unknown:
        raise BadRequest("export_parameter", name=unknown[0][:100], known=", ".join(sorted(known)))
    named = [name for name in collection.arguments if name != PAGE_SIZE]
    variables = {name: value for name in named if (value := _value(name, given.get(name))) is not None}
    order = _order(_names("sort", given.get("sort")))
    if order and "orderBy" in variables:
        raise BadRequest("export_sorted_twice")
    if order:
        variables["orderBy"] = order
    after = given.get(AFTER) or None
    if after is not None and not isinstance(after, str):
        raise BadRequest("parameter_type", name=AFTER, expected='"..."')
    return variables | ({AFTER: after} if after is not None else {})


def _order(names: Iterable[str]) -> list[dict[str, Any]]:
    """`-requestedAt,area.name` as the graph orders: a minus for the largest first, a dot before the related field."""
    terms: list[dict[str, Any]] = []
    for name in names:
        term: Any = "DESC" if name.startswith(DESCENDING) else "ASC"
        for part in reversed(name.removeprefix(DESCENDING).split(".")):
            term = {part: term}
        terms.append(term)
    return terms


def _limit(given: object) -> int | None:
    """The number of rows at most."""
    if given is None or given == "":
        return None
    digits = str(given)
    if isinstance(given, bool) or not (digits.isascii() and digits.isdigit() and 0 < int(digits[:20]) <= LIMIT_MAX):
        raise BadRequest("parameter_type", name="limit", expected="> 0")
    return int(digits)


def _language(given: object) -> Language | None:
    if given is None or given == "":
        return None
    if not isinstance(given, str) or given not in LANGUAGES:
        raise BadRequest("parameter_type", name="lang", expected=" / ".join(LANGUAGES))
    return LANGUAGES[given]


def _names(parameter: str, given: object) -> tuple[str, ...]:
    """The names of columns, in order and without duplicates."""
    if given is None or given == "":
        return ()
    names = given.split(",") if isinstance(given, str) else given
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise BadRequest("parameter_type", name=parameter, expected='["..."]')
    if len(names) > COLUMNS_MAX:
        raise BadRequest("document_limit", limit="export_columns_max", allowed=COLUMNS_MAX)
    return tuple(dict.fromkeys(name.strip() for name in names))


def _flag(given: Mapping[str, Any], name: str) -> bool:
    value = given.get(name, False)
    if value not in (True, False, "", "0", "1", "true", "false"):
        raise BadRequest("parameter_type", name=name, expected="1")
    return value in (True, "1", "true")


def _value(name: str, given: object) -> object:
    """An argument as JSON. A text is parsed as JSON, else as a GraphQL literal, whose names have no quotes."""
    if not isinstance(given, str):
        return given
    if not given.strip():
        return None
    if name == BY and _NAMES.fullmatch(given):
        return [one.strip() for one in given.split(",")]
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
    """How deep brackets are nested. Brackets in texts count too, but no real filter has so many."""
    deepest = depth = 0
    for sign in literal:
        depth += (sign in "{[") - (sign in "}]")
        deepest = max(deepest, depth)
    return deepest


def _document(collection: Collection, paths: Iterable[tuple[str, ...]], variables: Mapping[str, object]) -> str:
    """The GraphQL operation of this export, without a page size."""
    types = {**collection.arguments, AFTER: "String"}
    declared = ", ".join(f"${name}: {types[name]}" for name in sorted(variables))
    given = ", ".join(f"{name}: ${name}" for name in sorted(variables))
    brackets = (f"({declared})", f"({given})") if variables else ("", "")
    tree: dict[str, Any] = {}
    for path in paths:
        below = tree
        for part in path:
            below = below.setdefault(part, {})
    whole = "isComplete groupsCount " if isinstance(collection, Grouping) else ""
    rows = f"{whole}{collection.rows} {_selected(tree)}"
    return f"query Export{brackets[0]} {{ {collection.name}{brackets[1]} {{ {rows} }} }}"


def _selected(tree: Mapping[str, Any]) -> str:
    inner = " ".join(f"{name} {_selected(below)}" if below else name for name, below in tree.items())
    return f"{{ {inner or '__typename'} }}"
