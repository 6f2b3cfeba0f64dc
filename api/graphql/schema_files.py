"""The schema as files: for code generators, editors and the explorer, without asking the graph about itself."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256

import orjson
from graphql import GraphQLSchema, introspection_from_schema
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from api.serving.frozen_head import head_of

FRESH_S = 300
"""How long a client may go on without asking: the schema changes with a release of the hub only."""


class SchemaFile:
    """One form of the schema, the same for everybody until the hub is replaced."""

    def __init__(self, text: bytes, media_type: str) -> None:
        self._text = text
        self._headers = {
            "content-type": media_type,
            # Weak, since the bytes differ where they are compressed on their way.
            "etag": f'W/"{sha256(text).hexdigest()[:32]}"',
            "cache-control": f"public, max-age={FRESH_S}",
            "access-control-allow-origin": "*",
        }

    async def __call__(self, http: HttpRequest) -> Response:
        if _names(head_of(http.scope).fields.get("if-none-match", ""), self._headers["etag"]):
            return Response(status_code=304, headers=self._headers)
        return Response(self._text, headers=self._headers)


def schema_routes(sdl: str, schema: GraphQLSchema) -> list[Route]:
    """The schema in its own language, and as the answer to the usual question of introspection."""
    return [
        Route("/schema.graphql", SchemaFile(sdl.encode() + b"\n", "text/plain; charset=utf-8").__call__),
        Route("/schema.json", SchemaFile(_introspected(schema), "application/json").__call__),
    ]


@lru_cache(maxsize=1)
def _introspected(schema: GraphQLSchema) -> bytes:
    """Asked once in a process: that takes a tenth of a second."""
    answer = introspection_from_schema(schema, input_value_deprecation=True, specified_by_url=True)
    return orjson.dumps({"data": answer})


def _names(told: str, etag: str) -> bool:
    """Whether the client has it, by the weak comparison of RFC 9110."""
    tags = [tag.strip() for tag in told.split(",")]
    return "*" in tags or etag.removeprefix("W/") in {tag.removeprefix("W/") for tag in tags}
