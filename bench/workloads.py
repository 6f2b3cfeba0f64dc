"""Workloads: what is asked of every server, with variables that no two requests share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from bench import in_process
from models.policy.viewer import Purpose, Role
from sample.citizens.people import resident_number

Variables = Mapping[str, Any]

Kind = Literal["hub", "strawberry", "hand-written", "postgraphile", "engine", "mercurius"]
HUB_ONLY: frozenset[Kind] = frozenset({"hub"})
PYTHON: frozenset[Kind] = frozenset({"hub", "strawberry", "hand-written"})


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks the hub; peers are sent the same header and do not look at it."""

    role: Role = Role.ANALYST
    department: str | None = None
    nik: str | None = None
    purpose: Purpose | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Workload:
    """One operation, asked again and again. `variables` are those of the n-th request; `text` may differ as well.

    `alone` says that one request at a time is enough, because each takes long. `spelled` holds the words
    of peers whose graph has other names; what they answer is the same.
    """

    name: str
    title: str
    operation: str | None
    text: Callable[[int], str]
    variables: Callable[[int], Variables]
    kinds: frozenset[Kind] = PYTHON
    asking: Asking = field(default_factory=Asking)
    alone: bool = False
    spelled: Mapping[Kind, str] = field(default_factory=dict)

    def body(self, number: int, kind: Kind) -> bytes:
        """What the n-th request posts, the same bytes to every server that has the names of the hub's graph."""
        asked = {
            "operationName": self.operation,
            "query": self.spelled.get(kind) or self.text(number),
            "variables": dict(self.variables(number)),
        }
        return orjson.dumps(asked)


def _always(text: str) -> Callable[[int], str]:
    flat = " ".join(text.split())
    return lambda _: flat


def _page(rows: int) -> Callable[[int], Variables]:
    """All rows but one that nobody has: each page is the same, and each request another."""
    return lambda number: {"first": rows, "but": f"A{number:012}"}


COMPLAINTS = """
query Complaints($first: Int!, $but: String!) {
  complaints(first: $first, filter: {not: {ticketNumber: {eq: $but}}}) {
    nodes { ticketNumber status statusDetail requestedAt category { code name } area { code name } }
  }
}
"""
ROWS = COMPLAINTS.replace("Complaints(", "Rows(").replace("category { code name } area { code name } ", "")
POSTINGS = """
query Postings($first: Int!, $but: String!) {
  jobPostings(first: $first, filter: {not: {title: {eq: $but}}}) {
    nodes {
      title hiringOrganization description industry employmentType education datePosted validThrough status location
    }
  }
}
"""
CONSTANT = "query Departments { departments { code name } }"
ONE_AREA = "query OneArea($code: AreaCode!) { area(code: $code) { code name } }"
SIX_DEPARTMENTS = """
query SixDepartments($code: AreaCode!, $since: DateTime!) {
  me {
    fullName nationalId area { name }
    complaints(first: 3) { nodes { ticketNumber statusLabel } }
    licenses(first: 3) { nodes { number type { name } validUntil statusLabel } }
    jobApplications(first: 3) { nodes { posting { title hiringOrganization } statusLabel } }
  }
  area(code: $code) {
    name
    hospitals(first: 3) { nodes {
      name hospitalClass phone beds { careClass careClassLabel capacity available } provenance { freshness }
    } }
    jobPostings(first: 3) { nodes { title hiringOrganization validThrough } }
    licenses(first: 3) { nodes { number type { name } issuedAt } }
  }
  newsArticles(first: 3, filter: {datePublished: {gte: $since}}) {
    nodes { headline datePublished articleSection bodyHtml bodyText }
  }
}
"""
FILTERED = """
query Filtered($first: Int!, $but: String!) {
  complaints(
    first: $first
    filter: {and: [{not: {ticketNumber: {eq: $but}}}, {status: {eq: OPEN}}, {areaCode: {eq: "36.71.05.1003"}}]}
    orderBy: [{requestedAt: DESC}]
  ) { edges { cursor node { ticketNumber status requestedAt } } pageInfo { hasNextPage endCursor } }
}
"""

_BUT = "filter: {not: {%s: {eq: $but}}}"
POSTGRAPHILE_COMPLAINTS = COMPLAINTS.replace(
    f"complaints(first: $first, {_BUT % 'ticketNumber'})", "complaints: complaintsBut(but: $but, first: $first)"
)
POSTGRAPHILE_POSTINGS = POSTINGS.replace(
    f"jobPostings(first: $first, {_BUT % 'title'})", "jobPostings: postingsBut(but: $but, first: $first)"
)

# What hangs on what, from complaints down: each step is one more relation that is read.
_STEPS = (
    "area { code name %s }",
    "parent { code name %s }",
    "complaints(first: 2) { nodes { ticketNumber status %s } }",
    "category { code name %s }",
    "complaints(first: 2) { nodes { ticketNumber status %s } }",
    "area { code name %s }",
)


def _nested(levels: int) -> str:
    below = ""
    for step in reversed(_STEPS[:levels]):
        below = step % below
    return _complaints_with("Nested", f"ticketNumber status {below}")


def _complaints_with(name: str, fields: str) -> str:
    return (
        f"query {name}($first: Int!, $but: String!) {{ complaints(first: $first, "
        f"filter: {{not: {{ticketNumber: {{eq: $but}}}}}}) {{ nodes {{ {fields} }} }} }}"
    )


def _adversarial(number: int) -> str:
    """An operation that nobody has sent before: every alias is new."""
    fields = " ".join(f"a{number}_{at}: ticketNumber b{number}_{at}: status" for at in range(15))
    return _complaints_with(f"Unique{number}", fields)


RESIDENT = Asking(Role.CITIZEN, nik=resident_number(0))


def _six(number: int) -> Variables:
    return {"code": "36.71.05", "since": f"2001-01-01T00:00:00.{number % 1_000_000:06}+07:00"}


_WITHOUT_SQL: frozenset[Kind] = frozenset({"hub", "strawberry"})
_Q1_Q2: frozenset[Kind] = frozenset({*PYTHON, "postgraphile"})

WORKLOADS: tuple[Workload, ...] = (
    Workload("W0", "tiny, no source: the departments", "Departments", _always(CONSTANT), lambda _: {}, _WITHOUT_SQL),
    Workload("W0b", "tiny: one area by its code", "OneArea", _always(ONE_AREA), lambda _: {"code": "36.71.05"}),
    Workload("W1", "Q1: 100 rows with 2 nested objects", "Complaints", _always(COMPLAINTS), _page(100), _Q1_Q2,
             spelled={"postgraphile": POSTGRAPHILE_COMPLAINTS}),
    Workload("W2", "Q2: 1,000 rows of 10 scalars", "Postings", _always(POSTINGS), _page(1_000), _Q1_Q2,
             spelled={"postgraphile": POSTGRAPHILE_POSTINGS}),
    Workload(
        "W3", "Q3: 1,000 rows with 2 nested objects", "Complaints", _always(COMPLAINTS), _page(1_000), alone=True
    ),
    Workload("W4", "six departments at once", "SixDepartments", _always(SIX_DEPARTMENTS), _six, HUB_ONLY, RESIDENT),
    *(
        Workload(f"W5.{levels}", f"10 rows, nesting {levels}", "Nested", _always(_nested(levels)), _page(10), HUB_ONLY)
        for levels in range(1, len(_STEPS) + 1)
    ),
    Workload("W6", "20 rows filtered, sorted and paged", "Filtered", _always(FILTERED), _page(20), HUB_ONLY),
    Workload("W12", "unique operations of 30 aliases, 10 rows", None, _adversarial, _page(10), _WITHOUT_SQL),
    *(
        Workload(f"rows.{rows}", f"{rows:,} rows of 4 scalars", "Rows", _always(ROWS), _page(rows), HUB_ONLY,
                 alone=True)
        for rows in (10, 100, 1_000, 10_000)
    ),
)  # fmt: skip

IN_MEMORY = tuple(
    Workload(
        f"memory.{name}",
        f"{name} in memory, without a database",
        "InMemory",
        _always(
            f"query InMemory($first: Int!, $but: String) {{ complaints(first: $first, but: $but) {{ {fields} }} }}"
        ),
        _page(rows),
        frozenset({"engine", "mercurius"}),
    )
    for name, rows, fields in (("Q1", 100, in_process.NESTED), ("Q2", 1_000, in_process.SCALARS))
)
"""Only with `--peers`: the engine behind a bare route against the fastest of another ecosystem."""
