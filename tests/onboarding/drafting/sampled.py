"""Columns and tables for tests of what looks at samples, without a database."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.departments.city import TANGERANG
from onboarding.drafting.looks import Looks
from onboarding.drafting.tables import LegacyColumn, LegacyTable, SampledColumn, SampledTable, SqlType
from onboarding.drafting.ways import Setting

SETTING = Setting(TANGERANG, "sqlite")


def column(
    name: str, values: Sequence[object], kind: SqlType = SqlType.TEXT, *, width: int | None = None, remark: str = ""
) -> SampledColumn:
    return SampledColumn("tabel", LegacyColumn(name, kind, width, remark), values)


def looks(name: str, values: Sequence[object], kind: SqlType = SqlType.TEXT, *, width: int | None = None) -> Looks:
    return Looks(column(name, values, kind, width=width))


def table(
    name: str, columns: Sequence[SampledColumn], *, key: tuple[str, ...] = (), whole: bool = True
) -> SampledTable:
    named = {one.name: SampledColumn(name, one.declared, one.values) for one in columns}
    declared = LegacyTable(name, tuple(one.declared for one in columns), key)
    unique = dict.fromkeys(key, "the primary key") if len(key) == 1 else {}
    return SampledTable(declared, named, max((len(one.values) for one in columns), default=0), whole, unique)
