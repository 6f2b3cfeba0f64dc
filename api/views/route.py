"""The routes /views, which lists the views, and /views/<name>.json and .csv, which serve one from memory."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from api.graphql.incoming import JSON
from api.graphql.outgoing import dumped, error_body
from api.responses.kept import RawHeaders
from api.serving.cors import Cors
from api.serving.frozen_head import Head, head_of
from api.views.warm import RETRY_S, Form, Warm, WarmViews
from models.errors import BadRequest, NotFound
from models.policy.viewer import Role
from models.values.localized import Language

_FORMS = {form.value[0]: form for form in Form}


@dataclass(frozen=True, slots=True)
class ViewsRoute:
    """Serves the views of one process."""

    views: WarmViews
    cors: Cors

    async def index(self, request: HttpRequest) -> Response:
        """Every view with its addresses and age."""
        now_s = self.views.responses.clock()
        headers = {**dict(self.cors.headers(head_of(request.scope).fields)), "cache-control": "no-store"}
        return JSONResponse({"views": [_listed(warm, now_s) for warm in self.views.all()]}, headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # nothing is sent
        head = head_of(scope)
        more = tuple((name.encode(), value.encode()) for name, value in self.cors.headers(head.fields))
        language = head.language
        if not head.reads:
            body = dumped(error_body(BadRequest("view_method"), language))
            await _send(send, 405, body, ((b"allow", b"GET, HEAD"), *more))
            return
        name, _, ending = scope["path_params"]["file"].rpartition(".")
        warm, form = self.views.named(name), _FORMS.get(ending)
        if warm is None or form is None:
            await _send(send, 404, _unknown(language), more)
            return
        await self._show(head, send, await self.views.warmed(warm), form, more)

    async def _show(self, head: Head, send: Send, warm: Warm, form: Form, more: RawHeaders) -> None:
        now_s = self.views.responses.clock()
        kept = warm.shown(form, now_s)
        if kept is None or warm.good is None:
            retry = (b"retry-after", str(int(RETRY_S)).encode())
            await _send(send, 503, warm.trouble or b"{}", (retry, *more))
            return
        # The same for every viewer and language.
        told = [
            (b"hub-view-state", warm.good.freshness(now_s).value.encode()),
            (b"hub-view-read-at", warm.good.read_at.encode()),
        ]
        if warm.good.as_of is not None:
            told.append((b"hub-view-as-of", warm.good.as_of.encode()))
        await kept.send(send, head, Role.ANONYMOUS, form.media_type, (*told, *more), now_s)


def _listed(warm: Warm, now_s: float) -> dict[str, object]:
    view, good = warm.checked.view, warm.good
    return {
        "name": view.name,
        "json": f"/views/{view.name}.json",
        "csv": f"/views/{view.name}.csv",
        "everySeconds": view.every_s,
        "state": good.freshness(now_s).value if good is not None else None,
        "asOf": good.as_of if good is not None else None,
        "readAt": good.read_at if good is not None else None,
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
