"""Links: which columns lead to which tables, by names, types and values, and which only look so."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from onboarding.drafting.links import links_of
from onboarding.drafting.tables import LegacyTable, SampledTable, SqlType
from tests.onboarding.drafting.sampled import column, table

KINDS = table(
    "m_jenis", [column("kd_jenis", ["A", "B", "C", "D"]), column("nm_jenis", list("PQRS"))], key=("kd_jenis",)
)
FAMILIES = table("tweb_keluarga", [column("id", list(range(1, 60)), SqlType.WHOLE)], key=("id",))


async def nothing(values: Sequence[object], target: LegacyTable, key: str) -> int | None:
    raise AssertionError("a table that was read whole is not asked")


def found(*tables: SampledTable) -> list[tuple[str, str, str, str]]:
    links = asyncio.run(links_of({one.name: one for one in tables}, nothing))
    return [(link.table, link.column, link.target, link.key) for link in links]


def test_a_column_whose_values_are_keys_leads_there() -> None:
    letters = table("surat", [column("kd_jenis", ["A", "B", "A", "", None])])
    assert found(letters, KINDS) == [("surat", "kd_jenis", "m_jenis", "kd_jenis")]


def test_a_column_under_another_name_that_says_what_it_is() -> None:
    letters = table("surat", [column("jenis_surat", ["A", "B", "C"])])
    assert found(letters, KINDS) == [("surat", "jenis_surat", "m_jenis", "kd_jenis")]


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("kd_jenis", ["A", "X", "Y"], SqlType.TEXT),
        ("kd_jenis", [1, 2, 3], SqlType.WHOLE),
        ("perihal", ["A", "B", "C"], SqlType.TEXT),
        ("kd_jenis", [None, ""], SqlType.TEXT),
    ],
)
def test_what_leads_nowhere(name: str, values: list[object], kind: SqlType) -> None:
    assert found(table("surat", [column(name, values, kind)]), KINDS) == []


def test_small_numbers_are_keys_of_any_table_by_chance() -> None:
    people = table(
        "penduduk", [column("id_kk", [5, 7, 9], SqlType.WHOLE), column("kk_level", [1, 2, 3], SqlType.WHOLE)]
    )
    assert found(people, FAMILIES) == [("penduduk", "id_kk", "tweb_keluarga", "id")]


@pytest.mark.parametrize(("hits", "links"), [(50, 1), (46, 1), (40, 0), (None, 0)])
def test_a_table_that_was_not_read_whole_is_asked_for_some_values(hits: int | None, links: int) -> None:
    asked: list[int] = []

    async def contained(values: Sequence[object], target: LegacyTable, key: str) -> int | None:
        asked.append(len(values))
        return hits

    families = SampledTable(FAMILIES.table, FAMILIES.columns, FAMILIES.rows, False, FAMILIES.unique)
    people = table("penduduk", [column("id_kk", list(range(100, 300)), SqlType.WHOLE)])
    tables = {one.name: one for one in (people, families)}
    assert len(asyncio.run(links_of(tables, contained))) == links
    assert asked == [200]
