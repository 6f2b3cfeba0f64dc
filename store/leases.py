"""Leases: which process does what only one may do, on the database's clock.

A process may sleep past its lease without noticing. Each lease therefore has a token that grows: what a process writes
under a lease names the token, and is refused once there is a newer one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from models.tables import leases
from store.database.clock import database_now
from store.database.engine import HubDatabase

_T = leases.c


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease as it was given. `until` is on the database's clock; it may have passed meanwhile."""

    name: str
    holder: str
    token: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Leases:
    """Gives and takes back leases. Every method raises the errors of the database."""

    database: HubDatabase
    clock: Callable[[Connection], datetime] = database_now

    async def take(self, name: str, holder: str, lasts: timedelta) -> Lease | None:
        """A lease that nobody has; None while somebody has it, also this holder."""
        async with self.database.writing() as connection:
            return await connection.run_sync(self._taken, name, holder, lasts)

    async def renew(self, lease: Lease, lasts: timedelta) -> Lease | None:
        """The same lease for longer; None if it has passed."""
        async with self.database.writing() as connection:
            return await connection.run_sync(self._renewed, lease, lasts)

    async def release(self, lease: Lease) -> None:
        """Let others have it. Nothing happens if it has passed."""
        async with self.database.writing() as connection:
            await connection.run_sync(self._renewed, lease, timedelta())

    async def holds(self, lease: Lease) -> bool:
        """Whether it still lasts."""
        async with self.database.reading() as connection:
            return await connection.run_sync(self._held, lease)

    def _taken(self, connection: Connection, name: str, holder: str, lasts: timedelta) -> Lease | None:
        now = self.clock(connection)
        insert = postgresql.insert(leases) if connection.dialect.name == "postgresql" else sqlite.insert(leases)
        taking = (
            insert.values(name=name, holder=holder, token=1, until=now + lasts)
            .on_conflict_do_update(
                index_elements=[_T.name],
                set_={"holder": holder, "token": _T.token + 1, "until": now + lasts},
                where=_T.until <= now,
            )
            .returning(_T.token)
        )
        token = connection.execute(taking).scalar_one_or_none()
        return Lease(name, holder, token, now + lasts) if token is not None else None

    def _renewed(self, connection: Connection, lease: Lease, lasts: timedelta) -> Lease | None:
        now = self.clock(connection)
        still = (_T.name == lease.name, _T.token == lease.token, _T.until > now)
        changed = connection.execute(leases.update().where(*still).values(until=now + lasts))
        return Lease(lease.name, lease.holder, lease.token, now + lasts) if changed.rowcount else None

    def _held(self, connection: Connection, lease: Lease) -> bool:
        until = select(_T.until).where(_T.name == lease.name, _T.token == lease.token)
        found = connection.execute(until).scalar_one_or_none()
        return found is not None and found > self.clock(connection)
