"""Workers: several processes that serve on one socket, and the one that watches over them and serves nothing itself.

A worker that dies is replaced. When the watcher is told to stop, every worker finishes what it has begun. When the
watcher is killed, the workers notice and stop as if they had been told.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess

import structlog

from api.server import SHUTDOWN_S_MAX, START_FAILED

STOP_S_MAX = SHUTDOWN_S_MAX + 5
"""How long workers may take to stop, before they are killed."""
PAUSE_S_FIRST = 0.1
PAUSE_S_MAX = 10.0
PROVEN_AFTER_S = 10.0
"""A worker that lived so long is replaced at once; one that did not, after a pause that grows each time."""

_STOPS = (signal.SIGTERM, signal.SIGINT)
_log = structlog.get_logger("simpul")


class CannotFork(Exception):
    """This system cannot have several processes on one socket; the sentence says what to set instead."""


@dataclass(slots=True)
class _Place:
    """The place of one worker: who has it, since when, and when the next one is due where nobody has."""

    number: int
    process: BaseProcess | None = None
    started_s: float = 0.0
    due_s: float = 0.0
    pause_s: float = PAUSE_S_FIRST


@dataclass(slots=True)
class Workers:
    """Keeps `count` processes at `work`, which is told its number, from 0. `ended` is told the id of each that ends."""

    count: int
    work: Callable[[int], None]
    ended: Callable[[int], None] = lambda _: None
    _places: list[_Place] = field(default_factory=list)
    _told_to_stop: tuple[int, int] = (-1, -1)
    _watcher_lives: tuple[int, int] = (-1, -1)

    def run(self) -> int:
        """Serve until told to stop; gives the exit code. Raises CannotFork."""
        if "fork" not in multiprocessing.get_all_start_methods():
            raise CannotFork("HUB_WORKERS: this system serves with one process only. Set HUB_WORKERS to 1.")
        self._places = [_Place(number) for number in range(self.count)]
        self._told_to_stop, self._watcher_lives = os.pipe(), os.pipe()
        try:
            with self._listening_to_signals():
                code = self._watch()
                self._stop()
            return code
        finally:
            for end in (*self._told_to_stop, *self._watcher_lives):
                os.close(end)

    # --- The watcher --------------------------------------------------------------------------------------------------

    def _watch(self) -> int:
        """Until told to stop, which is 0, or until no worker can be started, which is 1."""
        reader = self._told_to_stop[0]
        while True:
            for place in self._places:
                if place.process is None and place.due_s <= time.monotonic():
                    self._start(place)
            sentinels = {place.process.sentinel: place for place in self._places if place.process is not None}
            if reader in (ready := wait([reader, *sentinels], self._next_due_s())):
                return 0
            for sentinel in ready:
                if self._is_hopeless(sentinels[sentinel]):  # type: ignore[index]  # what we gave comes back
                    return 1

    def _next_due_s(self) -> float | None:
        due = [place.due_s for place in self._places if place.process is None]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _is_hopeless(self, place: _Place) -> bool:
        """Take note that a worker has ended; whether there is no use in another one."""
        process, place.process = place.process, None
        assert process is not None, "only a worker that there was can end"
        process.join()
        lived_s = time.monotonic() - place.started_s
        place.pause_s = 0.0 if lived_s >= PROVEN_AFTER_S else min(max(place.pause_s * 2, PAUSE_S_FIRST), PAUSE_S_MAX)
        place.due_s = time.monotonic() + place.pause_s
        self.ended(process.pid or 0)
        _log.error("worker ended", worker=place.number, exit_code=process.exitcode, lived_s=round(lived_s, 1))
        alive = any(other.process is not None for other in self._places)
        return process.exitcode == START_FAILED and not alive

    def _start(self, place: _Place) -> None:
        process = multiprocessing.get_context("fork").Process(target=self._child, args=(place.number,))
        # Until the child listens to signals itself, so that none is lost and none is taken for the watcher's.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        place.process, place.started_s = process, time.monotonic()

    def _stop(self) -> None:
        ends_s = time.monotonic() + STOP_S_MAX
        processes = [place.process for place in self._places if place.process is not None]
        for process in processes:
            process.terminate()
        for process in processes:
            process.join(max(0.0, ends_s - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join()
            self.ended(process.pid or 0)

    @contextlib.contextmanager
    def _listening_to_signals(self) -> Iterator[None]:
        writer = self._told_to_stop[1]
        before = {number: signal.signal(number, lambda *_: _tell(writer)) for number in _STOPS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    # --- A worker -----------------------------------------------------------------------------------------------------

    def _child(self, number: int) -> None:
        for stop in _STOPS:
            signal.signal(stop, signal.default_int_handler if stop == signal.SIGINT else signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
        reader, writer = self._watcher_lives
        os.close(writer)
        threading.Thread(target=_stop_with_watcher, args=(reader,), daemon=True).start()
        with contextlib.suppress(KeyboardInterrupt):
            self.work(number)
        sys.stdout.flush()


def _tell(writer: int) -> None:
    os.write(writer, b"x")


def _stop_with_watcher(reader: int) -> None:
    """Wait for the end of a pipe that nobody writes to: it comes when the watcher is no more."""
    os.read(reader, 1)
    os.kill(os.getpid(), signal.SIGTERM)
