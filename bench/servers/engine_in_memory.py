"""The engine behind a bare ASGI route, over records in memory: what is compared with peers that have no database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from functools import lru_cache
from typing import Any

import orjson
from graphql import DocumentNode, ExecutionResult, parse, validate

import engine
from bench.in_process import SCHEMA
from bench.servers.serving import serve

DOCUMENTS_MAX = 100
Message = MutableMapping[str, Any]


@lru_cache(maxsize=DOCUMENTS_MAX)
def _document(text: str) -> DocumentNode:
    document = parse(text)
    errors = validate(SCHEMA, document)
    if errors:
        raise ValueError(f"{errors[0]}")
    return document


async def _app(scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[..., Awaitable[None]]) -> None:
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    asked = orjson.loads(body)
    result = engine.execute(
        SCHEMA, _document(asked["query"]), variable_values=asked["variables"], operation_name=asked["operationName"]
    )
    if not isinstance(result, ExecutionResult):
        raise AssertionError("nothing here has to be awaited")
    answer = orjson.dumps({"data": result.data})
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


if __name__ == "__main__":
    serve(lambda _: _app)
