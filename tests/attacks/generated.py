"""Operations that schemathesis makes from the schema, by every role, against hubs that are served: nothing may fail."""

from __future__ import annotations

import json
import random
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisDeprecationWarning
from schemathesis.core.result import Ok
from schemathesis.graphql import nodes

from settings import ROOT
from tests.attacks.attack import NO_HEADERS, Answer, Attack, AttackClass
from tests.attacks.stage import CLIENT_S_MAX, Stage

SCHEMA: Final = ROOT / "schema" / "schema.graphql"
ROLES: Final = (
    "anonymous",
    "developer",
    "citizen",
    "unlinked",
    "idle officer",
    "analyst",
    "auditor",
    "operator",
    "dpo",
)
SCALARS: Final = {
    "AreaCode": st.sampled_from(["36.71", "36.71.05", "36.71.05.1003", "99", ""]).map(nodes.String),
    "BpsCode": st.sampled_from(["3671", "3671050", "x"]).map(nodes.String),
    "Date": (st.dates().map(str) | st.text(max_size=8)).map(nodes.String),
    "DateTime": (st.datetimes().map(lambda at: f"{at.isoformat()}Z") | st.text(max_size=8)).map(nodes.String),
    "Decimal": (st.decimals(allow_nan=True) | st.text(max_size=8)).map(str).map(nodes.String),
    "JSON": st.text(max_size=8).map(nodes.String),
}
"""Values of the scalars that the schema adds, good ones and bad ones."""
UNLOOKED: Final = Attack(AttackClass.TOKENS, "generated", lambda _: None)


@dataclass(slots=True)
class Generated:
    """What came of so many cases: statuses and codes of errors by how often, and what failed or was won."""

    cases: int = 0
    answered: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


def run(stage: Stage, cases: int, seeded: int) -> Generated:
    """Ask so many operations. Those that fail are kept, at most ten of them, with what was asked."""
    for name, strategy in SCALARS.items():
        schemathesis.graphql.scalar(name, strategy)
    schema = schemathesis.graphql.from_path(SCHEMA)
    operations = [made.ok() for made in schema.get_all_operations() if isinstance(made, Ok)]
    each = st.one_of([operation.as_strategy() for operation in operations])
    found, roles = Generated(), _roles(seeded)
    with httpx2.Client(trust_env=False, timeout=CLIENT_S_MAX) as client:

        @seed(seeded)
        @settings(
            max_examples=cases,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(each)
        def ask(case: Any) -> None:
            _ask(stage, client, case.body, next(roles), found)

        with warnings.catch_warnings():
            # The hub draws numbers while it works in a thread of its own; what is asked does not hang on them.
            warnings.simplefilter("ignore", HypothesisDeprecationWarning)
            ask()
    return found


def _ask(stage: Stage, client: httpx2.Client, query: str, role: str, found: Generated) -> None:
    headers = {"content-type": "application/json", **stage.roles[role]}
    content = json.dumps({"query": query})
    response = client.post(f"http://{stage.places['dev']}/graphql", content=content, headers=headers)
    found.cases += 1
    found.statuses[response.status_code] += 1
    answer = Answer(response.status_code, NO_HEADERS, response.text)
    won = UNLOOKED.won(answer)
    if won is None and "INTERNAL" in answer.codes:
        won = "INTERNAL"
    if won is not None and len(found.failures) < 10:
        found.failures.append(f"{won}, by {role}: {query}")
    found.codes.update(answer.codes)
    found.answered += answer.body.get("data") is not None


def _roles(seeded: int) -> Iterator[str]:
    dice = random.Random(seeded)
    while True:
        yield dice.choice(ROLES)
