"""The stage: hubs on ports of this machine, in a thread whose event loop says for how long it was held.

It is held in seconds of its thread's processor time, so that other programs on the machine change nothing.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2

from api.serving.connections import Connections
from tests.api.hub import Running, running
from tests.api.serving import served, tuned_as_when_serving
from tests.attacks import slow
from tests.attacks.attack import NIK, Answer, Attack

BYSTANDER = b'{"query":"{ departments { code } }"}'
CLIENT_S_MAX = 30.0
START_S_MAX = 120.0
LOOK_EVERY_S = 0.1
QUIET_S_MIN = 0.5
QUIET_HELD_S_MAX = 0.01


class MeasuredLoop(asyncio.SelectorEventLoop):
    """An event loop that keeps the longest time between two looks at what has happened outside."""

    held_s = 0.0

    def _run_once(self) -> None:
        started_s = time.thread_time()
        super()._run_once()  # type: ignore[misc]  # the one place in which everything runs, and it has no other name
        self.held_s = max(self.held_s, time.thread_time() - started_s)


@dataclass(frozen=True, slots=True)
class Seen:
    """What an attack got, for how long it held the loop, and how long a bystander waited meanwhile."""

    answer: Answer
    held_ms: float
    bystander_ms: float


@dataclass
class Stage:
    """Hubs that run, by name, at their places, and the headers by which each role attacks."""

    loop: MeasuredLoop
    hubs: Mapping[str, Running]
    places: Mapping[str, str]
    roles: dict[str, Mapping[str, str]] = field(default_factory=dict)

    async def settled(self) -> None:
        """Wait until the hubs have done what they do after their start, which no event tells."""
        quiet_s = 0.0
        while quiet_s < QUIET_S_MIN:
            self.loop.held_s = 0.0
            await asyncio.sleep(LOOK_EVERY_S)
            quiet_s = quiet_s + LOOK_EVERY_S if self.loop.held_s < QUIET_HELD_S_MAX else 0.0

    def call(self, work: Callable[[], Any]) -> Any:
        """Run a coroutine where the hubs run."""
        return asyncio.run_coroutine_threadsafe(work(), self.loop).result(START_S_MAX)

    async def attack(
        self, attack: Attack, client: httpx2.AsyncClient, bystander: httpx2.AsyncClient, hub: str | None = None
    ) -> Seen:
        """Send an attack, and the question of a bystander right behind it, to a hub if not to that of its row."""
        place = self.places[hub or ("prod" if attack.in_prod else "dev")]
        if attack.after is not None:
            before = await self._sent(replace(attack, role=attack.after), f"http://{place}", client)
            assert before.foreign or NIK in before.text, f"nothing was there to be had: {before.text[:300]}"
        self.loop.held_s = 0.0
        sent = asyncio.ensure_future(self._sent(attack, f"http://{place}", client))
        await asyncio.sleep(0)
        waited_ms = await served_meanwhile(f"http://{place}", bystander)
        return Seen(await sent, self.loop.held_s * 1_000, waited_ms)

    async def _sent(self, attack: Attack, base: str, client: httpx2.AsyncClient) -> Answer:
        headers = {"accept-language": "en", **self.roles[attack.role], **attack.headers}
        request = httpx2.Request(attack.method, base + attack.path, headers=headers, content=attack.content)
        if attack.path.startswith("/"):
            # As it is written: a client would put the tricks of a path right.
            request.extensions["target"] = attack.path.encode()
        response = await client.send(request)
        return Answer(response.status_code, dict(response.headers), response.text, response.content)


async def served_meanwhile(base: str, client: httpx2.AsyncClient) -> float:
    """How many milliseconds a bystander waits. Raises AssertionError where nothing is said to it."""
    started_s = time.perf_counter()
    response = await client.post(f"{base}/graphql", content=BYSTANDER, headers={"content-type": "application/json"})
    assert response.status_code == 200, response.text
    assert response.json()["data"]["departments"], response.text
    return (time.perf_counter() - started_s) * 1_000


@asynccontextmanager
async def clients() -> AsyncIterator[tuple[httpx2.AsyncClient, httpx2.AsyncClient]]:
    """An attacker's client and a bystander's, each with connections of its own."""
    async with (
        httpx2.AsyncClient(trust_env=False, timeout=CLIENT_S_MAX) as attacker,
        httpx2.AsyncClient(trust_env=False, timeout=CLIENT_S_MAX) as bystander,
    ):
        yield attacker, bystander


@contextmanager
def stage(environs: Mapping[str, Mapping[str, str]]) -> Iterator[Stage]:
    """Hubs with these environments, by name, until the end of the context."""
    ready: Future[Stage] = Future()
    ending = threading.Event()

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, MeasuredLoop)
        async with AsyncExitStack() as stack:
            hubs, places = {}, {}
            for name, environ in environs.items():
                hubs[name] = await stack.enter_async_context(running(environ))
                connections = Connections(limits=slow.LIMITS)
                places[name] = await stack.enter_async_context(served(hubs[name].app, connections))
            stack.enter_context(tuned_as_when_serving())
            ready.set_result(Stage(loop, hubs, places))
            await asyncio.to_thread(ending.wait)

    def run() -> None:
        try:
            with asyncio.Runner(loop_factory=MeasuredLoop) as runner:
                runner.run(serve())
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield ready.result(START_S_MAX)
    finally:
        ending.set()
        thread.join()
