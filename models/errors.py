"""Everything that the hub can say went wrong, as one tree.

HubError
├── RequestError                the client changes its request
│   ├── BadRequest              the HTTP request or the document cannot be used at all
│   ├── BadInput                an argument has a value that cannot be
│   ├── NotFound                what was asked for by name is not there
│   ├── NotSupported            this city's source cannot do this; the message names what it can
│   ├── TooExpensive            the client asks for less at once
│   ├── RateLimited             the client waits
│   └── Conflict                the client looks at the present state and decides again
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

from models.localized import Language
from models.messages import MESSAGES


class HubError(Exception):
    """An error that a person reads: a stable code, and a sentence in the language of the request.

    `message` names an entry of models/messages.py, `values` fill its placeholders. Values reach the client, so they
    never hold an address, a statement, a driver's text or a personal value. The cause is kept by `raise ... from`.
    """

    code: ClassVar[str]

    def __init__(self, message: str, /, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.values = values

    def text(self, language: Language) -> str:
        return MESSAGES[self.message].in_language(language).format(**self.values)

    def named(self, **values: object) -> Self:
        """The same error with more of its placeholders filled, or filled anew. Its cause stays with the original."""
        return type(self)(self.message, **{**self.values, **values})

    def __str__(self) -> str:
        return self.text(Language.EN)


class RequestError(HubError):
    """The client can mend this by changing the request."""


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


class AccessError(HubError):
    """The viewer may not do this as it stands."""


class Unauthenticated(AccessError):
    code = "UNAUTHENTICATED"


class Forbidden(AccessError):
    code = "FORBIDDEN"


class DepartmentError(HubError):
    """A department's side of the graph has no answer now; everything else in the answer holds."""


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
