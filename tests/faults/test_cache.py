"""The cache of reads in a Redis that fails in every way there is: answers are right, and hardly later."""

from __future__ import annotations

import asyncio
from pathlib import Path
from statistics import median

from models.policy.viewer import Role
from tests.faults.city import six_departments
from tests.faults.proxy import FAULTS, Mode, proxied, through
from tests.faults.question import ROWS_MAX
from tests.faults.test_departments import SLACK
from tests.graph.harness import Urls

LATER_MS_MAX = 25 * SLACK
KEEPING = "tests.faults.keeping"
ASKED = 3


async def test_a_redis_that_fails_makes_no_answer_wrong_and_hardly_one_late(
    urls: Urls, folder: Path, redis_url: str
) -> None:
    async with proxied(redis_url) as proxy:
        settings = {"HUB_CITY": KEEPING, "HUB_CACHE_URL": through(redis_url, proxy)}
        async with six_departments(urls, folder, **settings) as six:
            six.headers = six.running.bearer(Role.ANALYST)
            usual_ms = median([(await six.ask()).took_ms for _ in range(ASKED)])
            # It is really asked.
            assert proxy.attempts > 0
            for fault in (*FAULTS, Mode.PASS):
                await proxy.switch(fault)
                told = [await six.ask() for _ in range(ASKED)]
                assert [(fault, wrong) for one in told for wrong in six.wrongs(one, frozenset())] == []
                assert [one.errors for one in told] == [{}] * ASKED
                assert six.in_time(median(one.took_ms for one in told), usual_ms + LATER_MS_MAX)
            many = await asyncio.gather(*(six.ask(first) for first in range(1, ROWS_MAX + 1)))
            assert [wrong for one in many for wrong in six.wrongs(one, frozenset())] == []
