"""Strangers ask what is slow by itself, many at once: no officer notices, no department is left alone for it."""

from __future__ import annotations

from connectors.guard.breaker import BreakerState
from tests.faults.city import SixDepartments
from tests.faults.slow_questions import READS, asked_slowly
from tests.graph.harness import Urls


async def test_strangers_slow_questions_fail_no_read_of_an_officer(six: SixDepartments, urls: Urls) -> None:
    found = await asked_slowly(six, urls)
    told = found.strangers.told
    assert found.failures == [] or six.starving.is_so
    assert found.reads >= READS
    # How many there are is up to the machine: a shape is refused when the source has stopped it twice, after 700 ms.
    assert found.strangers.refused >= 1
    # They borrowed what there was, but for the one that is not theirs.
    assert 1 <= found.strangers.held_most <= 3
    assert (found.states, told["DEPARTMENT_UNAVAILABLE"]) == ({BreakerState.CLOSED}, 0) or six.starving.is_so
    assert found.ready == {"ok"} or six.starving.is_so
