"""One person is one person in whatever type of column a resident number is kept, and a clamped number is nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

from connectors.criteria import ParentKeys
from connectors.decoders import nik, nik_number, number_key
from connectors.decoders.protocol import Decoded, Decoder, Spellings
from connectors.mapping import Mapping as SourceMapping
from connectors.mapping import column
from models.predicates import is_in
from models.records import PersonalClass, Record, field
from models.sources.findings import FindingKind
from models.values.types import Nik
from tests.connectors.conftest import Laboratory

PERSON, OTHER = Nik("3671016505909001"), Nik("3671026505909002")
SPELLINGS = (
    "3671016505909001",
    "36.71.01.650590.9001",
    "3671-0165-0590-9001",
    "3671 0165 0590 9001",
    "367101.650590.9001",
    "367101-650590-9001",
)
# What people's numbers become, and what stands where there is none.
RUINS = ("2147483647", "3671016505", "367101650590900", "36710165059090013671", "3671013102909001", "3671019905909001")
NOTHINGS = ("-", "", "0")
CLAMPED = 2_147_483_647
TYPES = (
    "char(16)", "char(20)", "varchar(16)", "varchar(20)", "varchar(32)", "varchar(255)", "text",
    "integer", "bigint", "decimal(16,0)", "decimal(20,0)", "double precision",
)  # fmt: skip


class Resident(Record, name="residents"):
    """Somebody with a number."""

    id: str = field("The key")
    person: Nik | None = field("The number", personal=PersonalClass.GENERAL)


class Column(NamedTuple):
    """A table whose column is of one type; `rows` holds what each row stores, by its key."""

    kind: str
    mapping: SourceMapping
    rows: Mapping[int, object]

    @property
    def table(self) -> str:
        return f"warga_{TYPES.index(self.kind)}"


def column_of(kind: str) -> Column:
    """All spellings that fit a type; where numbers are kept, the plain one, or what is left of it in 32 bits."""
    width = re.search(r"char\((\d+)\)", kind)
    decoder: Decoder
    if width is not None or kind == "text":
        decoder = nik(width=int(width[1])) if width is not None and kind.startswith("char") else nik()
        values: list[object] = [
            text for text in (*SPELLINGS, *RUINS, *NOTHINGS, OTHER) if width is None or len(text) <= int(width[1])
        ]
        type_: sa.types.TypeEngine[Any] = sa.String(255)
    else:
        decoder, type_ = nik_number(), sa.BigInteger()
        values = (
            [CLAMPED, CLAMPED]
            if kind == "integer"
            else [int(PERSON), CLAMPED, int(RUINS[2]), int(RUINS[4]), int(OTHER)]
        )
        values.append(0)
    table = sa.table(f"warga_{TYPES.index(kind)}", sa.column("id", sa.Integer), sa.column("nik", type_))
    mapping = SourceMapping(
        record=Resident,
        source="warga",
        selectable=table,
        columns={"id": column("id", decoder=number_key()), "person": column("nik", decoder=decoder)},
    )
    return Column(kind, mapping, dict(enumerate([*values, None])))


@pytest.fixture(scope="module")
def registers(laboratory: Laboratory) -> Iterator[Laboratory]:
    """A table for each type: one that changed its type would confuse statements that a driver has prepared."""
    for made in map(column_of, TYPES):
        rows = ", ".join(f"({key}, {_literal(value)})" for key, value in made.rows.items())
        laboratory.write(
            f"CREATE TABLE {made.table} (id INTEGER PRIMARY KEY, nik {made.kind}) {laboratory.table_end}",
            f"INSERT INTO {made.table} VALUES {rows}",
        )
    yield laboratory
    laboratory.write(*(f"DROP TABLE {column_of(kind).table}" for kind in TYPES))


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    return f"'{value}'" if isinstance(value, str) else str(value)


@pytest.fixture(params=TYPES)
def kept(request: pytest.FixtureRequest) -> Column:
    return column_of(request.param)


def people(kept: Column, person: Nik) -> set[object]:
    """The keys of the rows that are a person's."""
    digits = re.compile(r"[^0-9]")
    return {key for key, value in kept.rows.items() if digits.sub("", str(value)) == person}


def test_what_is_stored_of_one_person_decodes_to_one_person(registers: Laboratory, kept: Column) -> None:
    rows = registers.read(kept.mapping, ("id", "person")).columns
    decoded = kept.mapping.columns["person"].decoder.decode(rows["nik"])
    by_person = {
        person: {key for key, value in zip(rows["id"], decoded.values, strict=True) if value == person}
        for person in (PERSON, OTHER)
    }
    assert by_person == {person: people(kept, person) for person in (PERSON, OTHER)}
    assert sum(value is not None for value in decoded.values) == sum(map(len, by_person.values()))
    nothings = {*NOTHINGS, None, 0}
    nobody = [value for value in kept.rows.values() if value not in nothings]
    flaws = len(nobody) - sum(map(len, by_person.values()))
    assert decoded.flaws == ({FindingKind.UNDECODABLE: flaws} if flaws else {})


def test_a_number_finds_its_person_and_nobody_else(registers: Laboratory, kept: Column) -> None:
    for person in (PERSON, OTHER):
        assert registers.ids(kept.mapping, is_in("person", person)) == people(kept, person)
    both = people(kept, PERSON) | people(kept, OTHER)
    assert registers.ids(kept.mapping, is_in("person", PERSON, OTHER)) == both
    assert bool(both) is (kept.kind != "integer")


def test_children_of_people_are_found_for_all_of_them_at_once(registers: Laboratory, kept: Column) -> None:
    strangers = (Nik("3671036505909003"), PERSON, OTHER)
    keys = ParentKeys("person", tuple((person,) for person in strangers))
    rows = registers.read(kept.mapping, ("id",), parents=keys, rows_max=20)
    found: dict[int, set[object]] = {0: set(), 1: set(), 2: set()}
    for parent, key in zip(rows.parents, rows.columns["id"], strict=True):
        found[parent].add(key)
    assert found == {0: set(), 1: people(kept, PERSON), 2: people(kept, OTHER)}
    assert registers.count(kept.mapping, parents=keys) == [len(found[parent]) for parent in range(3)]


def test_all_six_spellings_are_one_person_where_they_fit() -> None:
    by_kind = {kind: len(people(column_of(kind), PERSON)) for kind in TYPES}
    assert by_kind == {
        "char(16)": 1, "char(20)": 6, "varchar(16)": 1, "varchar(20)": 6, "varchar(32)": 6, "varchar(255)": 6,
        "text": 6,
        "integer": 0, "bigint": 1, "decimal(16,0)": 1, "decimal(20,0)": 1, "double precision": 1,
    }  # fmt: skip


def test_a_number_that_is_not_exactly_whole_is_nobodys() -> None:
    exact, blurred = 9_007_199_254_740_990.0, 9_111_016_505_909_002.0
    assert nik_number().decode([float(PERSON), Decimal(PERSON), int(PERSON), None, 0, 0.0, Decimal(0)]) == Decoded(
        [PERSON, PERSON, PERSON, None, None, None, None]
    )
    strange = [blurred, exact, float("nan"), Decimal("NaN"), Decimal(f"{PERSON}.5"), True, -int(PERSON), str(PERSON)]
    assert nik_number().decode(strange) == Decoded([None] * 8, {FindingKind.UNDECODABLE: 8})
    assert nik_number().encode("3671013102909001") == nik_number().encode("x") == Spellings(())
    assert nik_number().encode(PERSON) == Spellings((int(PERSON),))
