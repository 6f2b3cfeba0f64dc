"""`sources check` refuses public fields whose values look like people's, until the mapping says why."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.decoders import text
from connectors.departments.hospitals import HOSPITALS
from connectors.mapping import Mapping, MappingError, column
from onboarding.inspection_report import lines_of, object_of
from onboarding.tallies import PeopleTally
from tests.connectors.test_inspection import inspected, urls_of
from tests.small_city import small_city


@pytest.fixture
def city(tmp_path: Path) -> Path:
    small_city(tmp_path)
    return tmp_path


def changed(city: Path, source: str, statement: str, *rows: tuple[object, ...]) -> None:
    with closing(sqlite3.connect(city / f"{source}.db")) as connection, connection:
        connection.executemany(statement, rows or [()])


def people_in(city: Path, column_name: str) -> list[str]:
    with closing(sqlite3.connect(city / "citizens.db")) as connection:
        rows = connection.execute(f"SELECT {column_name} FROM tweb_penduduk WHERE nama <> '' ORDER BY id LIMIT 60")
        return [str(row[0]) for row in rows]


def test_numbers_of_people_are_refused_and_their_column_is_named(city: Path) -> None:
    niks = people_in(city, "nik")
    changed(
        city, "complaints",
        "UPDATE tbl_pengaduan SET no_tiket = ? WHERE id_pengaduan % 60 = ?",
        *((nik, at) for at, nik in enumerate(niks)),
    )  # fmt: skip
    found = inspected(urls_of(city), ["complaints"])["complaints"]
    assert [(one.name, one.kind) for one in found.refused] == [("ticket_number", "resident numbers")]
    assert (found.state, object_of([found])["broken"]) == ("broken", True)
    said = " ".join(" ".join(lines_of(found)).split())
    assert "BROKEN: ticket_number is public, and 98.4 % of its values look like resident numbers" in said
    assert not any(nik in said for nik in niks)


def test_names_that_stand_in_the_register_are_refused(city: Path) -> None:
    names = [f"dr. {name}, Sp.A" for name in people_in(city, "nama")]
    changed(
        city, "hospitals", "UPDATE m_rumahsakit SET nm_rs = ? WHERE rowid % 60 = ?",
        *((name, at) for at, name in enumerate(names)),
    )  # fmt: skip
    found = inspected(urls_of(city), ["hospitals"])["hospitals"]
    assert [(one.name, one.kind) for one in found.refused] == [("name", "names in the register")]


def test_what_is_published_for_a_reason_is_not_refused(city: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert HOSPITALS.columns["phone"].publishes is not None
    assert inspected(urls_of(city), ["hospitals"])["hospitals"].refused == []
    assert isinstance(HOSPITALS.columns, dict)
    monkeypatch.setitem(HOSPITALS.columns, "phone", replace(HOSPITALS.columns["phone"], publishes=None))
    found = inspected(urls_of(city), ["hospitals"])["hospitals"]
    assert [(one.name, one.kind) for one in found.refused] == [("phone", "phone numbers")]


def test_a_reason_is_not_empty() -> None:
    columns = {**HOSPITALS.columns, "phone": column("telp", decoder=text(), publishes=" ")}
    with pytest.raises(MappingError, match=r"hospitals\.phone publishes without a reason"):
        Mapping(HOSPITALS.record, HOSPITALS.source, HOSPITALS.selectable, columns)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["a@surel.example", "b@surel.example", "Pasar Anyar", "-", "-", "-", "-", "-", "-", "-"], "e-mail addresses"),
        (["a@surel.example", "Pasar Anyar", "-", "-", "-", "-", "-", "-", "-", "-"], ""),
        (["0812-5550-0001", "Loket"], "phone numbers"),
        (["Siti Rahmawati", "Kepala Dinas"], "names in the register"),
        (["Kepala Dinas", "Pasar Anyar"], ""),
        ([None, ""], ""),
    ],
)
def test_a_fifth_of_the_values_is_enough(values: list[object], kind: str) -> None:
    tally = PeopleTally("name")
    tally.add(values, [None] * len(values))
    tally.judge(frozenset({"siti rahmawati"}))
    assert tally.kind == kind
