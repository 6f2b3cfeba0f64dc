"""The door: where there is no room, refuses a signed request by its bytes, before anything of it is parsed.

At several times of what the hub can do, saying no in the usual way would take all of its time. Only what is beyond
doubt is refused here; everything else goes the usual way, and may be refused there.
"""

from __future__ import annotations

import asyncio
import re

from api.admission import RETRY_AFTER_S, Admission
from api.incoming import JSON, language_of
from api.outgoing import dumped, error_body
from api.urgency import URGENT_WORDS
from models.errors import RateLimited
from models.localized import Language

_ASKS = b"POST /graphql HTTP/1.1\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,7})[ \t]*(?=\r\n|$)")
_LANGUAGE = re.compile(rb"\r\naccept-language:([^\r\n]*)")
_UNUSUAL = (b"\r\norigin:", b"\r\ntransfer-encoding:", b"\r\nexpect:", b"\r\nupgrade:", b"\r\nconnection: close")


def _answer(language: Language) -> bytes:
    body = dumped(error_body(RateLimited("overloaded"), language))
    head = (
        f"HTTP/1.1 503 Service Unavailable\r\ncontent-type: {JSON}; charset=utf-8\r\ncontent-length: {len(body)}\r\n"
        f"retry-after: {RETRY_AFTER_S}\r\ncache-control: no-store\r\nvary: Accept-Language\r\n\r\n"
    )
    return head.encode() + body


_ANSWERS = {language: _answer(language) for language in Language}


class Door:
    """Belongs to the admission of one process."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self._passing = 0

    def refusal(self, data: bytes) -> bytes | None:
        """What to send instead of looking at these bytes any further; None where they are to be looked at.

        Without a token it may be what is kept already, which costs less than to ask whether it is.
        """
        if not data.startswith(_ASKS):
            return None
        if self._admission.room > self._passing:
            self._let_pass()
            return None
        end = data.find(b"\r\n\r\n")
        head = data[:end].lower() if end >= 0 else b""
        length = _LENGTH.search(head)
        if length is None or head.count(b"content-length") != 1 or len(data) != end + 4 + int(length[1]):
            return None
        if b"\r\nauthorization:" not in head or any(part in head for part in _UNUSUAL):
            return None
        if any(word in data for word in URGENT_WORDS):
            return None
        self._admission.refused_at_the_door()
        wanted = _LANGUAGE.search(head)
        return _ANSWERS[language_of(wanted[1].decode("latin-1") if wanted is not None else None)]

    def _let_pass(self) -> None:
        """Count it until it has come to the admission: of many that are read at once only some find room there.

        By then the loop has turned twice: a request is a task, and so is its operation.
        """
        self._passing += 1
        loop = asyncio.get_running_loop()
        loop.call_soon(loop.call_soon, self._has_passed)

    def _has_passed(self) -> None:
        self._passing -= 1
