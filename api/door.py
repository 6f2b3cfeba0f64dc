"""The door: where there is no room, refuses a signed request that came whole, before anything else is done for it.

At several times of what the hub can do, saying no in the usual way would take all of its time. Only what is beyond
doubt is refused here; everything else goes the usual way, and may be refused there.
"""

from __future__ import annotations

import asyncio

from api.admission import RETRY_AFTER_S, Admission
from api.incoming import JSON, language_of
from api.outgoing import dumped, error_body
from api.urgency import URGENT_WORDS
from api.whole_requests import WholeRequest
from models.errors import RateLimited
from models.localized import Language


def _answer(language: Language) -> bytes:
    body = dumped(error_body(RateLimited("overloaded"), language))
    head = (
        f"HTTP/1.1 503 Service Unavailable\r\ncontent-type: {JSON}; charset=utf-8\r\ncontent-length: {len(body)}\r\n"
        f"retry-after: {RETRY_AFTER_S}\r\ncache-control: no-store\r\nvary: Accept-Language\r\n\r\n"
    )
    return head.encode() + body


_SIGNED = frozenset({b"authorization", b"x-api-key"})
_ANSWERS = {language: _answer(language) for language in Language}


class Door:
    """Belongs to the admission of one process."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self._passing = 0

    def refusal(self, request: WholeRequest) -> bytes | None:
        """What to answer instead of looking at a request any further; None where it is to be looked at.

        Without a token or a key it may be what is kept already, which costs less than to ask whether it is.
        """
        if request.method != b"POST":
            return None
        if self._admission.room > self._passing:
            self._let_pass()
            return None
        given = dict(request.headers)
        if b"origin" in given or not given.keys() & _SIGNED:
            return None
        if any(word in request.body for word in URGENT_WORDS):
            return None
        self._admission.refused_at_the_door()
        return _ANSWERS[language_of(given.get(b"accept-language", b"").decode("latin-1"))]

    def _let_pass(self) -> None:
        """Count it until it has come to the admission: of many that are read at once only some find room there.

        By then the loop has turned twice: a request is a task, and so is its operation.
        """
        self._passing += 1
        loop = asyncio.get_running_loop()
        loop.call_soon(loop.call_soon, self._has_passed)

    def _has_passed(self) -> None:
        self._passing -= 1
