"""What a browser sends with a form, and what tests read out of pages."""

from __future__ import annotations

import re
from html import unescape

import httpx2

from tests.api.hub import Running

FROM_HERE = {"sec-fetch-site": "same-origin", "accept-language": "en"}


async def send(hub: Running, path: str, /, **fields: str) -> httpx2.Response:
    """A form, as a browser sends it from a page of the hub."""
    return await hub.client.post(path, data=fields, headers=FROM_HERE)


def text_in(page: httpx2.Response, element: str) -> str:
    """The text of the element with this id."""
    found = re.search(rf'<\w+[^>]* id="{element}"[^>]*>([^<]*)<', page.text)
    assert found is not None, page.text
    return unescape(found[1])
