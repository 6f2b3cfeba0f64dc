"""Processes: starting a server on a core of its own, and the processor time and memory of it and its children.

Only Linux says this as exactly as it is needed: it has a clock of the processor time of every process.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
STOP_S_MAX = 15.0
START_S_MAX = 40.0
SETTLED_S_MAX = 60
IDLE_S_MAX = 0.05


class NotStarted(Exception):
    """A server did not come up; the sentence holds the end of what it said."""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def pin(process_id: int, core: int) -> None:
    """Keep a process, 0 for this one, on one core, where the machine has more than one."""
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(process_id, {core})


@dataclass(slots=True)
class Server:
    """A process that listens on a port of this machine."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    said: Path

    @classmethod
    def start(cls, name: str, command: list[str], port: int, *, core: int, folder: Path) -> Server:
        """Start a command whose server listens on `port`; what it says goes into a file of `folder`."""
        said = folder / f"{name.replace(' ', '-')}.log"
        with said.open("wb") as out:
            process = subprocess.Popen(  # noqa: S603  # the commands are the benchmark's own
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
            )
        # Before it has started a thread or a child: those inherit the core.
        pin(process.pid, core)
        server = cls(name, port, process, said)
        server._until_it_listens()
        return server

    def _until_it_listens(self) -> None:
        ends = time.monotonic() + START_S_MAX
        while time.monotonic() < ends and self.process.poll() is None:
            with socket.socket() as probe:
                probe.settimeout(1)
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        self.stop()
        raise NotStarted(f"{self.name} did not start. It said: {self.said.read_text(errors='replace')[-2_000:]}")

    def settle(self) -> None:
        """Wait until a hub has done what it does by itself at its start: copy files, make an index of texts."""
        for _ in range(SETTLED_S_MAX):
            spent_s = self.cpu_s
            time.sleep(1)
            if self.cpu_s - spent_s < IDLE_S_MAX:
                return

    @property
    def cpu_s(self) -> float:
        """Seconds of processor time of the process and its children, all threads, since they were started."""
        return sum(map(_cpu_s, _tree(self.process.pid)))

    @property
    def memory_mb(self) -> float:
        return sum(map(_resident_kb, _tree(self.process.pid))) / 1_000

    def stop(self) -> None:
        """Ask it to end as Ctrl-C would, and end it if it does not."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(STOP_S_MAX)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def _tree(process_id: int) -> Iterator[int]:
    yield process_id
    for child in _children(process_id):
        yield from _tree(child)


def _cpu_s(process_id: int) -> float:
    """The clock that clock_getcpuclockid(3) names; Python has no function of its own for it."""
    try:
        return time.clock_gettime((~process_id << 3) | 2)
    except OSError:
        return 0.0  # the process has ended


def _children(process_id: int) -> Iterator[int]:
    for thread in (PROC / str(process_id) / "task").iterdir():
        try:
            yield from map(int, (thread / "children").read_text().split())
        except OSError:
            continue  # the thread has ended


def _resident_kb(process_id: int) -> int:
    try:
        status = (PROC / str(process_id) / "status").read_text()
    except OSError:
        return 0
    return int(status.partition("VmRSS:")[2].split()[0])
