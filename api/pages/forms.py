"""Forms: what somebody sends from a page, bounded, and only from a page of the hub itself."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request as HttpRequest

FORM_BYTES_MAX = 16_384
FIELDS_MAX = 20
MEDIA = "application/x-www-form-urlencoded"


class FormRefused(Exception):
    """Something that no page of the hub has sent. `status` is what to answer."""

    def __init__(self, status: int) -> None:
        super().__init__(f"a form was refused: {status}")
        self.status = status


async def form_of(http: HttpRequest) -> Mapping[str, str]:
    """The fields of a form. Raises FormRefused for one of another page, or that is too large."""
    if not is_from_here(http):
        raise FormRefused(403)
    if http.headers.get("content-type", "").partition(";")[0].strip().lower() != MEDIA:
        raise FormRefused(415)
    body = bytearray()
    async for part in http.stream():
        body += part
        if len(body) > FORM_BYTES_MAX:
            raise FormRefused(413)
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX)
    except ValueError as error:
        raise FormRefused(400) from error
    return {name: value.strip() for name, value in pairs}


def is_from_here(http: HttpRequest) -> bool:
    """Whether the browser says that a page of the hub has sent this, or nothing at all, like a program."""
    site = http.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = http.headers.get("origin")
    # Pages send no referrer, so an old browser that does not name the site says `null` of the hub's own.
    return origin in (None, "null") or urlsplit(origin).netloc == http.headers.get("host")
