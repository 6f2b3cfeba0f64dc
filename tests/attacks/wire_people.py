"""Who speaks to the hub in the search over raw HTTP, what they ask, and what each alone would get for it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Final
from urllib.parse import quote

from models.policy.viewer import Role
from sample.citizens.people import resident_number
from tests.api.hub import Running
from tests.attacks.people import HANDLED
from tests.attacks.raw_http import Response, exchange

Header = tuple[bytes, bytes]
_SECONDS: Final = re.compile(rb"=\d+")
OFFICER, STRANGER, RESIDENT = "officer", "stranger", "resident"
UNSAID = "unsaid"
LANGUAGES: Final = ("id", "en", UNSAID)
QUESTIONS: Final = (
    HANDLED,
    "{ complaints(first: 3) { nodes { ticketNumber statusLabel } } }",
    "{ complaints(first: 2) { nodes { description address reporterNik } } }",
    "{ complaintCategories(first: 2) { nodes { id } } me { fullName } }",
    "{ complaints(first: 1000) { nodes { id } } }",
    '{ complaints(first: 100, filter: {departmentCode: {eq: "dpupr"}}) { totalCount nodes { ticketNumber } } }',
)
"""What is personal, what is public and has a language, both together, what is refused in a language, and what is public
but of which an officer sees more rows: an answer that is kept for everybody, if it is taken for a stranger's."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Somebody, and the language that they ask for."""

    name: str
    language: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as its sender means it: by POST or by GET, in one of the media types of answers."""

    sender: Sender
    question: int
    method: str = "POST"

    @property
    def body(self) -> bytes:
        return json.dumps({"query": QUESTIONS[self.question]}).encode() if self.method == "POST" else b""

    @property
    def line(self) -> bytes:
        if self.method == "POST":
            return b"POST /graphql HTTP/1.1"
        return b"GET /graphql?query=%b HTTP/1.1" % quote(QUESTIONS[self.question]).encode()


@dataclass(frozen=True, slots=True)
class Told:
    """What of an answer is its sender's, and the same each time."""

    status: int
    media_type: bytes
    cache_control: bytes
    body: bytes


def told(response: Response) -> Told:
    cache_control = _SECONDS.sub(b"", response.header(b"cache-control"))
    return Told(response.status, response.header(b"content-type"), cache_control, _lasting(response.body))


def _lasting(body: bytes) -> bytes:
    """A body without what it took to make it, and when that was."""
    try:
        read = json.loads(body)
    except ValueError:
        return body
    if isinstance(read, dict):
        read.pop("extensions", None)
    return json.dumps(read).encode()


SENDERS: Final = tuple(Sender(name, language) for name, language in product((STRANGER, OFFICER, RESIDENT), LANGUAGES))
ALL_ASKED: Final = tuple(
    Asked(sender, question, method)
    for sender, question, method in product(SENDERS, range(len(QUESTIONS)), ("POST", "GET"))
)


@dataclass(frozen=True, slots=True)
class Crowd:
    """The credentials of everybody, and a hub on which nobody else is, which `forget` makes forget what it keeps."""

    credentials: Mapping[str, tuple[Header, ...]]
    place: str
    forget: Callable[[], object]
    known: dict[Asked, Told] = field(default_factory=dict)

    def headers(self, sender: Sender) -> list[Header]:
        said = [(b"Accept-Language", sender.language.encode())] if sender.language != UNSAID else []
        return [*self.credentials[sender.name], *said]

    def request(self, asked: Asked, *more: Header) -> bytes:
        """It as it is meant, in one piece."""
        return plain(asked, [*self.headers(asked.sender), *more])

    async def alone(self, asked: Asked) -> Told:
        """What its sender alone gets."""
        if asked not in self.known:
            self.forget()
            (response,) = await exchange(self.place, self.request(asked))
            self.known[asked] = told(response)
        return self.known[asked]


def plain(asked: Asked, headers: list[Header]) -> bytes:
    given = [(b"Host", b"hub"), *headers]
    if asked.method == "POST":
        given += [(b"Content-Type", b"application/json"), (b"Content-Length", b"%d" % len(asked.body))]
    return b"\r\n".join([asked.line, *(b"%b: %b" % header for header in given), b"", asked.body])


def credentials_of(hub: Running) -> dict[str, tuple[Header, ...]]:
    """The credentials of everybody, by headers."""

    def bearer(role: Role, department: str | None = None, nik: str | None = None) -> Header:
        return b"Authorization", hub.bearer(role, department, nik)["authorization"].encode()

    return {
        STRANGER: (),
        OFFICER: (bearer(Role.OFFICER, "dpupr"), (b"Hub-Purpose", b"COMPLAINT_HANDLING")),
        RESIDENT: (bearer(Role.CITIZEN, nik=resident_number(0)),),
    }
