"""Hostile schemas: small databases, each with a trap that a draft may fall into, on any engine.

A column is written as in `"status int fk(states.id) -- 1 = new, 2 = done"`, a table as columns and rows in their order.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from connectors.departments.city import TANGERANG
from onboarding.drafting.drafter import Draft, draft
from onboarding.drafting.mapping_file import Heading
from onboarding.drafting.reading import Limits
from sample.citizens.people import resident_number
from tests.onboarding.drafting.estates import Row

ENGINES = ("sqlite", "postgresql", "mariadb")
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "mysql": "mysql+asyncmy"}

Cells = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: what its owner remarked, its columns, and its rows."""

    columns: tuple[str, ...]
    rows: Sequence[Cells] = ()
    remark: str = ""


@dataclass(frozen=True)
class Hostile:
    """A schema with a trap. `right` is the table of each record that can be drafted; of others none is right.

    `truth` is what the finished mapping reads. `people` are the columns (`table.column`) that hold people's data.
    """

    name: str
    trap: str
    language: str
    engine: str
    subject: str
    department: str
    tables: Mapping[str, Table]
    right: Mapping[str, str]
    truth: Mapping[str, dict[str, Row]]
    people: frozenset[str]
    held_out: bool = False
    views: tuple[str, ...] = field(default=())

    def heading(self) -> Heading:
        return Heading(self.subject, self.name, self.department, True, "connectors.departments.city", "TANGERANG")


_COLUMN = re.compile(
    r"(.+?) (int|bigint|text|date|datetime|float|bool|time|\w+\([^)]*\))((?: \w+(?:\([^)]*\))?)*)(?: -- (.*))?"
)


def _type_of(written: str, name: str) -> sa.types.TypeEngine[object]:
    plain = {
        "int": sa.Integer(), "bigint": sa.BigInteger(), "text": sa.Text(), "date": sa.Date(), "datetime": sa.DateTime(),
        "float": sa.Float(), "bool": sa.Boolean(), "time": sa.Time(),
    }  # fmt: skip
    if written in plain:
        return plain[written]  # type: ignore[return-value]  # of many kinds
    kind, _, arguments = written.removesuffix(")").partition("(")
    if kind == "enum":
        return sa.Enum(*arguments.split("|"), name=name)  # type: ignore[return-value]  # as above
    sizes = [int(one) for one in arguments.split(",")]
    return {"char": sa.CHAR, "varchar": sa.String, "decimal": sa.Numeric}[kind](*sizes)  # type: ignore[no-any-return]


def _column(table: str, written: str) -> sa.Column[object]:
    found = _COLUMN.fullmatch(written)
    assert found is not None, written
    name, kind, rest, remark = found.groups()
    target = re.search(r"fk\(([^)]*)\)", rest)
    foreign = [sa.ForeignKey(target[1])] if target is not None else []
    return sa.Column(
        name, _type_of(kind, f"{table}_{name}"), *foreign, primary_key=" pk" in rest, unique=" unique" in rest or None,
        comment=remark, autoincrement=False,
    )  # fmt: skip


def metadata_of(tables: Mapping[str, Table]) -> sa.MetaData:
    made = sa.MetaData()
    for name, table in tables.items():
        sa.Table(name, made, *(_column(name, one) for one in table.columns), comment=table.remark or None)
    return made


def write(hostile: Hostile, url: str) -> None:
    """Create the tables of a schema and fill them."""
    asyncio.run(write_tables(hostile.tables, url, hostile.views))


async def write_tables(tables: Mapping[str, Table], url: str, views: Sequence[str] = ()) -> None:
    parsed = sa.make_url(url)
    engine = create_async_engine(parsed.set(drivername=_DRIVERS[parsed.get_backend_name()]))
    made = metadata_of(tables)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(made.create_all)
            for table in made.sorted_tables:
                names = [column.name for column in table.columns]
                rows = [dict(zip(names, row, strict=True)) for row in tables[table.name].rows]
                if rows:
                    await connection.execute(table.insert(), rows)
            for view in views:
                await connection.exec_driver_sql(view)
    finally:
        await engine.dispose()


def drafted(hostile: Hostile, url: str) -> Draft:
    return asyncio.run(draft(url, hostile.heading(), TANGERANG, Limits(), lambda *_: None))


# --- People of whom there are none -----------------------------------------------------------------------------------

_GIVEN = ("Siti", "Agus", "Dewi", "Bambang", "Nur", "Rudi", "Ratna", "Joko", "Maya", "Hendra", "Wulan")
_FAMILY = ("Rahmawati", "Setiawan", "Kurniasih", "Prakoso", "Hasanah", "Hartono", "Lestari", "Wibowo", "Anggraini")


def name_of(number: int) -> str:
    return f"{_GIVEN[number % len(_GIVEN)]} {_FAMILY[number % len(_FAMILY)]}"


def phone_of(number: int) -> str:
    return f"0812555{number:05}"


def email_of(number: int) -> str:
    return f"{_GIVEN[number % len(_GIVEN)].lower()}{number}@surel.example"


def nik_of(number: int) -> str:
    return resident_number(number)
