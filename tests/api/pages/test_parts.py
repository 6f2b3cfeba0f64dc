"""What readers share is made once at a time, kept for its time, and made again after it."""

from __future__ import annotations

import asyncio

import pytest

from api.pages.parts import Parts
from models.values.localized import Language


class Making:
    """Makes parts that say how many were made before, once the gate is open."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.now_s = 0.0
        self.fails = False
        self.state = "up"
        self.parts = Parts(self.make, life_s=5.0, state=lambda: self.state, clock=lambda: self.now_s)

    async def make(self, name: str, language: Language) -> str:
        await self.gate.wait()
        if self.fails:
            raise ValueError(name)
        return f"{name} {language.value} {self.parts.made}"


async def test_many_who_ask_at_once_get_one() -> None:
    making = Making()
    asked = [asyncio.create_task(making.parts.get("map", Language.ID)) for _ in range(1_000)]
    await asyncio.sleep(0)
    making.gate.set()
    assert set(await asyncio.gather(*asked)) == {"map id 1"}
    assert making.parts.made == 1


async def test_a_part_is_made_again_after_its_time_and_for_each_language() -> None:
    making = Making()
    making.gate.set()
    assert await making.parts.get("map", Language.ID) == "map id 1"
    making.now_s = 4.9
    assert await making.parts.get("map", Language.ID) == "map id 1"
    assert await making.parts.get("map", Language.EN) == "map en 2"
    making.now_s = 5.0
    assert await making.parts.get("map", Language.ID) == "map id 3"


async def test_a_part_is_made_again_as_soon_as_the_state_is_another() -> None:
    making = Making()
    making.gate.set()
    assert await making.parts.get("map", Language.ID) == "map id 1"
    making.state = "down"
    assert await making.parts.get("map", Language.ID) == "map id 2"
    assert await making.parts.get("map", Language.ID) == "map id 2"


async def test_what_was_begun_before_a_change_is_made_again_after_it() -> None:
    making = Making()
    asked = asyncio.create_task(making.parts.get("map", Language.ID))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    making.state = "down"
    making.gate.set()
    assert await asked == "map id 1"
    assert await making.parts.get("map", Language.ID) == "map id 2"


async def test_who_leaves_does_not_take_it_from_the_others() -> None:
    making = Making()
    leaves = asyncio.create_task(making.parts.get("map", Language.ID))
    stays = asyncio.create_task(making.parts.get("map", Language.ID))
    await asyncio.sleep(0)
    leaves.cancel()
    making.gate.set()
    assert await stays == "map id 1"


async def test_what_raises_is_not_kept() -> None:
    making = Making()
    making.gate.set()
    making.fails = True
    with pytest.raises(ValueError, match="map"):
        await making.parts.get("map", Language.ID)
    making.fails = False
    assert await making.parts.get("map", Language.ID) == "map id 2"
