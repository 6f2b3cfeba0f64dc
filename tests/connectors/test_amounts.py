"""Amounts: what decodes is what SQL finds and sorts, on every engine; what is written otherwise is a flaw."""
# ruff: noqa: RUF001  # look-alikes are the point

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.criteria import Order
from connectors.decoders import amount, number_key
from connectors.mapping import Mapping, column
from models.predicates import Compare, Not, Operator, Predicate, is_in
from models.records import Record, field
from models.sources.findings import FindingKind
from models.values.types import Money
from tests.connectors.conftest import Laboratory

PRICE = amount("IDR", "{}", "Rp. {},-", "Rp {}", "{}.00", digits_max=6)
WRITTEN = {
    "500": 500,
    "9": 9,
    "11000": 11_000,
    "11.000": 11_000,
    "Rp. 11.000,-": 11_000,
    "Rp. 11000,-": 11_000,
    "Rp 11.000": 11_000,
    "11000.00": 11_000,
    "999.999": 999_999,
    "999999.00": 999_999,
    "Rp. 0,-": 0,
    "Rp 0": 0,
    "0.00": 0,
    "1.00": 1,
}
FLAWED = (
    "11.00.000", "1.2000", "11.000.00", "011", "0.500", "00", "Rp. 011,-", "-5", "1e3", "Rp", "Rp. ", "11000.0",
    "1.000.000", "1000000", "rp 11.000", "Rp. 11.000", "RP. 11.000,-", "11.000,-", "11,000", " 11.000", "11.000 ",
    "11.000\n", "١١", "１１", "habis", "Rp. -,-", "Gratis", "11.000.000", "%", "_",
)  # fmt: skip
NOTHING = (None, "", "-")
ASKED = (
    "-1",
    "0",
    "0.5",
    "9",
    "500",
    "10999.999",
    "11000",
    "11000.5",
    "11001",
    "999999",
    "999999.5",
    "1000000",
    "1e12",
)
RANGES = (Operator.GT, Operator.GTE, Operator.LT, Operator.LTE)


class Good(Record, name="goods"):
    """Something with a price."""

    id: str = field("The key")
    price: Money | None = field("What it costs", sort=True)


GOODS = Mapping(
    record=Good,
    source="uji",
    selectable=sa.table("barang", sa.column("id", sa.Integer), sa.column("harga", sa.String(40))),
    columns={"id": column("id", decoder=number_key()), "price": column("harga", decoder=PRICE)},
)


def rupiah(number: str | int | Decimal) -> Money:
    return Money(Decimal(number), "IDR")


@pytest.fixture(scope="module")
def goods(laboratory: Laboratory) -> Iterator[Laboratory]:
    laboratory.write(f"CREATE TABLE barang (id INTEGER PRIMARY KEY, harga VARCHAR(40)) {laboratory.table_end}")
    yield laboratory
    laboratory.write("DROP TABLE barang")


def store(goods: Laboratory, texts: list[str | None]) -> dict[int, str | None]:
    kept = [text for text in texts if text is None or goods.stores(text)]
    goods.write("DELETE FROM barang")
    if kept:
        goods.insert("barang", [{"id": at, "harga": text} for at, text in enumerate(kept)])
    return dict(enumerate(kept))


def test_amounts_decode_and_nothing_else() -> None:
    decoded = PRICE.decode([*WRITTEN, *FLAWED, *NOTHING])
    assert decoded.values == [*map(rupiah, WRITTEN.values()), *[None] * (len(FLAWED) + len(NOTHING))]
    assert decoded.flaws == {FindingKind.UNDECODABLE: len(FLAWED)}


@pytest.mark.parametrize("number", [0, 7, 999, 1_000, 11_000, 999_999])
def test_a_value_is_looked_for_as_it_may_be_written(number: int) -> None:
    spelled = PRICE.encode(rupiah(number)).values
    assert set(PRICE.decode(spelled).values) == {rupiah(number)}
    assert len(spelled) == {0: 4, 7: 4, 999: 4}.get(number, 7)


@pytest.mark.parametrize("value", [rupiah(-1), rupiah("0.5"), rupiah(1_000_000), Money(Decimal(5), "USD"), 5, None])
def test_what_no_row_has_is_not_looked_for(value: object) -> None:
    assert PRICE.encode(value).values == ()


def test_what_no_row_can_be_compared_with_is_refused() -> None:
    for value in (Money(Decimal(5), "USD"), 5):
        with pytest.raises(ValueError, match="same currency"):
            PRICE.comparable(value)


@pytest.mark.parametrize(
    "forms", [(), ("Rp",), ("{}", "{}"), ("{}{}",), ("[{}]",), ("{}", "{}.000"), ("Rp. {}\n",), ("#{}",)]
)
def test_forms_that_say_nothing_or_the_same_are_refused(forms: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"forms are|two forms"):
        amount("IDR", *forms, digits_max=6)


@pytest.mark.parametrize("digits_max", [0, 13])
def test_the_number_of_digits_is_bounded(digits_max: int) -> None:
    with pytest.raises(ValueError, match="1 to 12 digits"):
        amount("IDR", "{}", digits_max=digits_max)


def test_every_question_finds_what_decodes(goods: Laboratory) -> None:
    check_all(goods, store(goods, [*WRITTEN, *FLAWED, *NOTHING]))


def check_all(goods: Laboratory, rows: dict[int, str | None]) -> None:
    clean = dict(zip(rows, PRICE.decode([*rows.values()]).values, strict=True))
    amounts = {key: one.amount for key, one in clean.items() if isinstance(one, Money)}

    def expect(predicate: Predicate, found: set[int]) -> None:
        assert goods.ids(GOODS, predicate) == found, predicate
        assert goods.ids(GOODS, Not(predicate)) == set(rows) - found, predicate

    expect(Compare("price", Operator.IS_NULL, ()), set(rows) - set(amounts))
    for asked in map(Decimal, ASKED):
        expect(is_in("price", rupiah(asked)), {key for key, one in amounts.items() if one == asked})
        for operator in RANGES:
            found = {key for key, one in amounts.items() if compares(operator, one, asked)}
            expect(Compare("price", operator, (rupiah(asked),)), found)


def compares(operator: Operator, left: Decimal, right: Decimal) -> bool:
    return {
        Operator.GT: left > right,
        Operator.GTE: left >= right,
        Operator.LT: left < right,
        Operator.LTE: left <= right,
    }[operator]


@pytest.mark.parametrize("descending", [False, True])
def test_they_sort_as_numbers_and_nothing_comes_last(goods: Laboratory, *, descending: bool) -> None:
    rows = store(goods, ["Rp. 9,-", None, "11.000", "900.00", "habis", "Rp 100.000", "2000", "Rp. 0,-"])
    order = (Order("price", descending), Order("id"))
    found = goods.read(GOODS, ("id",), order=order).columns["id"]
    sorted_rows = ["Rp. 0,-", "Rp. 9,-", "900.00", "2000", "11.000", "Rp 100.000"]
    assert [rows[int(str(key))] for key in found] == [
        *(sorted_rows[::-1] if descending else sorted_rows),
        None,
        "habis",
    ]


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(
        st.one_of(
            st.text("0123456789.", min_size=1, max_size=9),
            st.text("0123456789Rp.,- ", max_size=14),
            st.sampled_from((*WRITTEN, *FLAWED)),
        ),
        min_size=1,
        max_size=15,
    )
)
def test_whatever_is_stored(goods: Laboratory, texts: list[str | None]) -> None:
    check_all(goods, store(goods, texts))
