"""Every attack of the tables, by every role, against hubs that are served: nothing is won, and nothing fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from operator import attrgetter
from pathlib import Path

import pytest

from models.policy.viewer import Role
from sample.citizens.people import resident_number
from tests.attacks import generated, ledger, outside, slow
from tests.attacks.attack import Attack, AttackClass, posted
from tests.attacks.campaign import Outcome, conversations, requests
from tests.attacks.heads import HEADS, requests_with_heads
from tests.attacks.people import HANDLED, OWN
from tests.attacks.rows import ROWS, counted
from tests.attacks.scene import over_engine, scene
from tests.attacks.sockets import SOCKETS, STATES, SocketAttack, ended, said_to, subscribe
from tests.attacks.stage import Stage, clients, served_meanwhile
from tests.attacks.statements import STATEMENTS
from tests.graph.harness import ENGINES, scribe_of
from tests.slow import examples

CASES_MIN = 150
GENERATED = examples(80)
OF_CLASS_MIN = 3
EVERYTHING = "SELECT * FROM tbl_pengaduan ORDER BY id_pengaduan"
HELD_MS_MAX = 250.0
"""Five times what is meant, for slow machines; `dev.py attack` says how long it is."""


NAME = attrgetter("name")


def classes_of(rows: Sequence[Attack] | Sequence[SocketAttack]) -> list[AttackClass]:
    return list(dict.fromkeys(row.kind for row in rows))


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with scene(tmp_path_factory.mktemp("attacks")) as started:
        yield started


@pytest.fixture(scope="module")
async def slow_clients(attacked: Stage) -> AsyncIterator[asyncio.Task[dict[str, str]]]:
    """They begin first, and go on while everything else is tried."""
    task = asyncio.ensure_future(slow.all_slow(attacked.places["dev"]))
    yield task
    task.cancel()
    # Where nothing else was tried they are still there, and their connections end with them.
    await asyncio.gather(task, return_exceptions=True)


def of_kind(kind: AttackClass) -> list[Attack]:
    return [row for row in ROWS if row.kind is kind]


def test_every_class_has_its_cases() -> None:
    counts = counted()
    assert set(counts) == set(AttackClass)
    assert {kind.value: count for kind, count in counts.items() if count < OF_CLASS_MIN} == {}
    assert counts.total() >= CASES_MIN
    names = [str(row) for row in ROWS]
    assert len(set(names)) == len(names)


def assert_nothing_won(outcomes: list[Outcome]) -> None:
    assert {outcome.name: outcome.won for outcome in outcomes if outcome.won is not None} == {}
    held = {outcome.name: outcome.held_ms for outcome in outcomes if outcome.is_small}
    assert {name: ms for name, ms in held.items() if ms > HELD_MS_MAX} == {}


@pytest.mark.usefixtures("slow_clients")
@pytest.mark.parametrize("kind", classes_of(ROWS), ids=NAME)
async def test_requests_win_nothing(attacked: Stage, kind: AttackClass) -> None:
    assert_nothing_won([outcome async for outcome in requests(attacked, of_kind(kind))])


@pytest.mark.usefixtures("slow_clients")
@pytest.mark.parametrize("kind", classes_of(SOCKETS), ids=NAME)
async def test_sockets_win_nothing(attacked: Stage, kind: AttackClass) -> None:
    rows = [row for row in SOCKETS if row.kind is kind]
    assert_nothing_won([outcome async for outcome in conversations(attacked, rows)])


@pytest.mark.parametrize("change", ledger.UNDER_IT.values(), ids=list(ledger.UNDER_IT))
async def test_a_database_that_changes_under_the_ledger_takes_no_reads_along(
    change: Callable[[Path], None], tmp_path: Path
) -> None:
    assert await ledger.won_under_it(change, tmp_path / "hub") is None


@pytest.mark.parametrize("kind", [AttackClass.TRAILERS, AttackClass.TWICE], ids=NAME)
async def test_heads_win_nothing(attacked: Stage, kind: AttackClass) -> None:
    rows = [row for row in HEADS if row.kind is kind]
    assert_nothing_won([outcome async for outcome in requests_with_heads(attacked, rows)])


@pytest.mark.parametrize("attack", outside.OUTSIDE, ids=NAME)
async def test_no_source_leads_the_hub_astray(attack: outside.ServerAttack) -> None:
    assert await outside.won(attack) is None


async def test_slow_clients_are_sent_away_and_bystanders_served(
    attacked: Stage, slow_clients: asyncio.Task[dict[str, str]]
) -> None:
    async with clients() as (_, bystander):
        await served_meanwhile(f"http://{attacked.places['dev']}", bystander)
    assert await slow_clients == {}


# --- What is tried here would be seen if it came ----------------------------------------------------------------------


CONTROL = Attack(AttackClass.TOKENS, "control", lambda _: None)
"""Asks nothing of the answer but what no attack may win."""


@pytest.mark.parametrize(("role", "query"), [("officer", HANDLED), ("another resident", OWN)])
async def test_what_is_open_to_others_comes_by_the_same_requests(attacked: Stage, role: str, query: str) -> None:
    """An attack that got it would be seen."""
    nik = resident_number(2)
    attacked.roles["another resident"] = attacked.hubs["dev"].bearer(Role.CITIZEN, nik=nik)
    async with clients() as (attacker, bystander):
        seen = await attacked.attack(replace(CONTROL, role=role, content=posted(query)), attacker, bystander)
    assert (CONTROL.won(seen.answer) or "").endswith("values of others")


async def test_a_good_token_of_the_issuer_is_taken(attacked: Stage) -> None:
    """Each forgery differs from it by what makes it one."""
    async with clients() as (attacker, bystander):
        seen = await attacked.attack(replace(CONTROL, role="good token", content=posted(HANDLED)), attacker, bystander)
    assert seen.answer.status == 200
    assert '"description":"' in seen.answer.text


async def test_a_page_of_the_hub_itself_may_send_a_token_and_listen(attacked: Stage) -> None:
    own = {"origin": f"http://{attacked.places['dev']}"}
    frames = (subscribe(STATES), subscribe(HANDLED, "2"))
    heard = await said_to(attacked, SocketAttack(AttackClass.FOREIGN_SOCKETS, "control", ended, frames, "officer", own))
    assert ended(heard) is None
    assert '"sourceStateChanged": {' in heard.text
    assert '"description": "' in heard.text


# --- On each real engine ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=ENGINES)
def over(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, str]]:
    fixtures = {"postgresql": "postgres_server", "mariadb": "mariadb_server"}
    server = request.getfixturevalue(fixtures[request.param]) if request.param in fixtures else ""
    with over_engine(request.param, server, tmp_path_factory.mktemp("statements")) as started:
        yield started


async def test_no_text_becomes_a_statement(over: tuple[Stage, str]) -> None:
    started, url = over
    async with scribe_of(url) as scribe:
        before = await scribe.rows(EVERYTHING)
        assert_nothing_won([outcome async for outcome in requests(started, STATEMENTS)])
        assert await scribe.rows(EVERYTHING) == before


# --- What is generated ------------------------------------------------------------------------------------------------


def test_generated_operations_fail_nowhere(attacked: Stage) -> None:
    found = generated.run(attacked, GENERATED, seeded=1)
    assert found.failures == []
    assert found.cases == GENERATED
    assert found.answered > GENERATED // 2
