"""Incoming: an HTTP request -> one GraphQL operation to run, or a clear refusal, by the rules of GraphQL over HTTP."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import orjson

from models.errors import BadRequest, HubError, NotFound
from models.localized import Language
from models.viewer import Purpose

BODY_BYTES_MAX = 262_144
QUERY_STRING_BYTES_MAX = 65_536
QUERY_PARAMETERS_MAX = 20
VARIABLE_DEPTH_MAX = 20
# As many as a document may have tokens: coercing 10,000 values holds the event loop for 100 ms.
VARIABLE_VALUES_MAX = 2_000
# The forms of JSON, since a message names them in any language.
_TEXT_FORM, _OBJECT_FORM = '"..."', "{...}"
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"
EVENT_STREAM = "text/event-stream"


class HttpRefusal(Exception):
    """A request that is not run: a status, the error to show, headers that explain it, and details for programs."""

    def __init__(
        self,
        status: int,
        error: HubError,
        headers: Mapping[str, str] | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(error.code)
        self.status = status
        self.error = error
        self.headers = dict(headers or {})
        self.details = dict(details or {})


class Named(NamedTuple):
    """A document that was named. One that is registered with the hub is trusted."""

    text: str
    is_trusted: bool


Find = Callable[[str], Named | None]
"""The document with this identifier."""


def nothing_known(_: str) -> None:
    """Knows no document."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One operation as the client sent it. A trusted one was named, and is registered with the hub."""

    query: str
    operation_name: str | None
    variables: dict[str, Any] | None
    is_trusted: bool = False


def from_query_string(raw: bytes, find: Find = nothing_known) -> Incoming:
    """The operation of a GET. Raises HttpRefusal."""
    if len(raw) > QUERY_STRING_BYTES_MAX:
        raise HttpRefusal(414, BadRequest("body_too_large", maximum_bytes=QUERY_STRING_BYTES_MAX))
    if raw.count(b"&") >= QUERY_PARAMETERS_MAX:
        raise HttpRefusal(400, BadRequest("document_limit", limit="query_parameters_max", allowed=QUERY_PARAMETERS_MAX))
    try:
        given = parse_qs(raw.decode("ascii"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise HttpRefusal(400, BadRequest("body_not_utf8")) from None
    fields: dict[str, Any] = {name: values[0] for name, values in given.items()}
    for name in ("variables", "extensions"):
        if name in fields:
            fields[name] = _json(fields[name].encode()) if fields[name] else None
    return _operation(fields, find)


def from_body(content_type: str, body: bytes, find: Find = nothing_known) -> Incoming:
    """The operation of a POST. Raises HttpRefusal."""
    media, _, parameters = content_type.partition(";")
    if media.strip().lower() != JSON:
        raise HttpRefusal(415, BadRequest("media_type"), {"accept": JSON})
    charset = re.search(r"charset\s*=\s*\"?([\w-]+)", parameters, re.IGNORECASE)
    if charset is not None and charset[1].lower() not in ("utf-8", "utf8"):
        raise HttpRefusal(415, BadRequest("media_type"), {"accept": JSON})
    given = _json(body)
    if isinstance(given, list):
        raise HttpRefusal(400, BadRequest("batch_not_supported"))
    if not isinstance(given, dict):
        raise HttpRefusal(400, BadRequest("body_not_object"))
    return _operation(given, find)


def from_payload(given: Mapping[str, Any], find: Find = nothing_known) -> Incoming:
    """The operation that a message of a socket carries. Raises HttpRefusal, whose status says nothing there."""
    return _operation(given, find)


def _json(text: bytes) -> Any:
    try:
        text.decode()
    except UnicodeDecodeError:
        raise HttpRefusal(400, BadRequest("body_not_utf8")) from None
    try:
        return orjson.loads(text)
    except (orjson.JSONDecodeError, RecursionError):
        raise HttpRefusal(400, BadRequest("body_not_json")) from None


def _operation(given: Mapping[str, Any], find: Find) -> Incoming:
    name, variables, extensions = given.get("operationName"), given.get("variables"), given.get("extensions")
    document = _document(given.get("query"), given.get("documentId"), find)
    if name is not None and not isinstance(name, str):
        raise HttpRefusal(400, BadRequest("parameter_type", name="operationName", expected=_TEXT_FORM))
    for key, value in (("variables", variables), ("extensions", extensions)):
        if value is not None and not isinstance(value, dict):
            raise HttpRefusal(400, BadRequest("parameter_type", name=key, expected=_OBJECT_FORM))
    _check_variables(variables)
    return Incoming(document.text, name or None, variables, document.is_trusted)


def _document(query: object, identifier: object, find: Find) -> Named:
    """The document, sent or named (GraphQL over HTTP, appendix on persisted documents)."""
    if identifier is None:
        if not isinstance(query, str):
            raise HttpRefusal(400, BadRequest("query_missing"))
        return Named(query, is_trusted=False)
    if not isinstance(identifier, str):
        raise HttpRefusal(400, BadRequest("parameter_type", name="documentId", expected=_TEXT_FORM))
    if query is not None:
        raise HttpRefusal(400, BadRequest("query_and_document"))
    known = find(identifier)
    if known is None:
        raise HttpRefusal(404, NotFound("document_unknown"))
    return known


def _check_variables(variables: object) -> None:
    """Bound depth and number of the values, level by level, before anything is done with them."""
    level, values = [variables], 0
    for _ in range(VARIABLE_DEPTH_MAX):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        values += len(level)
        if values > VARIABLE_VALUES_MAX:
            error = BadRequest("document_limit", limit="variable_values_max", allowed=VARIABLE_VALUES_MAX)
            raise HttpRefusal(400, error)
        if not level:
            return
    raise HttpRefusal(400, BadRequest("variables_depth", maximum=VARIABLE_DEPTH_MAX))


_OFFERED = {
    JSON: JSON,
    GRAPHQL_RESPONSE: GRAPHQL_RESPONSE,
    EVENT_STREAM: EVENT_STREAM,
    "*/*": JSON,
    "application/*": JSON,
}


def media_type_for(accept: str | None) -> str:
    """Which of the media types to answer in. Raises HttpRefusal (406) when the client takes none of them."""
    if accept is None or not accept.strip():
        return JSON
    best: tuple[float, str] | None = None
    for part in accept.split(",")[:20]:
        media, quality = _weighted(part)
        offered = _OFFERED.get(media)
        if offered is not None and quality > 0 and (best is None or quality > best[0]):
            best = (quality, offered)
    if best is None:
        raise HttpRefusal(406, BadRequest("not_acceptable"))
    return best[1]


def language_of(accept_language: str | None) -> Language:
    """The first language of the client's that the hub speaks; Indonesian if it names none."""
    weighted = sorted(map(_weighted, (accept_language or "").split(",")[:20]), key=lambda pair: -pair[1])
    for tag, quality in weighted:
        primary = tag.partition("-")[0]
        if quality > 0 and primary in ("id", "in"):
            return Language.ID
        if quality > 0 and primary == "en":
            return Language.EN
    return Language.ID


def _weighted(part: str) -> tuple[str, float]:
    name, _, rest = part.partition(";")
    match = re.search(r"(?:^|;)\s*q\s*=\s*([01](?:\.\d{0,3})?)", rest)
    return name.strip().lower(), float(match[1]) if match is not None else 1.0


def purpose_of(header: str | None) -> Purpose | None:
    """The purpose that the header Hub-Purpose states. Raises HttpRefusal for one that is not on the list."""
    if header is None:
        return None
    try:
        return Purpose(header.strip().upper())
    except ValueError:
        known = ", ".join(purpose.value for purpose in Purpose)
        raise HttpRefusal(400, BadRequest("purpose_unknown", known=known)) from None


def request_id_of(given: str | None) -> str:
    """The id that the client gave its request, if it is one, and a new one otherwise."""
    return given if given is not None and _REQUEST_ID.fullmatch(given) else os.urandom(16).hex()
