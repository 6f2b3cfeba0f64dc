"""What is abandoned stops, even what does not hear it at first."""

from __future__ import annotations

import asyncio

import pytest

from models.mechanisms import bounded_wait
from models.mechanisms.bounded_wait import abandon, within

SOON_S = 5.0
AGAIN_S = 0.001


async def test_who_does_not_hear_it_once_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_wait, "TOLD_AGAIN_S", AGAIN_S)
    told = 0

    async def deaf() -> None:
        nonlocal told
        while told < 3:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                told += 1

    await _ends(asyncio.ensure_future(deaf()))
    assert told == 3


async def test_whose_clean_up_takes_a_moment_is_left_to_it() -> None:
    cleaned = False

    async def clean() -> None:
        nonlocal cleaned
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(AGAIN_S)
            cleaned = True

    await _ends(asyncio.ensure_future(clean()))
    assert cleaned


async def test_what_fails_when_it_stops_troubles_nobody() -> None:
    troubles: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: troubles.append(context))

    async def failing() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise ConnectionError

    await _ends(asyncio.ensure_future(failing()))
    assert troubles == []


@pytest.mark.parametrize(("is_told", "ends"), [(True, "cancelled"), (False, "whole")])
async def test_what_takes_too_long_is_told_to_stop_or_left_to_itself(is_told: bool, ends: str) -> None:
    let, said = asyncio.Event(), "nothing"

    async def work() -> None:
        nonlocal said
        try:
            await let.wait()
            said = "whole"
        except asyncio.CancelledError:
            said = "cancelled"
            raise

    abandoned: set[asyncio.Task[None]] = set()
    with pytest.raises(TimeoutError):
        (await within(0.0, work(), abandoned, is_told=is_told)).result()
    (ending,) = abandoned
    let.set()
    await ending
    assert (said, abandoned) == (ends, set())


async def test_who_is_cancelled_leaves_the_work_behind() -> None:
    begun, abandoned = asyncio.Event(), set[asyncio.Task[None]]()

    async def work() -> None:
        begun.set()
        await asyncio.Event().wait()

    waiting = asyncio.create_task(within(SOON_S, work(), abandoned))
    await begun.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        (await waiting).result()
    await asyncio.gather(*abandoned)
    assert abandoned == set()


async def _ends(task: asyncio.Future[None]) -> None:
    # It has begun before it is told to stop.
    await asyncio.sleep(0)
    abandoned: set[asyncio.Task[None]] = set()
    abandon(task, abandoned)
    done, _ = await asyncio.wait(abandoned, timeout=SOON_S)
    assert (len(done), abandoned) == (1, set())
    assert task.done()
