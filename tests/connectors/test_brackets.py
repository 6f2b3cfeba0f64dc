"""Brackets: a name has one key with a blank before its brackets or without, and SQL finds all of its spellings."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from connectors.criteria import ParentKeys
from connectors.decoders import bracketed, number_key
from connectors.mapping import Mapping, column
from models.predicates import Not, is_in
from models.records import Record, field
from models.sources.findings import FindingKind
from tests.connectors.conftest import Laboratory

NAMES = {
    "Beras I/A (kg)": "Beras I/A (kg)",
    "Beras I/A(kg)": "Beras I/A (kg)",
    "Beras I/A (kg) ": "Beras I/A (kg)",
    "Beras I/A(kg) ": "Beras I/A (kg)",
    "Botol(liter)": "Botol (liter)",
    "Cabe Rawit (Merah) (kg)": "Cabe Rawit (Merah) (kg)",
    "Cabe Rawit(Merah)(kg)": "Cabe Rawit (Merah) (kg)",
    "Gas Elpiji 3 kg": "Gas Elpiji 3 kg",
}
FLAWED = ("Cabe Rawit (Merah)(kg)", "Beras (kg)  ", " Beras (kg)")
OTHERS = ("BERAS I/A (kg)", "beras i/a(kg)", "Beras I/A (kg", "Beras I/A")
NOTHING = (None, "", "-")


class Ware(Record, name="wares"):
    """Something with a unit in its name."""

    id: str = field("The key")
    name: str | None = field("The name with its unit")


WARES = Mapping(
    record=Ware,
    source="uji",
    selectable=sa.table("dagangan", sa.column("id", sa.Integer), sa.column("nama", sa.String(60))),
    columns={"id": column("id", decoder=number_key()), "name": column("nama", decoder=bracketed())},
)


@pytest.fixture(scope="module")
def wares(laboratory: Laboratory) -> Iterator[Laboratory]:
    laboratory.write(f"CREATE TABLE dagangan (id INTEGER PRIMARY KEY, nama VARCHAR(60)) {laboratory.table_end}")
    texts = (*NAMES, *FLAWED, *OTHERS, *NOTHING)
    laboratory.insert("dagangan", [{"id": at, "nama": text} for at, text in enumerate(texts)])
    yield laboratory
    laboratory.write("DROP TABLE dagangan")


def test_all_spellings_are_one_name_and_mixed_ones_are_flaws() -> None:
    decoded = bracketed().decode([*NAMES, *FLAWED, *NOTHING])
    assert decoded.values == [*NAMES.values(), *[None] * (len(FLAWED) + len(NOTHING))]
    assert decoded.flaws == {FindingKind.UNDECODABLE: len(FLAWED)}
    assert bracketed().encode("Beras(kg)").values == ()


def test_sql_finds_what_decodes(wares: Laboratory) -> None:
    everything = wares.ids(WARES, Not(is_in("name")))
    for name in dict.fromkeys((*NAMES.values(), *OTHERS, *NOTHING[1:])):
        found = {at for at, one in enumerate(NAMES.values()) if one == name}
        others = {
            len(NAMES) + len(FLAWED) + at for at, one in enumerate(bracketed().decode(OTHERS).values) if one == name
        }
        assert wares.ids(WARES, is_in("name", name)) == found | others, name
        assert wares.ids(WARES, Not(is_in("name", name))) == everything - found - others, name


def test_children_are_found_by_all_spellings_of_their_key(wares: Laboratory) -> None:
    parents = ParentKeys("name", (("Botol (liter)",), ("Beras I/A (kg)",), (None,)[:0]))
    rows = wares.read(WARES, parents=parents)
    assert [*zip(rows.parents, rows.columns["id"], strict=True)] == [(0, 4), (1, 0), (1, 1), (1, 2), (1, 3)]
