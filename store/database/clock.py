"""The clock of the hub's own database, which all its processes share, whatever their own clocks say."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from models.tables import UtcDateTime


class _Now(FunctionElement[datetime]):
    inherit_cache: bool | None = True
    type: TypeEngine[datetime] = UtcDateTime()


@compiles(_Now, "sqlite")
def _of_sqlite(_element: _Now, _compiler: Any, **_: Any) -> str:
    return "strftime('%Y-%m-%d %H:%M:%f000', 'now')"


@compiles(_Now, "postgresql")
def _of_postgresql(_element: _Now, _compiler: Any, **_: Any) -> str:
    # `now()` is when the transaction began, which may have waited for a lock since.
    return "clock_timestamp()"


_STATEMENT = select(_Now())


def database_now(connection: Connection) -> datetime:
    """What the database's clock says now, in UTC."""
    return connection.execute(_STATEMENT).scalar_one()
