"""What is abandoned stops, even what does not hear it at first."""

from __future__ import annotations

import asyncio

import pytest

from connectors import abandoning
from connectors.abandoning import abandoned

SOON_S = 5.0
AGAIN_S = 0.001


async def test_who_does_not_hear_it_once_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(abandoning, "TOLD_AGAIN_S", AGAIN_S)
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


async def _ends(task: asyncio.Future[None]) -> None:
    # It has begun before it is told to stop.
    await asyncio.sleep(0)
    ending = abandoned(task)
    done, _ = await asyncio.wait({ending}, timeout=SOON_S)
    assert done
    assert task.done()
