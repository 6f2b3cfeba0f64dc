"""A hub that is killed with -9 at random moments and goes on: each delivery stands there once, or somebody is told."""

from __future__ import annotations

import asyncio
import multiprocessing
import random
from pathlib import Path
from time import sleep

import pytest

from connectors.protocol import SourceFailure
from connectors.writing.protocol import Delivery, NotWritten
from models.actions.effects import Effect
from models.actions.receipts import RefusalReason
from models.complaints import ComplaintStatusDetail
from tests.connectors.writing.desks import (
    ENGINES,
    MARKER,
    TICKET,
    TRANSACTIONAL,
    Desk,
    answered,
    reported,
    step,
    writing_at,
)
from tests.slow import REASON

KILLS, KILLS_OF_ALL = 8, 120
DELIVERIES = 2_000
"""More than are done before the last kill."""
LIVES_S_MAX = 0.03
LOOK_EVERY_S, LOOKS_MAX = 0.002, 5_000
SEED = 23


def _ticket(number: int) -> str:
    return f"{TICKET[:-6]}{number:06}"


def _effects(number: int) -> tuple[Effect, ...]:
    """Reports and answers in turn, each with its number in it."""
    if number % 2:
        return reported(_ticket(number))
    change, _ = answered(expected=ComplaintStatusDetail.IN_PROGRESS)
    return change, step(note=f"Langkah {number}")


def _hub(desk: Desk, kept: Path, marker: str | None, until: int) -> None:
    """A hub's worker as a process: its outbox is a folder, in which a rename is a commit."""

    def put(name: str, text: str) -> None:
        (kept / f"{name}.new").write_text(text, encoding="utf-8")
        (kept / f"{name}.new").rename(kept / name)

    async def deliver() -> None:
        async with writing_at(desk, marker=marker) as writer:
            for number in range(until):
                done, trace = kept / f"{number}.done", kept / f"{number}.trace"

                async def keep(text: str, name: str = trace.name) -> None:
                    put(name, text)

                while not done.exists():
                    before = trace.read_text(encoding="utf-8") if trace.exists() else None
                    try:
                        told = await writer.deliver(Delivery(f"{number}", _effects(number), None, before, keep))
                    except SourceFailure:
                        # The session of the process before has not ended yet.
                        await asyncio.sleep(0.02)
                        continue
                    put(done.name, told.reason.value if isinstance(told, NotWritten) else "written")

    asyncio.run(deliver())


def _run(desk: Desk, kept: Path, marker: str | None, until: int, lives_s: float | None = None) -> None:
    """One life of the hub; killed so many seconds after it has delivered something."""
    before = len(list(kept.glob("*.done")))
    # Forked, so that a life begins in milliseconds.
    process = multiprocessing.get_context("fork").Process(target=_hub, args=(desk, kept, marker, until))
    process.start()
    if lives_s is not None:
        for _ in range(LOOKS_MAX):
            if len(list(kept.glob("*.done"))) > before:
                break
            sleep(LOOK_EVERY_S)
        sleep(lives_s)
        process.kill()
    process.join(timeout=60)
    assert process.exitcode == (0 if lives_s is None else -9)


@pytest.mark.parametrize(
    ("desk", "marker"),
    [*((engine, None) for engine in ENGINES), *((engine, MARKER) for engine in TRANSACTIONAL)],
    indirect=["desk"],
)
def test_what_was_accepted_stands_there_once(desk: Desk, tmp_path: Path, marker: str | None, everything: bool) -> None:
    if marker is not None and not everything:
        pytest.skip(REASON)
    asyncio.run(desk.run("UPDATE tbl_pengaduan SET stts = 'Proses'"))
    kept = tmp_path / "outbox"
    kept.mkdir()
    draw = random.Random(SEED)  # no secret
    for _ in range(KILLS_OF_ALL if everything else KILLS):
        _run(desk, kept, marker, DELIVERIES, draw.uniform(0, LIVES_S_MAX))
    begun = 1 + max((int(file.name.partition(".")[0]) for file in kept.iterdir()), default=0)
    _run(desk, kept, marker, begun)
    told = {number: (kept / f"{number}.done").read_text(encoding="utf-8") for number in range(begun)}
    rows = asyncio.run(desk.run("SELECT no_tiket FROM tbl_pengaduan WHERE id_pengaduan > 2"))
    steps = asyncio.run(desk.run("SELECT tanggapan FROM tbl_tanggapan"))
    found = [row[0] for row in (*rows, *steps)]
    assert len(found) == len(set(found))
    expected = {_ticket(number) if number % 2 else f"Langkah {number}": number for number in range(begun)}
    missing = {told[number] for name, number in expected.items() if name not in found}
    doubted = {reason for reason in told.values() if reason != "written"}
    if desk.engine == "myisam":
        assert missing | doubted <= {RefusalReason.IN_DOUBT.value}
    else:
        assert (missing, doubted) == (set(), set())
    assert set(found) <= set(expected)
    assert begun >= (KILLS_OF_ALL if everything else KILLS)
