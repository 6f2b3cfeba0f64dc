"""Everything that the hub can say went wrong, as one tree.

HubError
├── RequestError                the client changes its request
│   ├── BadRequest              the HTTP request or the document is malformed
│   ├── BadInput                an argument has an invalid value
│   ├── NotFound                there is nothing with this name
│   ├── NotSupported            this city's source cannot do this; the message names what it can
│   ├── TooExpensive            the client asks for less at once
│   ├── RateLimited             the client waits
│   ├── Conflict                the client looks at the present state and decides again
│   ├── KeyMissing              the client sends a key with an action
│   ├── KeyReused               the client takes another key for something else
│   └── KeyInUse                the client sends the same again in a moment
├── AccessError                 the client signs in, states a purpose, or leaves the field out
│   ├── Unauthenticated
│   └── Forbidden
├── DepartmentError             the client shows what it has and tries again later
│   ├── NotConnected            this city has no source for the subject
│   ├── DepartmentUnavailable
│   ├── DepartmentTimeout
│   └── DataQuality             the source's data or shape is broken; the operators see a finding
├── SignInUnavailable           the client tries again later; its credential may be as good as ever
├── LedgerUnavailable           the client tries again later; public data is not affected
├── OperationCancelled          nobody reads it: the client left before the answer was ready
└── Internal                    the client reports the request id
"""

from __future__ import annotations

from typing import ClassVar, Self

from models.values.localized import Language
from models.words.catalogue import ERROR, translated
from models.words.messages import MESSAGES


class HubError(Exception):
    """An error that a person reads: a stable code, and a sentence in the language of the request.

    `message` names an entry of models/words/messages.py, and `values` fill its placeholders. Values reach the client,
    so they never hold an address, a statement, a driver's text or a personal value. The cause is kept by `raise ...
    from`.
    """

    code: ClassVar[str]
    status: ClassVar[int | None] = None
    """The status that a standard has for it, where clients look for one."""

    def __init__(self, message: str, /, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.values = values

    def text(self, language: Language) -> str:
        return translated(MESSAGES[self.message], language, ERROR).format(**self.values)

    def named(self, **values: object) -> Self:
        """The same error with more placeholders filled, or filled anew. The cause stays with the original."""
        return type(self)(self.message, **{**self.values, **values})

    def __str__(self) -> str:
        return self.text(Language.EN)


class RequestError(HubError):
    """The client can avoid this by changing the request."""


class BadRequest(RequestError):
    code = "BAD_REQUEST"


class BadInput(RequestError):
    code = "BAD_INPUT"


class NotFound(RequestError):
    code = "NOT_FOUND"


class NotSupported(RequestError):
    code = "NOT_SUPPORTED"


class TooExpensive(RequestError):
    code = "TOO_EXPENSIVE"


class RateLimited(RequestError):
    code = "RATE_LIMITED"


class Conflict(RequestError):
    code = "CONFLICT"


class KeyMissing(RequestError):
    """An action was asked for without a key, by which it would be known again (draft-07 of Idempotency-Key: 400)."""

    code = "KEY_MISSING"
    status: ClassVar[int | None] = 400


class KeyReused(RequestError):
    """The key was used for something else (draft-07: 422)."""

    code = "KEY_REUSED"
    status: ClassVar[int | None] = 422


class KeyInUse(RequestError):
    """What was asked for with the same key is still being accepted (draft-07: 409)."""

    code = "KEY_IN_USE"
    status: ClassVar[int | None] = 409


class AccessError(HubError):
    """The viewer may not do this."""


class Unauthenticated(AccessError):
    code = "UNAUTHENTICATED"


class Forbidden(AccessError):
    code = "FORBIDDEN"


class DepartmentError(HubError):
    """A department's data is not available now; the rest of the answer is valid."""


class NotConnected(DepartmentError):
    code = "NOT_CONNECTED"


class DepartmentUnavailable(DepartmentError):
    code = "DEPARTMENT_UNAVAILABLE"


class DepartmentTimeout(DepartmentError):
    code = "DEPARTMENT_TIMEOUT"


class DataQuality(DepartmentError):
    code = "DATA_QUALITY"


class SignInUnavailable(HubError):
    code = "INTERNAL"


class LedgerUnavailable(HubError):
    code = "INTERNAL"


class OperationCancelled(HubError):
    code = "INTERNAL"


class Internal(HubError):
    code = "INTERNAL"
