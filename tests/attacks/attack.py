"""One attack as a row of a table: its class, who sends what, and by which answer one knows that it has failed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any

from sample.citizens import source as citizens
from sample.citizens.people import email_address, person, resident_number
from sample.city import SIZES

NO_HEADERS: Mapping[str, str] = MappingProxyType({})
REQUEST_BYTES_MAX = 65_536
"""No request up to this size may hold the event loop."""

NIK = resident_number(0)
"""Of the resident who attacks; whatever is about anybody else is foreign."""
_FAMILY_CARD = str(next(iter(citizens.generate(SIZES["small"]))).truth.family_card_number)
OWN = frozenset({NIK, email_address(0), person(0).phone, _FAMILY_CARD})
_FOREIGN = re.compile(r"3671\d{8}9\d{3}|[\w.]+@example\.com|08\d{2}-0000-\d{6}")
"""What the sample city's people are known by: resident numbers, family cards, addresses of e-mail and telephones."""
_INTERNAL = re.compile(
    r"Traceback|File \"|sqlite3?\.|asyncpg|asyncmy|sqlalchemy|OperationalError|SELECT .* FROM|tbl_pengaduan"
    r"|/site-packages/"
)
"""What only the hub itself may know."""


class AttackClass(Enum):
    """Every kind of attack that the hub has to refuse."""

    ALIASES = "aliases"
    DUPLICATED_FIELDS = "duplicated fields"
    DIRECTIVES = "directives"
    DEEP_FRAGMENTS = "deep fragments"
    CIRCULAR_FRAGMENTS = "circular fragments"
    EXPONENTIAL_FRAGMENTS = "exponential fragments"
    OVERLAPPING_FIELDS = "overlapping fields"
    HUGE_LISTS = "huge lists"
    BIG_BODIES = "big bodies"
    SLOW_BODIES = "slow bodies"
    BATCHES = "batches"
    TOKEN_FLOODS = "token floods"
    SCHEMA_FLOODS = "large answers about the schema"
    WRONG_NAMES = "names and values that are wrong"
    LARGE_VARIABLES = "large variables"
    INTROSPECTION = "introspection in prod"
    SUGGESTIONS = "field suggestions in prod"
    GET_MUTATIONS = "GET mutations"
    FOREIGN_FORMS = "form, multipart and text/plain posts"
    FOREIGN_SOCKETS = "foreign WebSocket origins"
    BIG_SUBSCRIPTIONS = "oversized subscriptions"
    SQL_FILTERS = "SQL through filters"
    SQL_ORDER = "SQL through order"
    SQL_SEARCH = "SQL through search"
    SQL_CURSORS = "SQL through cursors"
    SERVER_REQUESTS = "requests of the hub's own to where an attacker leads it"
    FORMULAS = "formulas in exports"
    SCRIPTS = "scripts in news and complaints"
    LINKS = "links that run or mislead"
    PATHS = "path tricks"
    TOKENS = "forged tokens"
    KEYS = "guessed API keys"
    OTHERS_BY_ID = "another person's data by id"
    OTHERS_BY_NODE = "another person's data by node"
    OTHERS_BY_EDGE = "another person's data by a nested edge"
    OTHERS_BY_ALIAS = "another person's data by alias"
    OTHERS_BY_SUBSCRIPTION = "another person's data by subscription"
    OTHERS_BY_EXPORT = "another person's data by export"
    OTHERS_BY_WARM_CACHE = "another person's data by a warm cache"
    SPELLINGS = "spellings of numbers in texts that are masked"
    EXACT_PLACES = "where exactly an anonymous complaint was"
    GUESSED_IDS = "keys guessed by aliases"
    SLOW_QUESTIONS = "questions that are slow by themselves"
    LEDGER = "tampering with the ledger"
    TRAILERS = "trailers of a chunked body"
    TWICE = "headers that decide, sent twice, and hosts that are none"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an attacker got."""

    status: int
    headers: Mapping[str, str]
    text: str
    content: bytes = b""

    @property
    def body(self) -> dict[str, Any]:
        read = json.loads(self.text)
        assert isinstance(read, dict), self.text[:200]
        return read

    @property
    def codes(self) -> set[str]:
        return {error["extensions"]["code"] for error in self.body.get("errors", ())}

    @property
    def foreign(self) -> set[str]:
        """What is known of anybody but the attacker."""
        return set(_FOREIGN.findall(self.text)) - OWN


Judge = Callable[[Answer], str | None]
"""What an attack has won by its answer; None where that is nothing."""


@dataclass(frozen=True, slots=True)
class Attack:
    """One row. `role` is a name among those of the stage; `in_prod` sends it to the hub in the prod profile.

    `after` is the role of somebody to whom it is open, and who has asked the same just before.
    """

    kind: AttackClass
    name: str
    judge: Judge
    content: bytes = b""
    role: str = "anonymous"
    method: str = "POST"
    path: str = "/graphql"
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    in_prod: bool = False
    after: str | None = None

    def __str__(self) -> str:
        return f"{self.kind.value}: {self.name} by {self.role}".replace(" ", "-")

    def won(self, answer: Answer) -> str | None:
        """What it has won by an answer, which no attack may win, or by what its own row asks."""
        if answer.status >= 500:
            return f"the hub failed with {answer.status}: {answer.text[:300]}"
        if answer.foreign:
            return f"{len(answer.foreign)} values of others"
        internal = _INTERNAL.search(answer.text)
        if internal is not None:
            return f"something internal: {answer.text[internal.start() - 40 : internal.end() + 40]}"
        return self.judge(answer)


def posted(query: str, **more: Any) -> bytes:
    """The body of a POST with an operation."""
    return json.dumps({"query": query, **more}).encode()


def values_in(data: object) -> Iterator[object]:
    """All leaves that are not null."""
    pending = [data]
    while pending:
        one = pending.pop()
        if isinstance(one, dict):
            pending += one.values()
        elif isinstance(one, list):
            pending += one
        elif one is not None:
            yield one


def refused(*codes: str, status: int | None = None) -> Judge:
    """No value at all, and nothing but errors of these codes."""

    def judge(answer: Answer) -> str | None:
        if list(values_in(answer.body.get("data"))):
            return f"it was answered: {answer.text[:200]}"
        if not answer.codes or not answer.codes <= set(codes):
            return f"it was refused as {sorted(answer.codes)}: {answer.text[:200]}"
        if status is not None and answer.status != status:
            return f"it got {answer.status}"
        return None

    return judge


def answered(data: object) -> Judge:
    """Nothing but this answer, which tells what everybody may know."""

    def judge(answer: Answer) -> str | None:
        return None if answer.body.get("data") == data else f"it was told {answer.text[:300]}"

    return judge


def got(*statuses: int) -> Judge:
    """One of these statuses."""

    def judge(answer: Answer) -> str | None:
        return None if answer.status in statuses else f"it got {answer.status}: {answer.text[:200]}"

    return judge


def without(*texts: str) -> Judge:
    """An answer, without errors of the request, in which none of these stands."""

    def judge(answer: Answer) -> str | None:
        if answer.status != 200:
            return f"it got {answer.status}, so that it tries nothing: {answer.text[:200]}"
        found = [text for text in texts if text.lower() in answer.text.lower()]
        return f"the answer has {found}" if found else None

    return judge


def nothing_foreign(answer: Answer) -> str | None:
    """The request was run, and what no attack may win is looked for in every answer."""
    return None if answer.status == 200 and "data" in answer.body else f"it was not run: {answer.text[:200]}"
