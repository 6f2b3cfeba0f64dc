"""The addresses of views: /views lists them, /views/<name>.json and .csv show one, to everybody and from memory."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from api.cors import Cors
from api.incoming import JSON, language_of
from api.outgoing import dumped, error_body
from api.response_kept import RawHeaders
from api.response_layer import asked_by
from api.views.warm import RETRY_S, Form, Warm, WarmViews
from models.errors import BadRequest, NotFound
from models.localized import Language

_ASKED = frozenset({b"accept-encoding", b"if-none-match"})
_FORMS = {form.value[0]: form for form in Form}


@dataclass(frozen=True, slots=True)
class ViewsRoute:
    """Shows the views of one process."""

    views: WarmViews
    cors: Cors

    async def index(self, request: HttpRequest) -> Response:
        """Every view with its addresses and how old it is."""
        now_s = self.views.responses.clock()
        headers = {**dict(self.cors.headers(request.headers)), "cache-control": "no-store"}
        return JSONResponse({"views": [_listed(warm, now_s) for warm in self.views.all()]}, headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # nothing is sent
        headers = Headers(scope=scope)
        more = [(name.encode(), value.encode()) for name, value in self.cors.headers(headers)]
        language = language_of(headers.get("accept-language"))
        if scope["method"] not in ("GET", "HEAD"):
            body = dumped(error_body(BadRequest("view_method"), language))
            await _send(send, 405, body, [(b"allow", b"GET, HEAD"), *more])
            return
        name, _, ending = scope["path_params"]["file"].rpartition(".")
        warm, form = self.views.named(name), _FORMS.get(ending)
        if warm is None or form is None:
            await _send(send, 404, _unknown(language), more)
            return
        await self._show(scope, send, await self.views.warmed(warm), form, more)

    async def _show(self, scope: Scope, send: Send, warm: Warm, form: Form, more: RawHeaders) -> None:
        now_s = self.views.responses.clock()
        kept = warm.shown(form, now_s)
        if kept is None or warm.good is None:
            retry = (b"retry-after", str(int(RETRY_S)).encode())
            await _send(send, 503, warm.trouble or b"{}", [retry, *more])
            return
        # Who asks makes no difference here, and in which language neither.
        asked = asked_by(b"GET", [header for header in scope["headers"] if header[0] in _ASKED])
        told = [(b"hub-view-state", warm.good.freshness(now_s).value.encode())]
        if warm.good.as_of is not None:
            told.append((b"hub-view-as-of", warm.good.as_of.encode()))
        known = asked.if_none_match if asked is not None else b""
        packed = asked is not None and asked.takes_gzip
        await kept.send(send, form.media_type, known, [*told, *more], now_s, packed=packed)


def _listed(warm: Warm, now_s: float) -> dict[str, object]:
    view, good = warm.checked.view, warm.good
    return {
        "name": view.name,
        "json": f"/views/{view.name}.json",
        "csv": f"/views/{view.name}.csv",
        "everySeconds": view.every_s,
        "state": good.freshness(now_s).value if good is not None else None,
        "asOf": good.as_of if good is not None else None,
        "columns": [".".join(column) for column in warm.checked.table.columns],
    }


def _unknown(language: Language) -> bytes:
    return dumped(error_body(NotFound("view_unknown"), language))


async def _send(send: Send, status: int, body: bytes, more: RawHeaders) -> None:
    head = [
        (b"content-type", JSON.encode()), (b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store"),
    ]  # fmt: skip
    await send({"type": "http.response.start", "status": status, "headers": [*head, *more]})
    await send({"type": "http.response.body", "body": body})
