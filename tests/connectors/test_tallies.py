"""Tallies count exactly, name few rows, and keep what could be a person's to themselves."""

from __future__ import annotations

import pytest

from connectors.catalog import kind_of_type
from connectors.decoders import codes, nik, number_key, position, text
from connectors.mapping import column
from models.records import Field, PersonalClass
from models.sources.findings import FindingKind
from models.values.types import Box
from onboarding.tallies import (
    CODES_MAX,
    JOIN_VALUES_MAX,
    FieldTally,
    JoinTally,
    OrderTally,
    UniqueTally,
    flawed_rows,
    shown_code,
)


def contract(personal: PersonalClass = PersonalClass.NON_PERSONAL) -> Field:
    return Field("kind", str, True, "A kind", personal, False, False, False)


KEYS = [str(number) for number in range(1_000)]


def test_flawed_rows_are_found_wherever_they_are() -> None:
    raw = ["x" if row in (0, 3, 4, 511, 998, 999) else "3671010101900001" for row in range(1_000)]
    found = list(flawed_rows(nik(), [raw], FindingKind.UNDECODABLE, decoded_count=6))
    assert found == [0, 3, 4, 511, 998, 999]
    assert list(flawed_rows(nik(), [raw[5:100]], FindingKind.UNDECODABLE, decoded_count=0)) == []


def test_flaws_of_several_columns_and_kinds() -> None:
    tally = FieldTally(contract(), column("lat", "lng", decoder=position(Box(-6.26, 106.55, -6.09, 106.75))))
    values = tally.add([["-6.2", "106.6", "-9", "", None], ["106.6", "-6.2", "106.6", "", None]], KEYS[:5])
    assert [value is None for value in values] == [False, False, True, True, True]
    assert {kind: (flawed.rows, flawed.keys) for kind, flawed in tally.flaws.items()} == {
        FindingKind.UNDECODABLE: (1, ["2"]),
        FindingKind.SWAPPED_COORDINATES: (1, ["1"]),
    }
    assert (tally.rows, tally.nulls) == (5, 3)
    assert tally.raw_kinds == {"lat": {"text"}, "lng": {"text"}}


def test_keys_are_few_and_none_is_made_up() -> None:
    tally = FieldTally(contract(), column("x", decoder=number_key()))
    for _ in range(3):
        tally.add([["x", "y", 1]], ["a", None, "c"])
    assert (tally.flaws[FindingKind.UNDECODABLE].rows, tally.flaws[FindingKind.UNDECODABLE].keys) == (6, ["a"] * 3)
    tally.add([["x"] * 1_000], KEYS)
    assert tally.flaws[FindingKind.UNDECODABLE].keys == ["a", "a", "a", "0", "1"]
    assert tally.raw_kinds == {"x": {"text", "number"}}


def test_codes_are_bounded() -> None:
    mapped = column("x", decoder=codes({"A": "a"}, nulls=("",)))
    tally = FieldTally(contract(), mapped)
    tally.add([[f"C{number}" for number in range(CODES_MAX + 3)] + ["A", "", None, "C1"]], KEYS[: CODES_MAX + 7])
    assert (len(tally.codes), tally.codes["C1"], tally.codes_not_shown) == (CODES_MAX, 2, 3)
    hidden = FieldTally(contract(PersonalClass.GENERAL), mapped)
    hidden.add([["C1", "A"]], KEYS[:2])
    assert (hidden.codes, hidden.codes_not_shown) == ({}, 1)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Dikembalikan", "Dikembalikan"),
        ("", ""),
        (9, "9"),
        ("12345", "12345"),
        ("123456", None),
        ("3671010101900001", None),
        ("36.71.01", None),
        ("a@example.com", None),
        ("x" * 25, None),
        ("a\x1b[31m", "'a\\x1b[31m'"),
        ("\udce9", "'\\udce9'"),
    ],
)
def test_codes_that_are_shown(value: object, shown: str | None) -> None:
    assert shown_code(value) == shown


def test_repeated_values() -> None:
    unique = UniqueTally("code")
    unique.add(["a", "b", None, "a"], KEYS[:4])
    unique.add([None, "a", "b"], KEYS[4:7])
    assert (unique.repeated.rows, unique.repeated.keys) == (3, ["3", "5", "6"])


def test_joins_are_bounded() -> None:
    join = JoinTally("code")
    join.add([str(number) for number in range(JOIN_VALUES_MAX)], [None] * JOIN_VALUES_MAX)
    assert not join.stopped
    join.add(["0", None, "one more"], KEYS[:3])
    assert (join.stopped, len(join.values)) == (True, JOIN_VALUES_MAX)
    assert (join.orphans(["0", "1"]).rows, join.orphans(["0", "1"]).keys) == (3, ["0"])


def test_orders_go_on_over_nulls_and_pages() -> None:
    order = OrderTally("at", "id")
    order.add([1, None, 1, 5], KEYS[:4])
    order.add([4, None, 4, 9, 2], KEYS[4:9])
    assert (order.rows, order.backwards.rows, order.backwards.keys) == (7, 2, ["4", "8"])


@pytest.mark.parametrize(
    ("type_name", "kind"),
    [
        ("VARCHAR(20)", "text"), ('VARCHAR(20) COLLATE "C"', "text"), ("LONGTEXT", "text"), ("ENUM('a','b')", "text"),
        ("CHAR(1)", "text"), ("INTEGER", "number"), ("BIGINT(20)", "number"), ("TINYINT(1)", "number"),
        ("NUMERIC(10, 2)", "number"), ("DOUBLE PRECISION", "number"), ("DATE", "moment"), ("TIMESTAMP", "moment"),
        ("DATETIME", "moment"), ("INTERVAL", None), ("BLOB", None), ("NULL", None), ("BOOLEAN", None), ("POINT", None),
    ],
)  # fmt: skip
def test_kinds_of_types(type_name: str, kind: str | None) -> None:
    assert kind_of_type(type_name) == kind


def test_text_that_is_fine_is_no_flaw() -> None:
    tally = FieldTally(contract(), column("x", decoder=text()))
    assert tally.add([["a", "-", None]], KEYS[:3]) == ["a", None, None]
    assert (tally.nulls, tally.flaws) == (2, {})
