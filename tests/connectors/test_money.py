"""Every form in which an office writes money decodes to an exact amount, and what is no amount is a flaw."""
# ruff: noqa: RUF001  # look-alikes are the point

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.decoders import amount, money, money_range
from models.sources.findings import FindingKind
from models.values.types import Money, MoneyRange


def rupiah(amount: str | int) -> Money:
    return Money(Decimal(amount), "IDR")


AMOUNTS = {
    "Rp. 11.000,-": 11_000,
    "Rp 11.000": 11_000,
    "Rp11.000,00": 11_000,
    "rp. 11.000,--": 11_000,
    "IDR 11.000": 11_000,
    "11.000": 11_000,
    "11000": 11_000,
    "1.200.000": 1_200_000,
    "11000.00": 11_000,
    " 11.000 ": 11_000,
    "Rp.  11.000": 11_000,
    "500": 500,
    "Rp. 0,-": 0,
    "Gratis": 0,
    "GRATIS": 0,
    "Tidak dipungut biaya": 0,
    "999.999.999.999": 999_999_999_999,
}
NO_AMOUNTS = (
    "11.00.000", "1.2000", "11000.000", "11.000.00", "11.5", "011", "0.500", "-5", "+5", "1e3", "Rp", "Rp. ",
    "sesuai perda", "11.000 rupiah", "١١", "１１", "11,000", "$5", "11.000,-,-", "Infinity", "NaN", "rıbu", "\n",
)  # fmt: skip

RANGES = {
    "1 - 2 Juta": (1_000_000, 2_000_000),
    "1-2 juta": (1_000_000, 2_000_000),
    "1 – 2 Juta": (1_000_000, 2_000_000),
    "1 Juta - 2 Juta": (1_000_000, 2_000_000),
    "2,5 - 3 jt": (2_500_000, 3_000_000),
    "500 Ribu - 1 Juta": (500_000, 1_000_000),
    "500.000 - 1 Juta": (500_000, 1_000_000),
    "Rp. 3.000.000 - Rp. 5.000.000": (3_000_000, 5_000_000),
    "Rp 3.000.000,- s/d 4.500.000,-": (3_000_000, 4_500_000),
    "3.000.000 sampai dengan 4.000.000": (3_000_000, 4_000_000),
    "4.500.000": (4_500_000, 4_500_000),
    "Rp. 11.000,-": (11_000, 11_000),
    "> 5 Juta": (5_000_000, None),
    "Minimal Rp. 3 Juta": (3_000_000, None),
    "< 1 Juta": (None, 1_000_000),
    "Maksimal 10 Juta": (None, 10_000_000),
}
NO_RANGES = (
    "2 - 1 Juta", "Nego", "Kompetitif", "1 - 2 - 3 Juta", "- 2 Juta", "1 Juta -", "1.5 Juta", "> Nego", "juta",
    "1 r\u0131bu", "1 - 2 Ju\u017fa",
)  # fmt: skip


@pytest.mark.parametrize(("text", "amount"), AMOUNTS.items())
def test_an_amount(text: str, amount: int) -> None:
    decoded = money("IDR").decode([text])
    assert decoded.values == [rupiah(amount)]
    assert decoded.flaws == {}
    assert str(decoded.values[0].amount) == str(amount)


def test_hundredths_are_exact() -> None:
    assert money("IDR").decode(["Rp 1.234,56", "1234.56", "1,5"]).values == [
        rupiah("1234.56"), rupiah("1234.56"), rupiah("1.5"),
    ]  # fmt: skip


def test_what_is_no_amount_is_null_and_counted() -> None:
    for text in NO_AMOUNTS:
        decoded = money("IDR").decode([text])
        assert decoded.values == [None], text
        assert decoded.flaws == {FindingKind.UNDECODABLE: 1}, text


def test_nothing_is_null_and_no_flaw() -> None:
    for decoder in (money("IDR"), money_range("IDR")):
        decoded = decoder.decode([None, "", "-"])
        assert (decoded.values, decoded.flaws) == ([None] * 3, {})
    assert money_range("IDR", nulls=("Nego",)).decode(["Nego"]).flaws == {}


ZEROS = ("0", "0.00", "0,00", "Rp. 0,-", "Rp 0", "0,0", "0.0000", "00.00", "Gratis")


def test_zero_is_null_only_where_the_mapping_says_so() -> None:
    """A fee of nothing is a fee; where zero means that nobody knows, the mapping says it, once for every spelling."""
    free = money("IDR").decode(ZEROS)
    assert (free.values, free.flaws) == ([rupiah(0)] * len(ZEROS), {})
    unknown = money("IDR", zero_is_null=True).decode([*ZEROS, "11.000"])
    assert (unknown.values, unknown.flaws) == ([None] * len(ZEROS) + [rupiah(11_000)], {})
    assert money_range("IDR", zero_is_null=True).decode(["0", "0 - 1 Juta"]).values == [
        None,
        MoneyRange(rupiah(0), rupiah(1_000_000)),
    ]
    forms = ("{}", "Rp. {},-", "{}.00")
    written = ["0", "Rp. 0,-", "0.00", "5"]
    assert amount("IDR", *forms, digits_max=6).decode(written).values == [rupiah(0)] * 3 + [rupiah(5)]
    known = amount("IDR", *forms, digits_max=6, zero_is_null=True)
    assert known.decode(written).values == [None] * 3 + [rupiah(5)]
    assert known.encode(rupiah(0)).values == ()


def test_dollars_beside_rupiah() -> None:
    texts = ["$1,234.56", "US$ 1,234", "1,234,567.8", "1234.56", "$0.00", "USD 5", "$1.234,56", "$12,34"]
    decoded = money("USD", decimal=".").decode(texts)
    assert decoded.values == [
        *(Money(Decimal(number), "USD") for number in ("1234.56", "1234", "1234567.8", "1234.56", "0", "5")),
        None,
        None,
    ]
    assert decoded.flaws == {FindingKind.UNDECODABLE: 2}
    assert money_range("USD", decimal=".").decode(["$50,000 - $65,000.50"]).values == [
        MoneyRange(Money(Decimal(50_000), "USD"), Money(Decimal("65000.5"), "USD"))
    ]
    assert money("IDR").decode(["Rp. 11.000,-", "$5"]).values == [rupiah(11_000), None]


@pytest.mark.parametrize(("text", "bounds"), RANGES.items())
def test_a_range(text: str, bounds: tuple[int | None, int | None]) -> None:
    low, high = (None if bound is None else rupiah(bound) for bound in bounds)
    decoded = money_range("IDR").decode([text])
    assert (decoded.values, decoded.flaws) == ([MoneyRange(low, high)], {})


def test_what_is_no_range_is_null_and_counted() -> None:
    for text in NO_RANGES:
        decoded = money_range("IDR").decode([text])
        assert (decoded.values, decoded.flaws) == ([None], {FindingKind.UNDECODABLE: 1}), text


def test_another_currency_is_written_by_its_code() -> None:
    assert money("USD").decode(["USD 5", "Rp 5"]).values == [Money(Decimal(5), "USD"), None]
    with pytest.raises(ValueError, match="three-letter code"):
        money("rupiah")


@given(st.integers(1, 10**15 - 1))
def test_grouped_plain_and_database_spellings_are_one_amount(amount: int) -> None:
    grouped = f"{amount:,}".replace(",", ".")
    texts = [grouped, f"Rp. {grouped},-", str(amount), f"{amount}.00"]
    assert money("IDR").decode(texts).values == [rupiah(amount)] * 4


@given(st.text(max_size=20) | st.text("Rp.0123456789,- jtauribu><sd/\u0130\u0131\u017f", max_size=20))
def test_no_text_fails(text: str) -> None:
    for decoder in (money("IDR"), money_range("IDR")):
        decoded = decoder.decode([text])
        assert (decoded.values == [None]) or decoded.flaws == {}
