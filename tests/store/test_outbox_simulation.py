"""The outbox under any schedule: nothing is lost, nothing doubled, each row in order. A seed repeats its schedule."""

from __future__ import annotations

import pytest

from tests.store.outbox_simulation import Database, Schedule, simulate

FEW, MANY = 400, 100_000


def test_every_accepted_action_has_one_effect_in_order_under_any_schedule(everything: bool) -> None:
    seen = simulate(range(MANY if everything else FEW))
    # The schedules are worth something: each trouble comes in many of them.
    for trouble in ("crashes", "crashes between statements", "failures", "LEASE_LOST", "UNREACHABLE", "BROKEN"):
        assert seen[trouble] > FEW / 10, trouble


@pytest.mark.parametrize("seed", [3, 17])
def test_a_seed_repeats_its_schedule(seed: int) -> None:
    def trail() -> tuple[object, ...]:
        schedule = Schedule(seed, Database())
        schedule.run()
        return schedule.steps, schedule.now, dict(schedule.seen), schedule.model.effects

    assert trail() == trail()
