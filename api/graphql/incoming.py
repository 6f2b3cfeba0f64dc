"""Incoming: an HTTP request -> one GraphQL operation to run, or a clear refusal, by the rules of GraphQL over HTTP."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import orjson

from models.errors import BadRequest, Forbidden, HubError, NotFound
from models.policy.viewer import Purpose, Role, Viewer
from models.sources.plan_steps import PlanSteps
from models.values.localized import Language, Languages
from store.documents import SHA256_START

BODY_BYTES_MAX = 262_144
QUERY_STRING_BYTES_MAX = 65_536
QUERY_PARAMETERS_MAX = 20
VARIABLE_DEPTH_MAX = 20
# As many as a document may have tokens: coercing 10,000 values holds the event loop for 100 ms.
VARIABLE_VALUES_MAX = 2_000
# The forms of JSON, since a message names them in any language.
_TEXT_FORM, _OBJECT_FORM, _HASH_FORM = '"..."', "{...}", '{"version": 1, "sha256Hash": "..."}'
DOCUMENT_NAMES = ("documentId", "doc_id")
"""Where a request names its document instead of sending it."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
LISTED_MAX = 20
"""How many languages, media types or encodings of a client are looked at."""
# RFC 9110 (12.4.2), and without the zero before the point, as old clients write it.
_QUALITY = re.compile(r"0?\.\d{1,3}|0\.?|1(?:\.0{0,3})?")

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"
EVENT_STREAM = "text/event-stream"

EXPLAIN_HEADER = "hub-explain"
EXPLAINED_TO = frozenset({Role.OPERATOR, Role.DEVELOPER})
"""Who may see how an operation runs."""


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
    """One operation as the client sent it. A trusted one was named, and is registered with the hub.

    `idempotency_key` is that of the header.
    """

    query: str
    operation_name: str | None
    variables: dict[str, Any] | None
    is_trusted: bool = False
    idempotency_key: str | None = None


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


def key_of(fields: Mapping[str, str]) -> str | None:
    """The key of the header Idempotency-Key, a quoted text by its draft; most clients send it without quotes."""
    key = fields.get("idempotency-key")
    return key[1:-1] if key is not None and len(key) > 2 and key[0] == key[-1] == '"' else key


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
    for key, value in (("variables", variables), ("extensions", extensions)):
        if value is not None and not isinstance(value, dict):
            raise HttpRefusal(400, BadRequest("parameter_type", name=key, expected=_OBJECT_FORM))
    persisted = extensions.get("persistedQuery") if extensions else None
    document = _document(given, find) if persisted is None else _persisted(given, persisted, find)
    if name is not None and not isinstance(name, str):
        raise HttpRefusal(400, BadRequest("parameter_type", name="operationName", expected=_TEXT_FORM))
    _check_variables(variables)
    return Incoming(document.text, name or None, variables, document.is_trusted)


def _document(given: Mapping[str, Any], find: Find) -> Named:
    """The document, sent or named (GraphQL over HTTP, appendix on persisted documents; Relay calls it `doc_id`)."""
    query = given.get("query")
    key = next((key for key in DOCUMENT_NAMES if given.get(key) is not None), None)
    if key is None:
        if not isinstance(query, str):
            raise HttpRefusal(400, BadRequest("query_missing"))
        return Named(query, is_trusted=False)
    if not isinstance(given[key], str):
        raise HttpRefusal(400, BadRequest("parameter_type", name=key, expected=_TEXT_FORM))
    if query is not None:
        raise HttpRefusal(400, BadRequest("query_and_document"))
    known = find(given[key])
    if known is None:
        raise HttpRefusal(404, NotFound("document_unknown"))
    return known


def _persisted(given: Mapping[str, Any], persisted: object, find: Find) -> Named:
    """The document by its hash, sent only where the hub did not know it (Apollo's automatic persisted queries)."""
    digest = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    if not isinstance(digest, str):
        raise HttpRefusal(400, BadRequest("parameter_type", name="extensions.persistedQuery", expected=_HASH_FORM))
    known, query = find(digest) or find(SHA256_START + digest), given.get("query")
    if known is not None and query in (None, known.text):
        return known
    if query is None:
        # Clients know it by this sentence, and some read no answer of a status beyond 2xx.
        raise HttpRefusal(200, NotFound("persisted_query_unknown"))
    if not isinstance(query, str) or digest.removeprefix(SHA256_START) != hashlib.sha256(query.encode()).hexdigest():
        raise HttpRefusal(400, BadRequest("persisted_query_other"))
    return Named(query, is_trusted=False)


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
    JSON: (JSON,),
    GRAPHQL_RESPONSE: (GRAPHQL_RESPONSE,),
    EVENT_STREAM: (EVENT_STREAM,),
    "*/*": (JSON, GRAPHQL_RESPONSE),
    "application/*": (JSON, GRAPHQL_RESPONSE),
}
"""What is answered with for each media type that a client may name, the first that it does not refuse."""


def media_type_for(accept: str | None) -> str:
    """Which of the media types to answer in. Raises HttpRefusal (406) when the client takes none of them."""
    if accept is None or not accept.strip():
        return JSON
    weighted = _weighted(accept)
    refused = {media for media, quality in weighted if not quality}
    best: tuple[float, str] | None = None
    for media, quality in weighted:
        offered = next((one for one in _OFFERED.get(media, ()) if one not in refused), None)
        if offered is not None and quality > 0 and (best is None or quality > best[0]):
            best = (quality, offered)
    if best is None:
        raise HttpRefusal(406, BadRequest("not_acceptable"))
    return best[1]


def is_browser(accept: str | None) -> bool:
    """Whether a person looks at the answer: only browsers ask for pages by name."""
    return "text/html" in (accept or "").lower()


def language_of(accept_language: str | None, spoken: Languages = tuple(Language)) -> Language:
    """The first language of the client's that the city speaks; the city's first if it names none."""
    if not accept_language:
        return spoken[0]
    weighted = sorted(_weighted(accept_language), key=lambda pair: -pair[1])
    for tag, quality in weighted:
        language = _TAGS.get(tag.partition("-")[0])
        if quality > 0 and language in spoken:
            return language
    return spoken[0]


_TAGS = {"in": Language.ID, **{language.value: language for language in Language}}
"""Languages by the first part of their tags; Indonesian had another one until 1989."""


@lru_cache(maxsize=1_024)
def takes_gzip(accept_encoding: bytes) -> bool:
    """Whether to pack an answer: gzip is taken, by its name or as one of any, and no less than what is not packed."""
    weights = dict(_weighted(accept_encoding.decode("latin-1")))
    gzip = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    return gzip > 0 and gzip >= weights.get("identity", 0.0)


def _weighted(text: str) -> list[tuple[str, float]]:
    """What a header lists, in lower case, and how much each is wanted: 0 for what is refused."""
    listed = []
    for part in text.split(",")[:LISTED_MAX]:
        name, *parameters = part.lower().split(";")
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                quality = float(value) if _QUALITY.fullmatch(value := value.strip()) else 1.0
                break
        listed.append((name.strip(), quality))
    return listed


def purpose_of(header: str | None) -> Purpose | None:
    """The purpose that the header Hub-Purpose states. Raises HttpRefusal for one that is not on the list."""
    if header is None:
        return None
    try:
        return Purpose(header.strip().upper())
    except ValueError:
        known = ", ".join(purpose.value for purpose in Purpose)
        raise HttpRefusal(400, BadRequest("purpose_unknown", known=known)) from None


def steps_for(headers: Mapping[str, str], viewer: Viewer) -> PlanSteps | None:
    """Where to note steps, if these headers ask for it. Raises HttpRefusal (403) where it is not this viewer's.

    A stranger's header means nothing: a kept answer is given to it, and a refusal would tell that there is none.
    """
    if viewer.role is Role.ANONYMOUS or headers.get(EXPLAIN_HEADER, "0").strip() in ("", "0"):
        return None
    if viewer.role not in EXPLAINED_TO:
        known = ", ".join(sorted(role.value for role in EXPLAINED_TO))
        raise HttpRefusal(403, Forbidden("explain_role", roles=known))
    return PlanSteps()


def request_id_of(given: str | None) -> str:
    """The id that the client gave its request, if it is one, and a new one otherwise."""
    return given if given is not None and _REQUEST_ID.fullmatch(given) else os.urandom(16).hex()
