"""A question that is slow by itself is refused for a while, and its source is asked by everybody else as before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from connectors.guard.breaker import BreakerState
from connectors.guard.connections import Connections
from connectors.guard.guard import SLOW_SHARE, Guard
from connectors.guard.slow_shapes import PAUSE_S_FIRST, PAUSE_S_MAX, SHAPES_MAX, TRY_S_MAX, SlowShapes
from connectors.load import LoadContract
from connectors.protocol import SourceTimeout, SourceUnreachable
from connectors.sources import Source
from models.batch import SourceState
from models.errors import DepartmentTimeout, DepartmentUnavailable
from models.policy.viewer import CallerClass, Role, Viewer
from models.request import Deadline, Request
from models.values.localized import Language
from tests.connectors.guards import settled

LIMIT_S = 0.7
SOURCE = Source("complaints", "diskominfo", "LAKSA", LoadContract(connections_max=4, statement_ms_max=700))
STRANGER = (CallerClass.STRANGERS, "slow")


# --- Shapes -----------------------------------------------------------------------------------------------------------


@dataclass
class Clock:
    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shapes(clock: Clock) -> SlowShapes:
    return SlowShapes(clock)


def test_once_is_nothing_and_twice_in_a_row_is_refused(shapes: SlowShapes) -> None:
    assert not shapes
    shapes.ran_out(STRANGER)
    assert shapes.wait_s(STRANGER) == 0
    shapes.ran_out(STRANGER)
    assert shapes.wait_s(STRANGER) == PAUSE_S_FIRST
    # Nobody else is meant: no other question, and no other class with the same one.
    assert shapes.wait_s((CallerClass.STRANGERS, "quick")) == 0
    assert shapes.wait_s((CallerClass.STAFF, "slow")) == 0
    assert (shapes.refusals, shapes.refused()) == (1, {STRANGER: PAUSE_S_FIRST})


def test_an_answer_between_forgives(shapes: SlowShapes) -> None:
    shapes.ran_out(STRANGER)
    shapes.answered(STRANGER)
    shapes.ran_out(STRANGER)
    assert shapes.wait_s(STRANGER) == 0


def test_pauses_double_to_a_bound_and_one_may_try_after_each(shapes: SlowShapes, clock: Clock) -> None:
    shapes.ran_out(STRANGER)
    pauses = []
    for _ in range(9):
        shapes.ran_out(STRANGER)
        pauses.append(shapes.wait_s(STRANGER))
        clock.now_s += pauses[-1]
        assert shapes.wait_s(STRANGER) == 0
        assert shapes.wait_s(STRANGER) == TRY_S_MAX
    assert pauses == [min(PAUSE_S_FIRST * 2**turn, PAUSE_S_MAX) for turn in range(9)]
    shapes.answered(STRANGER)
    assert (shapes.wait_s(STRANGER), bool(shapes)) == (0, False)


def test_who_tries_and_leaves_lets_the_next_one_try(shapes: SlowShapes, clock: Clock) -> None:
    for _ in range(2):
        shapes.ran_out(STRANGER)
    clock.now_s = PAUSE_S_FIRST
    assert (shapes.wait_s(STRANGER), shapes.wait_s(STRANGER)) == (0, TRY_S_MAX)
    shapes.left(STRANGER)
    assert shapes.wait_s(STRANGER) == 0
    clock.now_s += TRY_S_MAX
    assert shapes.wait_s(STRANGER) == 0


def test_what_began_before_a_shape_was_refused_changes_nothing(shapes: SlowShapes) -> None:
    for _ in range(5):
        shapes.ran_out(STRANGER)
    shapes.answered(STRANGER)
    assert shapes.wait_s(STRANGER) == PAUSE_S_FIRST


def test_shapes_are_bounded_in_number_and_in_time(shapes: SlowShapes, clock: Clock) -> None:
    for number in range(2 * SHAPES_MAX):
        shapes.ran_out((CallerClass.STRANGERS, str(number)))
    assert len(shapes._slow) == SHAPES_MAX
    clock.now_s = 600.0
    shapes.ran_out(STRANGER)
    assert list(shapes._slow) == [STRANGER]


# --- The guard --------------------------------------------------------------------------------------------------------


@dataclass
class Scene:
    """A guard whose clock the works move, and a source whose probes answer, or hang, or fail."""

    monkeypatch: pytest.MonkeyPatch
    now_s: float = 1_000.0
    probe_says: BaseException | None = None
    probes: int = 0
    connections: Connections = field(default_factory=lambda: Connections(4))
    guard: Guard = field(init=False)

    def __post_init__(self) -> None:
        async def sleep(_: float) -> None:
            await asyncio.Event().wait()

        self.monkeypatch.setattr("connectors.guard.guard.time.perf_counter", lambda: self.now_s)
        self.guard = Guard(
            lambda *_: None,
            {"complaints": self.probe},
            sleep=sleep,
            connections={"complaints": self.connections},
        )

    async def probe(self) -> None:
        self.probes += 1
        async with self.connections.one():
            if self.probe_says is not None:
                raise self.probe_says

    async def ask(
        self, shape: str, took_s: float, error: BaseException | None = None, role: Role = Role.OFFICER
    ) -> Any:
        async def work() -> str:
            async with self.connections.one():
                self.now_s += took_s
                if error is not None:
                    raise error
                return "rows"

        return await self.guard.call(SOURCE, "Diskominfo", self.request(role), work, asked=lambda: shape)

    async def hang(self, shape: str, lasts_s: float, role: Role = Role.OFFICER) -> None:
        """A question that nobody answers until its deadline, which comes after so many seconds at the source."""
        asked = self.request(role, Deadline.in_ms(0))

        async def work() -> None:
            async with self.connections.one():
                self.now_s += lasts_s
                await asyncio.Event().wait()

        with pytest.raises(DepartmentTimeout):
            await self.guard.call(SOURCE, "Diskominfo", asked, work, asked=lambda: shape)
        await settled()

    def request(self, role: Role, deadline: Deadline | None = None) -> Request:
        return Request("r1", Viewer(role), deadline or Deadline.in_ms(3_600_000), Language.EN)

    @property
    def state(self) -> BreakerState:
        return self.guard.state_of("complaints")


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    made = Scene(monkeypatch)
    yield made
    await made.guard.close()


SAID = SourceTimeout("57014", said=True)
UNSAID = SourceTimeout("no whole answer in time")


async def test_what_the_source_stopped_itself_is_refused_and_the_source_is_not_left_alone(scene: Scene) -> None:
    for number in range(60):
        with pytest.raises(DepartmentTimeout):
            await scene.ask(f"slow {number // 3}", LIMIT_S, SAID, Role.ANONYMOUS)
        assert await scene.ask("by id", 0.001) == "rows"
    assert (scene.state, scene.probes) == (BreakerState.CLOSED, 0)
    bulkhead = scene.guard.bulkheads["complaints"]
    # Two of three were asked of each, and the third one cost nobody anything.
    assert (bulkhead.slow.refusals, len(bulkhead.slow.refused())) == (20, 20)


async def test_a_refused_question_says_what_to_do_and_asks_nobody(scene: Scene) -> None:
    for _ in range(2):
        with pytest.raises(DepartmentTimeout):
            await scene.ask("slow", LIMIT_S, SAID)
    asked = scene.request(Role.OFFICER)
    with pytest.raises(DepartmentTimeout) as refused:
        await scene.guard.call(SOURCE, "Diskominfo", asked, pytest.fail, asked=lambda: "slow")
    assert refused.value.message == "question_slow"
    assert refused.value.text(Language.EN) == (
        "Questions like this one have been too slow for LAKSA (Diskominfo). Narrow it with a filter, "
        "sort by something else, or try again in 1 s."
    )
    assert refused.value.text(Language.ID).endswith("coba lagi dalam 1 detik.")
    line = asked.report.lines["complaints"]
    assert (line.state, line.slow_questions) == (SourceState.TIMEOUT, 1)
    # What strangers or staff make of a question is held against themselves alone.
    assert await scene.ask("slow", 0.001, role=Role.CITIZEN) == "rows"


async def test_one_shape_that_hangs_is_refused_and_a_probe_decides_about_the_source(scene: Scene) -> None:
    await scene.hang("slow", LIMIT_S)
    await scene.hang("slow", LIMIT_S)
    assert (scene.probes, scene.state) == (2, BreakerState.CLOSED)
    with pytest.raises(DepartmentTimeout) as refused:
        await scene.ask("slow", 0.0)
    assert refused.value.message == "question_slow"
    assert await scene.ask("by id", 0.001) == "rows"


async def test_one_shape_that_hangs_and_a_probe_that_does_are_a_source_that_hangs(scene: Scene) -> None:
    scene.probe_says = SourceUnreachable("gone")
    await scene.hang("slow", LIMIT_S)
    assert (scene.probes, scene.state) == (1, BreakerState.CLOSED)
    await scene.hang("slow", LIMIT_S)
    assert scene.state is BreakerState.OPEN
    # It was the source: no question is to blame for it.
    assert not scene.guard.bulkheads["complaints"].slow
    with pytest.raises(DepartmentUnavailable):
        await scene.ask("by id", 0.001)


async def test_three_of_two_shapes_that_nobody_stopped_open_at_once(scene: Scene) -> None:
    for _ in range(20):
        await scene.ask("by id", 0.001)
    hangs = [asyncio.ensure_future(scene.hang(shape, LIMIT_S)) for shape in ("a", "b", "a")]
    await asyncio.gather(*hangs)
    assert scene.state is BreakerState.OPEN


async def test_what_had_no_time_to_be_stopped_opens_nothing(scene: Scene) -> None:
    """Strangers who were long in the line leave their statements early: the source would have stopped each."""
    await asyncio.gather(*(scene.hang(f"slow {number}", LIMIT_S / 2, Role.ANONYMOUS) for number in range(12)))
    assert scene.state is BreakerState.CLOSED
    assert 0 < scene.probes <= 12
    assert await scene.ask("by id", 0.001) == "rows"


async def test_a_call_that_had_no_time_says_nothing(scene: Scene) -> None:
    for _ in range(5):
        await scene.hang("slow", 0.19)
    assert (scene.probes, scene.state, bool(scene.guard.bulkheads["complaints"].slow)) == (
        0,
        BreakerState.CLOSED,
        False,
    )


async def test_while_others_are_answered_it_is_what_was_asked(scene: Scene) -> None:
    async def slow() -> str:
        async with scene.connections.one():
            scene.now_s += 0.1
            assert await scene.ask("by id", 0.001) == "rows"
            scene.now_s += LIMIT_S
            raise UNSAID

    for number in range(20):
        asked = scene.request(Role.OFFICER)
        with pytest.raises(DepartmentTimeout):
            await scene.guard.call(SOURCE, "x", asked, slow, asked=partial(str, number // 2))
        assert asked.report.lines["complaints"].slow_questions == 1
    assert (scene.state, scene.probes) == (BreakerState.CLOSED, 0)
    assert len(scene.guard.bulkheads["complaints"].slow.refused()) == 10


async def test_a_service_that_only_the_hub_stopped_is_doubted(scene: Scene) -> None:
    scene.probe_says = SourceUnreachable("gone")
    with pytest.raises(DepartmentTimeout):
        await scene.ask("a", LIMIT_S, UNSAID)
    await settled()
    with pytest.raises(DepartmentTimeout):
        await scene.ask("b", LIMIT_S, UNSAID)
    assert scene.state is BreakerState.OPEN


async def test_a_source_that_is_slow_with_everything_is_asked_whether_it_is_well(scene: Scene) -> None:
    """It answers, late: what opens the breaker is that it does not answer what cannot be slow."""
    for _ in range(8):
        await scene.ask("a", SLOW_SHARE * LIMIT_S + 0.01)
        await settled()
    assert (scene.state, scene.probes) == (BreakerState.CLOSED, 2)
    scene.probe_says = SourceUnreachable("gone")
    for _ in range(5):
        assert scene.state is BreakerState.CLOSED
        await scene.ask("a", SLOW_SHARE * LIMIT_S + 0.01)
        await settled()
    assert scene.state is BreakerState.OPEN


async def test_a_probe_without_a_connection_says_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.guard.guard.PROBE_S_MAX", 0.0)
    stops = asyncio.Event()

    async def stuck() -> None:
        async with scene.connections.one():
            scene.now_s += LIMIT_S
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                await stops.wait()
                raise

    async def ask() -> None:
        asked = scene.request(Role.OFFICER, Deadline.in_ms(0))
        with pytest.raises(DepartmentTimeout):
            await scene.guard.call(SOURCE, "x", asked, stuck, asked=lambda: "slow")

    await asyncio.gather(*(ask() for _ in range(4)))
    await settled()
    assert (scene.connections.taken, scene.probes, scene.state) == (4, 1, BreakerState.CLOSED)
    stops.set()
    await settled()
    assert scene.connections.taken == 0


async def test_a_copy_that_is_slow_refuses_the_question_too(scene: Scene) -> None:
    async def slow() -> str:
        raise SAID

    for message in ("department_timeout", "department_timeout", "question_slow"):
        with pytest.raises(DepartmentTimeout) as refused:
            await scene.guard.call(
                SOURCE, "x", scene.request(Role.ANONYMOUS), slow, is_local=True, asked=lambda: "slow"
            )
        assert refused.value.message == message
    assert await scene.ask("slow", 0.001, role=Role.ANONYMOUS) == "rows"
