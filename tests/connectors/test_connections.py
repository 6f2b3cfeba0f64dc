"""The connections of a contract, shared by the classes of callers. A test ends each statement; no clock runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from connectors.guard.connections import GUESTS, TURN, Connections, Held, LeftAlone, TooManyWaiting, Turn, lines_of
from connectors.load import LoadContract
from connectors.sql.connector import SqlConnector
from models.policy.viewer import CallerClass, Purpose, Role, Viewer
from models.request import Deadline, Request
from models.values.localized import Language
from tests.connectors.guards import settled

EMERGENCY, STAFF, RESIDENTS, KEYS, STRANGERS = CallerClass


@dataclass
class Crowd:
    """Callers by class, who take connections and keep them until they are told."""

    connections: Connections
    now_s: float = 0.0
    held: list[tuple[CallerClass, Held]] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.connections.clock = lambda: self.now_s

    async def come(self, caller: CallerClass, times: int = 1) -> list[asyncio.Task[None]]:
        async def ask() -> None:
            TURN.set(Turn(caller))
            self.held.append((caller, await self.connections.take()))

        came = [asyncio.create_task(ask()) for _ in range(times)]
        self.tasks += came
        await settled()
        return came

    async def end(self, caller: CallerClass, after_s: float = 0.7) -> None:
        """The statement of one of this class ends."""
        self.now_s += after_s
        one = next(one for one in self.held if one[0] is caller)
        self.held.remove(one)
        one[1].give_back()
        await settled()

    @property
    def classes(self) -> list[CallerClass]:
        return [caller for caller, _ in self.held]


@pytest.fixture
async def crowd() -> AsyncIterator[Crowd]:
    made = Crowd(Connections(4))
    yield made
    for task in made.tasks:
        task.cancel()
    await asyncio.gather(*made.tasks, return_exceptions=True)


@pytest.mark.parametrize(
    ("role", "urgent", "purpose", "expected"),
    [
        (Role.ANONYMOUS, False, None, STRANGERS),
        (Role.ANONYMOUS, True, None, STRANGERS),
        (Role.DEVELOPER, False, None, KEYS),
        (Role.CITIZEN, True, None, RESIDENTS),
        (Role.OFFICER, False, None, STAFF),
        (Role.OFFICER, True, None, EMERGENCY),
        (Role.OFFICER, False, Purpose.EMERGENCY_RESPONSE, EMERGENCY),
        (Role.ANALYST, False, None, STAFF),
        (Role.AUDITOR, False, None, STAFF),
        (Role.OPERATOR, False, None, STAFF),
        (Role.DPO, False, None, STAFF),
    ],
)
def test_a_request_has_a_class(role: Role, urgent: bool, purpose: Purpose | None, expected: CallerClass) -> None:
    request = Request("r1", Viewer(role), Deadline.in_ms(1), Language.EN, purpose, is_urgent=urgent)
    assert request.caller is expected


async def test_a_class_borrows_what_others_leave(crowd: Crowd) -> None:
    await crowd.come(STAFF, 9)
    assert crowd.classes == [STAFF] * 4


@pytest.mark.parametrize("guest", GUESTS)
async def test_guests_never_have_all_of_several(crowd: Crowd, guest: CallerClass) -> None:
    await crowd.come(guest, 20)
    assert crowd.classes == [guest] * 3
    # Together neither.
    await crowd.come(next(other for other in GUESTS if other is not guest), 20)
    assert crowd.classes == [guest] * 3
    # Who comes now waits for nobody.
    await crowd.come(STAFF)
    assert crowd.classes == [guest] * 3 + [STAFF]


async def test_of_one_connection_they_have_it_when_nobody_else_does(crowd: Crowd) -> None:
    crowd.connections.most = 1
    await crowd.come(STRANGERS, 5)
    await crowd.come(STAFF)
    assert crowd.classes == [STRANGERS]
    await crowd.end(STRANGERS)
    assert crowd.classes == [STAFF]


async def test_who_waits_is_next_before_all_whose_class_has_more_than_its_share(crowd: Crowd) -> None:
    await crowd.come(STRANGERS, 20)
    await crowd.come(RESIDENTS)
    await crowd.come(STAFF, 2)
    await crowd.come(EMERGENCY)
    assert crowd.classes == [STRANGERS] * 3 + [RESIDENTS]
    got = []
    for _ in range(3):
        await crowd.end(STRANGERS)
        got.append(crowd.classes[-1])
    # By then none is a stranger's, and theirs is the share that nobody has.
    assert got == [EMERGENCY, STAFF, STRANGERS]


async def test_each_class_gets_by_its_weight(crowd: Crowd) -> None:
    await crowd.come(STAFF, 60)
    await crowd.come(STRANGERS, 60)
    served = {STAFF: 0, STRANGERS: 0}
    for _ in range(50):
        # The oldest statement ends.
        caller = crowd.classes[0]
        served[caller] += 1
        await crowd.end(caller, 0.1)
    # One of four at a time is the strangers', as three fit into four times its weight.
    assert served == {STAFF: 38, STRANGERS: 12}


async def test_with_one_connection_time_is_shared_and_nobody_starves(crowd: Crowd) -> None:
    crowd.connections.most = 1
    await crowd.come(STAFF, 200)
    await crowd.come(STRANGERS, 60)
    used_s = {STAFF: 0.0, STRANGERS: 0.0}
    for _ in range(150):
        caller = crowd.classes[0]
        # A stranger's takes ten times as long.
        took_s = 0.7 if caller is STRANGERS else 0.07
        used_s[caller] += took_s
        await crowd.end(caller, took_s)
    assert 3.5 < used_s[STAFF] / used_s[STRANGERS] < 4.5


async def test_who_was_away_has_saved_up_nothing(crowd: Crowd) -> None:
    crowd.connections.most = 1
    await crowd.come(STAFF, 30)
    for _ in range(20):
        await crowd.end(STAFF)
    await crowd.come(STRANGERS, 20)
    got = []
    for _ in range(8):
        await crowd.end(crowd.classes[0])
        got.append(crowd.classes[0])
    # Not twenty times in a row, for all the time that they did not ask for.
    assert got.count(STRANGERS) <= 2


async def test_the_line_of_each_class_is_bounded(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.guard.connections.WAITING_CALLS_MAX", 2)
    *_, last = await crowd.come(STRANGERS, 6)
    assert isinstance(last.exception(), TooManyWaiting)
    assert crowd.connections.is_full(STRANGERS)
    assert not crowd.connections.is_full(STAFF)
    assert (crowd.connections.waiting, crowd.connections.taken) == (2, 3)


async def test_who_leaves_the_line_takes_nothing_along(crowd: Crowd) -> None:
    await crowd.come(STAFF, 4)
    first, second, third = await crowd.come(STAFF, 3)
    second.cancel()
    await settled()
    # At the very moment at which it comes, too.
    crowd.held.pop(0)[1].give_back()
    first.cancel()
    await settled()
    assert third.done()
    assert first.cancelled()
    assert (crowd.connections.taken, crowd.connections.waiting) == (4, 0)
    for _, held in crowd.held:
        held.give_back()
    assert (crowd.connections.taken, set(crowd.connections.held.values())) == (0, {0})
    async with asyncio.timeout(5):
        await crowd.connections.idle()


async def test_who_waits_for_a_source_that_is_left_alone_by_then_does_not_ask_it(crowd: Crowd) -> None:
    allowed = True

    async def ask() -> None:
        TURN.set(Turn(STAFF, lambda: allowed))
        await crowd.connections.take()

    await crowd.come(STAFF, 4)
    waiting = asyncio.create_task(ask())
    await settled()
    allowed = False
    await crowd.end(STAFF)
    assert isinstance(waiting.exception(), LeftAlone)
    assert crowd.connections.taken == 3


async def test_connectors_that_ask_live_keep_the_line_themselves() -> None:
    connector = SqlConnector("sqlite:///nothing.db", LoadContract(connections_max=3))
    assert lines_of({"a": connector, "b": object()}) == {"a": connector.connections}
    assert connector.connections.most == 3
    await connector.close()
