"""BPS codes: what decodes is what SQL finds, on every engine; official codes and those of other widths are flaws."""
# ruff: noqa: RUF001  # look-alikes are the point

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.criteria import Order
from connectors.decoders import bps, bps_code, number_key
from connectors.mapping import Mapping, column
from models.predicates import Compare, Not, Operator, Predicate, is_in
from models.records import Record, field
from models.sources.findings import FindingKind
from models.values.types import AreaCode, BpsCode
from tests.connectors.conftest import Laboratory

CODES = ("3671", "3671010", "3671011", "3671010001", "3674010")
FLAWED = (
    "36.71.01", "36.71", "367101", "36710100", "36710100011", "3671010 ", " 3671010", "3671010\n", "367101O", "٣٦٧١",
    "367１", "3671-010", "BPS", "00", "+3671",
)  # fmt: skip
NOTHING = (None, "", "-", "0")
RANGES = (Operator.GT, Operator.GTE, Operator.LT, Operator.LTE)


class Place(Record, name="places"):
    """Something with a code of the statistics office."""

    id: str = field("The key")
    code: BpsCode | None = field("Any such code")
    district: BpsCode | None = field("The code where only districts are kept")


PLACES = Mapping(
    record=Place,
    source="bps",
    selectable=sa.table("bps", sa.column("id", sa.Integer), sa.column("kd", sa.String(40))),
    columns={
        "id": column("id", decoder=number_key()),
        "code": column("kd", decoder=bps_code()),
        "district": column("kd", decoder=bps_code(bps.DISTRICT)),
    },
)


@pytest.fixture(scope="module")
def places(laboratory: Laboratory) -> Iterator[Laboratory]:
    laboratory.write(
        "DROP TABLE IF EXISTS bps" if laboratory.engine == "postgresql" else "SELECT 1",
        f"CREATE TABLE bps (id INTEGER PRIMARY KEY, kd VARCHAR(40)) {laboratory.table_end}",
    )
    yield laboratory
    laboratory.write("DROP TABLE bps")


def store(places: Laboratory, texts: list[str | None]) -> dict[int, str | None]:
    kept = [text for text in texts if text is None or places.stores(text)]
    places.write("DELETE FROM bps")
    if kept:
        places.insert("bps", [{"id": at, "kd": text} for at, text in enumerate(kept)])
    return dict(enumerate(kept))


def test_codes_decode_and_nothing_else() -> None:
    decoded = bps_code().decode([*CODES, *FLAWED, *NOTHING])
    assert decoded.values == [*CODES, *[None] * (len(FLAWED) + len(NOTHING))]
    assert all(type(value) is BpsCode for value in decoded.values[: len(CODES)])
    assert decoded.flaws == {FindingKind.UNDECODABLE: len(FLAWED)}
    assert bps_code(bps.DISTRICT).decode(CODES).values == [None, "3671010", "3671011", None, "3674010"]


def test_what_a_column_does_not_keep_is_not_searched_for() -> None:
    assert bps_code(bps.DISTRICT).encode(BpsCode("3671010")).values == ("3671010",)
    assert bps_code(bps.DISTRICT).encode(BpsCode("3671010001")).values == ()
    assert bps_code().encode(AreaCode("36.71")).values == ()
    assert bps_code().encode("36.71.01").values == ()


def test_every_question_finds_what_decodes(places: Laboratory) -> None:
    rows = store(places, [*CODES, *CODES[:2], *FLAWED, *NOTHING])
    check_all(places, rows, CODES)


def check_all(places: Laboratory, rows: dict[int, str | None], codes: tuple[str, ...]) -> None:
    for name in ("code", "district"):
        clean = dict(zip(rows, PLACES.columns[name].decoder.decode([*rows.values()]).values, strict=True))

        def expect(predicate: Predicate, found: set[int], everything: set[int]) -> None:
            assert places.ids(PLACES, predicate) == found, predicate
            assert places.ids(PLACES, Not(predicate)) == everything - found, predicate

        expect(Compare(name, Operator.IS_NULL, ()), {key for key, code in clean.items() if code is None}, set(rows))
        for code in codes:
            expect(is_in(name, BpsCode(code)), {key for key, one in clean.items() if one == code}, set(rows))
            for operator in RANGES:
                expect(
                    Compare(name, operator, (BpsCode(code),)),
                    {key for key, one in clean.items() if one is not None and compares(operator, str(one), code)},
                    set(rows),
                )


def compares(operator: Operator, left: str, right: str) -> bool:
    return {
        Operator.GT: left > right,
        Operator.GTE: left >= right,
        Operator.LT: left < right,
        Operator.LTE: left <= right,
    }[operator]


def test_they_sort_as_text_and_nothing_comes_last(places: Laboratory) -> None:
    rows = store(places, ["3671011", None, "3671", "36.71.01", "3671010001", "3671010"])
    found = places.read(PLACES, ("id",), order=(Order("code"), Order("id"))).columns["id"]
    assert [rows[int(str(key))] for key in found] == ["3671", "3671010", "3671010001", "3671011", None, "36.71.01"]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(
        st.one_of(
            st.none(),
            st.text("0123456789", min_size=3, max_size=11),
            st.sampled_from((*CODES, *FLAWED)),
            st.text("37610.- \n", max_size=10),
        ),
        min_size=1,
        max_size=15,
    )
)
def test_whatever_is_stored(places: Laboratory, texts: list[str | None]) -> None:
    rows = store(places, texts)
    check_all(places, rows, ("3671", "3671010", "3671010001"))
