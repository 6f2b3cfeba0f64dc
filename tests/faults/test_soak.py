"""A soak in random faults, its schedule, and that the soak itself would notice.

Ten seconds of each city at an easy pace, and a minute with --all: `dev.py soak` asks as fast as it can, for as long as
one likes.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.faults.proxy import FAULTS, Mode
from tests.faults.question import SIX, Told
from tests.faults.schedule import ILL_S, QUIET_S, schedule_of
from tests.faults.soak import CLOCKS_APART, KEEPING, PAUSE_IN_CI_S, ChangingRow, Version, soak
from tests.graph.harness import Urls

SEED = 3068
"""Every fault comes within the first seconds of it, and to every source."""
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SHORT_S = 10.0
LONG_S = 60.0


@pytest.mark.parametrize("settings", [{}, {"HUB_CITY": KEEPING}], ids=["keeps nothing", "keeps what it may"])
async def test_a_soak(urls: Urls, folder: Path, settings: dict[str, str], everything: bool) -> None:
    seconds = LONG_S if everything else SHORT_S
    tally = await soak(urls, folder, SEED, seconds, PAUSE_IN_CI_S, **settings)
    steps = schedule_of(SEED, seconds, SIX)
    assert {step.mode for step in steps} == set(Mode)
    assert {step.source for step in steps} == set(SIX)
    assert tally.steps == len(steps)
    assert tally.answers > 2 * seconds
    assert tally.states["OK"] > tally.answers


# --- Its schedule -----------------------------------------------------------------------------------------------------


def test_a_seed_gives_the_same_schedule_again() -> None:
    assert schedule_of(SEED, 600, SIX) == schedule_of(SEED, 600, tuple(reversed(SIX)))
    assert schedule_of(SEED, 600, SIX) != schedule_of(SEED + 1, 600, SIX)
    assert [str(step) for step in schedule_of(SEED, SHORT_S, SIX)][:4] == [
        "    0.62 s  complaints: trickle",
        "    1.04 s  licenses: reset",
        "    1.58 s  complaints: pass",
        "    2.20 s  jobs: trickle",
    ]


def test_every_fault_comes_and_every_source_is_well_in_between_and_at_the_end() -> None:
    steps = schedule_of(SEED, 600, SIX)
    assert {step.mode for step in steps} == {*FAULTS, Mode.PASS}
    for source in SIX:
        own = [step for step in steps if step.source == source]
        assert [step.mode is Mode.PASS for step in own] == [False, True] * (len(own) // 2)
        for ill, well in zip(own[::2], own[1::2], strict=True):
            assert 0 < well.at_s - ill.at_s <= ILL_S[1]
    assert max(step.at_s for step in steps) <= 600 - QUIET_S


# --- What it would notice ---------------------------------------------------------------------------------------------


@pytest.fixture
def row() -> ChangingRow:
    """A row that had one text until a second ago, and has another now."""
    made = ChangingRow("news", "headline", "berita", "judul", "id_berita")
    made.versions = [Version("old", NOW - 10 * SECOND, NOW - SECOND), Version("new", NOW - 2 * SECOND)]
    return made


def told(text: str, as_of: datetime | None = None) -> Told:
    rows = {"news": [{"headline": text}]}
    return Told(200, 1, 1.0, rows, {}, {"news": "OK"}, {"news": as_of} if as_of is not None else {})


def test_the_text_of_now_and_one_that_changed_meanwhile_are_right(row: ChangingRow) -> None:
    assert row.wrongs(told("new"), NOW, NOW) == []
    assert row.wrongs(told("old"), NOW - 2 * SECOND, NOW) == []
    assert row.wrongs(replace(told("new"), rows={"news": None}), NOW, NOW) == []


def test_an_old_text_must_say_how_old_it_is(row: ChangingRow) -> None:
    wrong = ["news: an old text as if it were of now"]
    assert row.wrongs(told("old", NOW - SECOND), NOW, NOW) == []
    assert row.wrongs(told("old", NOW - SECOND + 2 * CLOCKS_APART), NOW, NOW) == wrong
    assert row.wrongs(told("old"), NOW, NOW) == wrong


def test_a_text_of_nobody_is_wrong(row: ChangingRow) -> None:
    wrong = ["news: a text that it never had"]
    assert row.wrongs(told("else"), NOW, NOW) == wrong
    assert row.wrongs(told("new"), NOW - 4 * SECOND, NOW - 3 * SECOND) == wrong
