"""Several worker processes on one socket, and a supervisor that serves nothing itself.

A worker that dies is replaced. When the supervisor is told to stop, every worker finishes its requests. When the
supervisor is killed, the workers notice and stop in the same way.
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

from api.serving.server import SHUTDOWN_S_MAX, START_FAILED

STOP_S_MAX = SHUTDOWN_S_MAX + 5
"""How long workers may take to stop before they are killed."""
PAUSE_S_FIRST = 0.1
PAUSE_S_MAX = 10.0
PROVEN_AFTER_S = 10.0
"""A worker that lived this long is replaced at once, another one after a pause that grows each time."""

_STOPS = (signal.SIGTERM, signal.SIGINT)
_log = structlog.get_logger("simpul")


class CannotFork(Exception):
    """This system cannot serve with several processes; the sentence says what to set instead."""


@dataclass(slots=True)
class _WorkerProcess:
    """One worker slot: its process and start time, or when the next process is due."""

    number: int
    process: BaseProcess | None = None
    started_s: float = 0.0
    due_s: float = 0.0
    pause_s: float = PAUSE_S_FIRST


@dataclass(slots=True)
class Workers:
    """Keeps `count` processes running `work` with their number, from 0. `ended` gets the id of each that ends."""

    count: int
    work: Callable[[int], None]
    ended: Callable[[int], None] = lambda _: None
    _slots: list[_WorkerProcess] = field(default_factory=list)
    _told_to_stop: tuple[int, int] = (-1, -1)
    _supervisor_lives: tuple[int, int] = (-1, -1)

    def run(self) -> int:
        """Serve until told to stop, and return the exit code. Raises CannotFork."""
        if "fork" not in multiprocessing.get_all_start_methods():
            raise CannotFork("HUB_WORKERS: this system serves with one process only. Set HUB_WORKERS to 1.")
        self._slots = [_WorkerProcess(number) for number in range(self.count)]
        self._told_to_stop, self._supervisor_lives = os.pipe(), os.pipe()
        try:
            with self._listening_to_signals():
                code = self._supervise()
                self._stop()
            return code
        finally:
            for end in (*self._told_to_stop, *self._supervisor_lives):
                os.close(end)

    # --- The supervisor -----------------------------------------------------------------------------------------------

    def _supervise(self) -> int:
        """Replace workers until told to stop (0), or until no worker can be started (1)."""
        reader = self._told_to_stop[0]
        while True:
            for slot in self._slots:
                if slot.process is None and slot.due_s <= time.monotonic():
                    self._start(slot)
            sentinels = {slot.process.sentinel: slot for slot in self._slots if slot.process is not None}
            if reader in (ready := wait([reader, *sentinels], self._next_due_s())):
                return 0
            for sentinel in ready:
                if self._is_hopeless(sentinels[sentinel]):  # type: ignore[index]  # `wait` returns our sentinels
                    return 1

    def _next_due_s(self) -> float | None:
        due = [slot.due_s for slot in self._slots if slot.process is None]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _is_hopeless(self, slot: _WorkerProcess) -> bool:
        """Note that a worker has ended. Returns whether replacing it is useless."""
        process, slot.process = slot.process, None
        assert process is not None, "only a running worker can end"
        process.join()
        lived_s = time.monotonic() - slot.started_s
        slot.pause_s = 0.0 if lived_s >= PROVEN_AFTER_S else min(max(slot.pause_s * 2, PAUSE_S_FIRST), PAUSE_S_MAX)
        slot.due_s = time.monotonic() + slot.pause_s
        self.ended(process.pid or 0)
        _log.error("worker ended", worker=slot.number, exit_code=process.exitcode, lived_s=round(lived_s, 1))
        alive = any(other.process is not None for other in self._slots)
        return process.exitcode == START_FAILED and not alive

    def _start(self, slot: _WorkerProcess) -> None:
        process = multiprocessing.get_context("fork").Process(target=self._child, args=(slot.number,))
        # Blocked until the child has its own handlers, so that no signal is lost or handled as the supervisor's.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        slot.process, slot.started_s = process, time.monotonic()

    def _stop(self) -> None:
        ends_s = time.monotonic() + STOP_S_MAX
        processes = [slot.process for slot in self._slots if slot.process is not None]
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
        reader, writer = self._supervisor_lives
        os.close(writer)
        threading.Thread(target=_stop_with_supervisor, args=(reader,), daemon=True).start()
        with contextlib.suppress(KeyboardInterrupt):
            self.work(number)
        sys.stdout.flush()


def _tell(writer: int) -> None:
    os.write(writer, b"x")


def _stop_with_supervisor(reader: int) -> None:
    """Stop this process when the pipe closes, that is, when the supervisor has died."""
    os.read(reader, 1)
    os.kill(os.getpid(), signal.SIGTERM)
