"""Charging: whom an operation is charged to, what is refused and what it is told, and what a dead Redis changes."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from graphql import get_introspection_query
from httpx2 import Response
from redis.asyncio import Redis

from api.graphql import charging
from api.identity.callers import Callers
from api.responses.cache import room
from models.complaints import ComplaintStatus
from models.policy.budgets import AD_HOC, OF_ROLES, SIGNED_IN, TRUSTED, Budget, budget_of
from models.policy.viewer import ANONYMOUS, Role, Viewer
from store.buckets import NAMESPACE, MemoryBuckets
from tests.api.hub import JSON, Running, environment, head_of_a_request, running

# Two hundred units that one flows into each second, and fifty for one operation.
SCALE = "0.01"
TEN = "{ complaints(first: 10) { nodes { ticketNumber } } }"
"""Ten rows and a question: 20 units."""
STEPS = "history(first: 10) { nodes { id } }"
NESTED = f"{{ areas(first: 10) {{ nodes {{ name complaints(first: 10) {{ nodes {{ {STEPS} }} }} }} }} }}"


@dataclass
class Clock:
    now_s: float = 10.0

    def __call__(self) -> float:
        return self.now_s


@asynccontextmanager
async def small(city: Path, database: Path, clock: Clock, **more: str) -> AsyncIterator[Running]:
    """A hub with small budgets that keeps no answers, so that every question is charged."""
    async with running(environment(city, database, HUB_BUDGET_SCALE=SCALE, **more)) as started:
        started.hub.responses._kept = room(bytes_max=0)
        object.__setattr__(started.hub.charging.fallback_buckets, "own", MemoryBuckets(clock=clock))
        yield started


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def hub(city_folder: Path, database: Path, clock: Clock) -> AsyncIterator[Running]:
    async with small(city_folder, database, clock) as started:
        yield started


def limits_of(response: Response) -> tuple[str, ...]:
    names = ("policy", "limit", "remaining", "reset")
    return tuple(response.headers[f"ratelimit-{name}"] for name in names)


async def from_address(hub: Running, address: str, query: str = TEN, **headers: str) -> Response:
    """A question that came through the proxy on this machine."""
    return await hub.ask(query, {"x-forwarded-for": address, **headers})


# --- What is charged --------------------------------------------------------------------------------------------------


async def test_an_operation_is_charged_what_it_may_cost(hub: Running, clock: Clock) -> None:
    response = await from_address(hub, "203.0.113.1")
    assert limits_of(response) == ("200;w=200", "200", "180", "20")
    assert response.json()["extensions"]["cost"] == {"units": 20, "rows": 10, "calls": 1}
    signed_in = await from_address(hub, "203.0.113.1", **hub.bearer(Role.OPERATOR))
    assert limits_of(signed_in) == ("1000;w=100", "1000", "980", "2")
    assert signed_in.json()["extensions"]["cost"] == {
        "units": 20,
        "rows": 10,
        "calls": 1,
        "charged": 20,
        "limit": 1000,
        "remaining": 980,
        "resetS": 2,
    }
    clock.now_s += 5
    assert limits_of(await from_address(hub, "203.0.113.1"))[2:] == ("165", "35")


async def test_what_reads_nothing_costs_one(hub: Running) -> None:
    response = await from_address(hub, "203.0.113.1", "{ __typename }")
    assert response.json() == {"data": {"__typename": "Query"}}
    assert limits_of(response)[2] == "199"


async def test_a_kept_answer_is_free_and_the_same_for_all(hub: Running) -> None:
    hub.hub.responses._kept = room()
    first = await hub.ask(TEN)
    assert first.headers["cache-control"].startswith("public")
    assert first.json()["extensions"]["cost"] == {"units": 20, "rows": 10, "calls": 1}
    again = [await hub.ask(TEN, {"x-forwarded-for": f"203.0.113.{number}"}) for number in range(30)]
    assert {response.content for response in again} == {first.content}
    assert [name for name in again[-1].headers if name.startswith("ratelimit")] == []
    # Ten of the two hundred units were not needed a second time.
    assert limits_of(await hub.ask("{ __typename }"))[2] == "179"


async def test_who_joins_the_work_of_another_pays_for_themselves(hub: Running) -> None:
    spent = {"x-forwarded-for": "203.0.113.1"}
    for number in range(9):
        await hub.ask(f"{{ a{number}: complaints(first: 10) {{ nodes {{ ticketNumber }} }} }}", spent)
    await hub.ask("{ complaints(first: 1) { nodes { ticketNumber } } }", spent)
    # Whose bucket is empty is refused, and not those who ask the same at that moment.
    refused, *served = await asyncio.gather(
        hub.ask(TEN, spent), *(hub.ask(TEN, {"x-forwarded-for": f"203.0.113.{number}"}) for number in range(2, 6))
    )
    assert refused.status_code == 429
    assert {response.status_code for response in served} == {200}
    assert hub.hub.responses.counts.joined == 3


# --- What is refused --------------------------------------------------------------------------------------------------


async def test_an_empty_bucket_is_told_when_to_come_again(hub: Running, clock: Clock) -> None:
    for _ in range(9):
        assert (await from_address(hub, "203.0.113.1")).status_code == 200
    await from_address(hub, "203.0.113.1", "{ complaints(first: 5) { nodes { id } } }")
    refused = await from_address(hub, "203.0.113.1")
    assert (refused.status_code, refused.headers["retry-after"], refused.headers["content-type"]) == (
        429,
        "15",
        f"{JSON}; charset=utf-8",
    )
    assert limits_of(refused) == ("200;w=200", "200", "5", "195")
    assert refused.json() == {
        "errors": [
            {
                "message": "The query may cost 20 units, and your budget holds 5. Try again in 15 seconds, or ask for "
                "less.",
                "extensions": {
                    "code": "RATE_LIMITED",
                    "cost": {"units": 20, "rows": 10, "calls": 1},
                    "dearest": ["complaints"],
                },
            }
        ]
    }
    # Nothing was taken for it, and the time that it says is right.
    clock.now_s += 14.5
    assert (await from_address(hub, "203.0.113.1")).status_code == 429
    clock.now_s += 0.5
    assert limits_of(await from_address(hub, "203.0.113.1"))[2] == "0"


async def test_what_is_left_may_be_enough_for_less(hub: Running) -> None:
    for _ in range(9):
        await from_address(hub, "203.0.113.1")
    await from_address(hub, "203.0.113.1", "{ __typename }")
    refused = await from_address(hub, "203.0.113.1")
    extensions = refused.json()["errors"][0]["extensions"]
    assert extensions["cheaper"] == {
        "path": ["complaints"],
        "argument": "first",
        "value": 9,
        "insteadOf": 10,
        "units": 19,
    }
    rewritten = TEN.replace("first: 10", "first: 9")
    assert limits_of(await from_address(hub, "203.0.113.1", rewritten))[2] == "0"


async def test_what_no_bucket_pays_for_is_told_how_to_ask_for_less(hub: Running) -> None:
    refused = await from_address(hub, "203.0.113.1", NESTED)
    assert refused.json() == {
        "errors": [
            {
                "message": "The query may cost 1140 units; one may cost 50. Ask for smaller pages or fewer levels.",
                "extensions": {
                    "code": "TOO_EXPENSIVE",
                    "cost": {"units": 1140, "rows": 1110, "calls": 3},
                    "dearest": ["areas", "nodes", "complaints", "nodes", "history"],
                },
            }
        ]
    }
    assert "ratelimit-limit" not in refused.headers
    smaller = NESTED.replace("areas(first: 10)", "areas(first: 2)").replace("history(first: 10)", "history(first: 9)")
    told = (await from_address(hub, "203.0.113.1", smaller, **{"accept-language": "id"})).json()["errors"][0]
    assert told["message"].startswith("Kueri ini dapat menghabiskan 232 unit; satu kueri boleh 50.")


@pytest.mark.parametrize(
    ("query", "change", "rewritten"),
    [
        (
            "{ complaints(first: 5) { nodes { history(last: 10) { nodes { id } } } } }",
            {"path": ["complaints", "nodes", "history"], "argument": "last", "value": 5, "insteadOf": 10, "units": 50},
            "{ complaints(first: 5) { nodes { history(last: 5) { nodes { id } } } } }",
        ),
        (
            "{ mine: complaints { nodes { steps: history(first: 3) { nodes { id } } } } }",
            {"path": ["mine"], "argument": "first", "value": 7, "insteadOf": 20, "units": 48},
            "{ mine: complaints(first: 7) { nodes { steps: history(first: 3) { nodes { id } } } } }",
        ),
        # Three of four are more of what was asked than six of nine.
        (
            "{ complaints(first: 4) { nodes { history(first: 9) { nodes { id } } } } }",
            {"path": ["complaints"], "argument": "first", "value": 3, "insteadOf": 4, "units": 50},
            "{ complaints(first: 3) { nodes { history(first: 9) { nodes { id } } } } }",
        ),
    ],
)
async def test_the_advice_is_taken_at_its_word(
    hub: Running, query: str, change: dict[str, Any], rewritten: str
) -> None:
    error = (await from_address(hub, "203.0.113.1", query)).json()["errors"][0]
    assert error["extensions"]["cheaper"] == change
    advice = (
        f"Write {change['argument']}: {change['value']} instead of {change['insteadOf']} at "
        f"{'.'.join(change['path'])}: the query then costs {change['units']} units."
    )
    assert error["extensions"]["advice"] == advice
    answer = (await from_address(hub, "203.0.113.1", rewritten)).json()
    assert answer["extensions"]["cost"]["units"] == change["units"]


async def test_the_page_of_the_hub_is_charged_as_well(hub: Running) -> None:
    for _ in range(10):
        await hub.client.get("/explorer/plain", params={"query": TEN})
    page = await hub.client.get("/explorer/plain", params={"query": TEN})
    assert "RATE_LIMITED" in page.text
    assert (await hub.ask("{ __typename }")).status_code == 429


async def test_the_page_of_an_area_is_charged_like_a_registered_document(hub: Running) -> None:
    assert (await hub.client.get("/areas/36.71.05")).status_code == 200
    counted = (await hub.client.get("/metrics")).text
    assert 'simpul_budget_units_total{budget="documents"' in counted
    assert 'simpul_budget_units_total{budget="anonymous"' not in counted


async def test_refusals_are_counted_by_their_reason(hub: Running) -> None:
    await from_address(hub, "203.0.113.1", NESTED)
    for _ in range(11):
        await from_address(hub, "203.0.113.2")
    counted = (await hub.client.get("/metrics")).text
    assert 'simpul_refusals_total{reason="operation units",worker="0"} 1.0' in counted
    assert 'simpul_refusals_total{reason="budget",worker="0"} 1.0' in counted
    assert 'simpul_budget_units_total{budget="anonymous",worker="0"} 201.0' in counted


UNKNOWN = "{ " + " ".join(f"nothing{number}" for number in range(60)) + " }"
"""A document of 6.5 units."""


@pytest.mark.parametrize(
    ("query", "units"),
    [
        ("{ nothing }", 1),
        ("{", 1),
        (UNKNOWN, len(UNKNOWN) // 100),
        ("{ __typename " + "#" * 2_990 + "\n", 30),
        ("{ " + "__typename " * 200 + "}", 22),
        # Never more than one operation may cost.
        ("{ nothing" + " " * 60_000 + "}", 50),
    ],
    ids=["wrong", "no GraphQL", "wrong names", "long", "over a limit", "very long"],
)
@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
async def test_a_document_that_is_refused_costs_what_its_size_does(
    hub: Running, query: str, units: int, accept: str
) -> None:
    refused = await from_address(hub, "203.0.113.1", query, accept=accept)
    assert "BAD_REQUEST" in refused.text
    assert limits_of(await from_address(hub, "203.0.113.1", "{ __typename }"))[2] == str(200 - units - 1)


async def test_a_long_document_costs_what_its_size_does_where_it_asks_for_less(hub: Running) -> None:
    """Each new one has to be read, and a comment makes one new."""
    long = await from_address(hub, "203.0.113.1", "{ __typename }" + " " * 3_000)
    assert limits_of(long)[2] == "170"
    dear = await from_address(hub, "203.0.113.1", TEN + " " * 1_000)
    assert limits_of(dear)[2] == "150"
    assert dear.json()["extensions"]["cost"]["units"] == 20


async def test_a_page_that_asks_what_is_wrong_is_charged_too(hub: Running) -> None:
    form = await hub.client.get(
        "/explorer/plain", params={"query": UNKNOWN}, headers={"x-forwarded-for": "203.0.113.1"}
    )
    assert "Cannot query field" in form.text
    assert limits_of(await from_address(hub, "203.0.113.1", "{ __typename }"))[2] == str(200 - len(UNKNOWN) // 100 - 1)


async def test_an_empty_bucket_pays_for_no_document_to_be_looked_at(
    hub: Running, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        await from_address(hub, "203.0.113.1", "{ nothing" + " " * 60_000 + "}")
    looked_at: list[str] = []
    prepare = hub.hub.operations.lanes.prepare

    def noted(text: str) -> Any:
        looked_at.append(text)
        return prepare(text)

    monkeypatch.setattr(hub.hub.operations.lanes, "prepare", noted)
    refused = await from_address(hub, "203.0.113.1", UNKNOWN)
    assert (refused.status_code, refused.headers["retry-after"], limits_of(refused)[2]) == (429, "5", "0")
    assert looked_at == []
    clock.now_s += 5
    assert (await from_address(hub, "203.0.113.1", UNKNOWN)).status_code == 200
    assert looked_at == [UNKNOWN]


async def test_what_is_too_expensive_for_anybody_costs_what_its_size_does(hub: Running) -> None:
    refused = await from_address(hub, "203.0.113.1", NESTED + "#" * 1_000)
    assert refused.json()["errors"][0]["extensions"]["code"] == "TOO_EXPENSIVE"
    assert limits_of(await from_address(hub, "203.0.113.1", "{ __typename }"))[2] == "188"


async def test_a_question_about_the_schema_says_what_it_costs(hub: Running) -> None:
    """Sixty fields of the schema are three units; what tools ask is more than these small budgets have."""
    few = await from_address(hub, "203.0.113.1", '{ __type(name: "ComplaintStatus") { enumValues { name } } }')
    cost = few.json()["extensions"]["cost"]
    assert cost == {"units": 1, "rows": 0, "calls": 0, "schemaFields": 2 + len(ComplaintStatus)}
    refused = await from_address(hub, "203.0.113.1", get_introspection_query())
    (error,) = refused.json()["errors"]
    assert error["extensions"]["code"] == "TOO_EXPENSIVE"
    cost = error["extensions"]["cost"]
    assert cost["units"] == math.ceil(cost["schemaFields"] / 20) > 1_000
    assert error["message"].startswith(f"The query may cost {cost['units']} units; one may cost 50.")


# --- Whose budget it is -----------------------------------------------------------------------------------------------


async def test_each_address_and_each_subject_has_a_budget(hub: Running) -> None:
    await from_address(hub, "203.0.113.1")
    assert limits_of(await from_address(hub, "203.0.113.2"))[2] == "180"
    analyst = hub.bearer(Role.ANALYST)
    assert limits_of(await from_address(hub, "203.0.113.1", **analyst)) == ("4000;w=100", "4000", "3980", "1")
    # A subject is the same from everywhere, and two roles are two.
    assert limits_of(await from_address(hub, "203.0.113.9", **analyst))[2] == "3960"
    assert limits_of(await from_address(hub, "203.0.113.1", **hub.bearer(Role.OPERATOR)))[1:3] == ("1000", "980")
    assert limits_of(await from_address(hub, "203.0.113.1"))[2] == "160"


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.4", "198.51.100.1"),
        ("10.0.0.9", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1, nonsense", "127.0.0.1"),
        ("127.0.0.1", ",,", "127.0.0.1"),
        ("::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("127.0.0.1", "[2001:db8:1:2::1]", "2001:db8:1:2::/64"),
        ("127.0.0.1", "9.9.9.9, " * 500 + "198.51.100.1", "198.51.100.1"),
        ("socket", "198.51.100.1", "nowhere"),
    ],
)
def test_only_proxies_that_are_known_say_who_was_before_them(peer: str, forwarded: str, address: str) -> None:
    callers = Callers(b"secret", ("127.0.0.1", "10.0.0.0/8"))
    assert callers.address_of(head_of_a_request(peer, x_forwarded_for=forwarded)) == address


def test_marks_say_nothing_and_tell_apart() -> None:
    callers = Callers(b"secret", ())
    head = head_of_a_request("203.0.113.7")
    viewers = [
        ANONYMOUS,
        Viewer(Role.CITIZEN, subject="ana"),
        Viewer(Role.OFFICER, subject="ana"),
        Viewer(Role.CITIZEN, subject="203.0.113.7"),
    ]
    marks = [callers.mark_of(viewer, head) for viewer in viewers]
    assert len(set(marks)) == 4
    assert marks == [callers.mark_of(viewer, head) for viewer in viewers]
    assert Callers(b"another", ()).mark_of(ANONYMOUS, head) != marks[0]
    assert not any("ana" in mark or ("203" in mark and "." in mark) for mark in marks)


def test_every_role_has_a_budget_and_a_credential_is_never_worse() -> None:
    assert budget_of(Role.ANONYMOUS, trusted=False) is AD_HOC
    assert budget_of(Role.ANONYMOUS, trusted=True) is TRUSTED
    assert AD_HOC.units_max < TRUSTED.units_max
    for role in set(Role) - {Role.ANONYMOUS}:
        budget = budget_of(role, trusted=False)
        assert budget is budget_of(role, trusted=True)
        assert budget is OF_ROLES.get(role, SIGNED_IN)
        assert budget.units_max >= TRUSTED.units_max
        assert budget.operation_units_max >= TRUSTED.operation_units_max
    with pytest.raises(ValueError, match="fit into a bucket"):
        Budget("too small", 10, 1, 11)


# --- Redis ------------------------------------------------------------------------------------------------------------


@pytest.fixture
async def empty_redis(redis_url: str) -> str:
    async with Redis.from_url(redis_url) as redis:
        async for key in redis.scan_iter(NAMESPACE + "*"):
            await redis.delete(key)
    return redis_url


async def test_processes_share_one_budget(
    city_folder: Path, database: Path, empty_redis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However busy this machine is, they are to wait for Redis.
    monkeypatch.setattr(charging, "OPERATION_S_MAX", 10.0)
    # As little flows in as nobody notices while a test runs.
    more = {"HUB_CACHE_URL": empty_redis, "HUB_BUDGET_SCALE": "0.001"}
    async with (
        running(environment(city_folder, database, **more)) as one,
        running(environment(city_folder, database, **more)) as two,
    ):
        asked = [hub.ask("{ __typename }", {"x-forwarded-for": "203.0.113.1"}) for _ in range(15) for hub in (one, two)]
        statuses = [response.status_code for response in await asyncio.gather(*asked)]
        assert (statuses.count(200), statuses.count(429)) == (20, 10)
        async with Redis.from_url(empty_redis) as redis:
            names = [key.decode() async for key in redis.scan_iter(NAMESPACE + "*")]
    assert len(names) == 1
    assert "203.0.113.1" not in names[0]


async def test_a_redis_that_hangs_costs_little_and_stops_nothing(
    city_folder: Path, database: Path, clock: Clock
) -> None:
    held: list[asyncio.StreamWriter] = []
    listener = await asyncio.start_server(lambda _, writer: held.append(writer), "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    async with small(city_folder, database, clock, HUB_CACHE_URL=f"redis://127.0.0.1:{port}/0") as hub:
        fallback_buckets = hub.hub.charging.fallback_buckets
        waited_s = []
        for number in range(10):
            started = time.perf_counter()
            left = await fallback_buckets.take(f"client {number}", AD_HOC, 10)
            waited_s.append(time.perf_counter() - started)
            assert (left.is_paid, left.units) == (True, 19_990)
        # Four that wait 20 ms, by which the breaker opens.
        assert sum(wait > 0.015 for wait in waited_s) <= 4
        assert sorted(waited_s)[5] < 0.005
        response = await from_address(hub, "203.0.113.1")
        assert limits_of(response)[2] == "180"
    for writer in held:
        writer.close()
    listener.close()
    await listener.wait_closed()


async def test_a_get_is_charged_like_a_post(hub: Running) -> None:
    response = await hub.client.get("/graphql", params={"query": "{ departments { code } }"})
    assert json.loads(response.content)["data"]["departments"]
    assert limits_of(response)[2] == "199"
