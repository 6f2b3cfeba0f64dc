"""Response front: what is kept, as the bytes that answer a whole request, below ASGI.

uvicorn and ASGI take longer for a request than all that a kept answer needs besides. What the front does not know is
left to the response layer, which keeps the same answers by the same keys.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import Headers

from api.cors import Cors
from api.response_layer import BODY_BYTES_MAX, asked_by, of_this_request
from api.responses import Responses
from api.whole_requests import WholeRequest


@dataclass(frozen=True, slots=True)
class ResponseFront:
    """Belongs to the responses of one process."""

    responses: Responses
    cors: Cors

    def answer(self, request: WholeRequest, more: list[tuple[bytes, bytes]]) -> bytes | None:
        """The whole answer with `more` headers, those of the server; None where there is more to do than to send it."""
        asked = asked_by(request.method, request.headers)
        if asked is None:
            return None
        told = request.body if request.method == b"POST" else request.query_string
        if (asked.if_none_match and request.method == b"GET") or len(request.body) > BODY_BYTES_MAX:
            return None
        linked = self.responses.linked(self.responses.keys.of_request([*asked.keyed, b"", told]))
        if linked is None:
            return None
        kept, media_type = linked
        wired = kept.wired(media_type, packed=asked.takes_gzip)
        if wired is None:
            return None
        self.responses.counts.hits += 1
        head, body = wired
        headers = Headers(raw=request.headers) if asked.has_origin else None
        lines = [*of_this_request(asked, headers, self.cors), kept.age(self.responses.clock()), *more]
        return b"".join([head, *[b"%b: %b\r\n" % line for line in lines], b"\r\n", body])
