"""`./simpul sample`: makes the sample city, and lets it live."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from settings import VAR
from terminal import progress_bar, reason_of, say, stop

if TYPE_CHECKING:
    from sample.live.journal import Journal
    from sample.live.simulator import Simulator

TICK_S = 1.0
LIVED_DAYS = 9
_WHERE = "A folder, postgresql://... or mysql://..."

sample = typer.Typer(help="The sample city: make it, and let it live.", invoke_without_command=True)


class SampleSize(StrEnum):
    small = "small"
    city = "city"


@sample.callback()
def make(
    context: typer.Context,
    size: Annotated[SampleSize, typer.Option(help="How large the city is.")] = SampleSize.small,
    into: Annotated[str | None, typer.Option(help=f"{_WHERE} to write to; otherwise SQLite files under var/.")] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="The day on which it ends; otherwise today, now."),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Another number gives another city.")] = None,
    *,
    still: Annotated[bool, typer.Option(help="Leave out that day: write only what lies before it.")] = False,
) -> None:
    """Make the sample city: synthetic people, real places, and the dirt of real systems."""
    if context.invoked_subcommand is not None:
        return
    from sample.city import SEED, SIZES, WIB
    from sample.live.journal import Journal
    from sample.write import write_city

    now = datetime.now(WIB)
    day = as_of.date() if as_of is not None else now.date()
    # Its last days are lived, so that each of them has something of everything.
    written = day if still else day - timedelta(days=LIVED_DAYS)
    chosen = SEED if seed is None else seed
    target = _target(into, size.value)
    with progress_bar() as progress:
        tasks = {}

        def advance(source: str, done: int, total: int) -> None:
            if source not in tasks:
                tasks[source] = progress.add_task(source, total=total)
            progress.update(tasks[source], completed=done)

        try:
            with _alone(target):
                write_city(size.value, target, seed=chosen, as_of=written, progress=advance)
                journal = Journal.begun(size.value, SIZES[size.value].until(written), chosen, _journal_file(target))
        except ValueError as error:
            stop(str(error))
        except OSError as error:
            stop(f"The sample city cannot be written to --into: {reason_of(error)}.")
    until = now if as_of is None else datetime.combine(day + timedelta(days=1), datetime.min.time(), WIB)
    if not still:
        asyncio.run(_live_until(journal, target, until))
    say(f"The sample city has {SIZES[size.value].complaints:,} complaints, and ends on {day.isoformat()}.")


@sample.command()
def live(
    into: Annotated[str | None, typer.Option(help=f"{_WHERE} where it was made; otherwise that under var/.")] = None,
    size: Annotated[SampleSize, typer.Option(help="Which of those under var/.")] = SampleSize.small,
    speed: Annotated[float, typer.Option(min=0.001, max=100_000, help="So many times as fast as our time.")] = 1.0,
    strike: Annotated[
        list[str] | None, typer.Option(metavar="DEPARTMENT", help="A department that does nothing; may be repeated.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="The seed that the city was made with, to be sure of it.")] = None,
    *,
    beside: Annotated[bool, typer.Option(hidden=True, help="Stop when who started this process ends.")] = False,
) -> None:
    """Let residents and departments work in their own systems; what was missed since the last time is made up for."""
    from sample.live.journal import Journal
    from sample.live.simulator import DEPARTMENTS

    for department in strike or ():
        if department not in DEPARTMENTS:
            stop(f"--strike: {department} is no department of the sample city. It has: {', '.join(DEPARTMENTS)}.")
    target = _target(into, size.value)
    if not _journal_file(target).exists():
        stop("There is no sample city: make it with `./simpul sample`.")
    with _alone(target):
        journal = Journal.read(_journal_file(target))
        if seed is not None and seed != journal.seed:
            stop(f"This city was made with the seed {journal.seed}: make it with --seed {seed} first.")
        asyncio.run(_live(journal, target, speed, strike or [], beside=beside))


def _target(into: str | None, size: str) -> str | Path:
    if into is None:
        return VAR / "sample" / size
    return into if "://" in into else Path(into)


def _journal_file(target: str | Path) -> Path:
    """Beside the files of the city; a database's lies under var/, under a name that does not show its password."""
    from sample.live.journal import FILE

    if isinstance(target, Path):
        return target / FILE
    return VAR / "sample" / "databases" / f"{hashlib.sha256(target.encode()).hexdigest()[:16]}-{FILE}"


def _alone(target: str | Path) -> closing[sqlite3.Connection]:
    """One at a time lives in a city's systems, and nobody while it is made. The system frees this with its process."""
    file = _journal_file(target).with_suffix(".lock")
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = sqlite3.connect(file, timeout=0, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        lock.close()
        stop("Another `./simpul sample live` is at work in this city: stop it first.")
    return closing(lock)


def _simulator(journal: Journal, target: str | Path, strikes: list[str]) -> Simulator:
    from sample.live.simulator import Simulator
    from sample.live.systems import Systems
    from sample.places import urls
    from sample.write import SOURCES

    if isinstance(target, Path):
        return Simulator(journal, Systems(urls(target), target), strikes=strikes)
    return Simulator(journal, Systems({source.name: target for source in SOURCES}), strikes=strikes)


async def _live_until(journal: Journal, target: str | Path, until: datetime) -> None:
    simulator = _simulator(journal, target, [])
    try:
        await simulator.step(until)
    finally:
        await simulator.close()


async def _live(journal: Journal, target: str | Path, speed: float, strikes: list[str], *, beside: bool) -> None:
    from sample.city import WIB
    from sample.live.simulator import Clock, live

    simulator = _simulator(journal, target, strikes)
    stopped = _stopping(beside=beside)
    now = datetime.now(WIB)
    if simulator.now < now - timedelta(days=1):
        say(f"The sample city makes up for what it has missed since {simulator.now:%Y-%m-%d %H:%M}.")
    try:
        while simulator.now < now and not stopped():
            await simulator.step(min(now, simulator.now + timedelta(hours=6)))
        faster = "" if speed == 1 else f", {speed:g} times as fast as ours"
        silent = f"; on strike: {', '.join(strikes)}" if strikes else ""
        say(f"The sample city lives: it is {simulator.now:%Y-%m-%d %H:%M} there{faster}{silent}.")
        await live(simulator, Clock(lambda: datetime.now(UTC), simulator.now, speed), stopped, TICK_S)
    finally:
        await simulator.close()


def _stopping(*, beside: bool) -> Callable[[], bool]:
    """Whether somebody wants this to end; a step that has begun ends first."""
    told: list[bool] = []
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        # Windows has none: there a Ctrl-C ends it in the middle of a step.
        with suppress(NotImplementedError):
            loop.add_signal_handler(one, told.append, True)  # what is appended counts, not its name
    parent = os.getppid()
    return lambda: bool(told) or (beside and os.getppid() != parent)
