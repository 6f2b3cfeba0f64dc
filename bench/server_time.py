"""Server time: the processor time that a database on this machine takes for one session, from Linux's own counters."""

from __future__ import annotations

from pathlib import Path

from connectors.sql.connector import SqlConnector

_WHO = {
    "postgresql": "SELECT pg_backend_pid()",
    "mariadb": "SELECT tid FROM information_schema.processlist WHERE id = connection_id()",
}


class ServerTime:
    """Of the only session of a source: a process of PostgreSQL, a thread of MariaDB."""

    def __init__(self, counter: Path) -> None:
        self._counter = counter

    @classmethod
    async def of(cls, source: SqlConnector) -> ServerTime:
        if source.dialect.name == "postgresql":
            # What it does in other processes would not be counted.
            await source._pool.fetch("SET max_parallel_workers_per_gather = 0", ())  # noqa: SLF001  # as below
        ((task,),) = await source._pool.fetch(_WHO[source.dialect.name], ())  # noqa: SLF001  # the session that is measured
        return cls(_counter_of(int(task)))

    def spent_ms(self) -> float:
        return int(self._counter.read_text().split()[0]) / 1e6


def _counter_of(task: int) -> Path:
    return next(Path("/proc").glob(f"[0-9]*/task/{task}/schedstat"))
