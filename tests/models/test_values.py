"""Value types: what each accepts, what it refuses, and the laws that hold for every value."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.values.identity import NIK
from models.values.types import AreaCode, Box, BpsCode, FamilyCardNumber, Money, MoneyRange, Nik, Position

TODAY = date(2026, 3, 5)

# --- Nik --------------------------------------------------------------------------------------------------------------


def _nik(day: int = 15, month: int = 5, year: int = 90) -> str:
    return f"367101{day:02}{month:02}{year:02}9001"


@pytest.mark.parametrize(
    "text",
    [
        _nik(day=1),
        _nik(day=31),
        _nik(day=41),
        _nik(day=71),
        _nik(day=30, month=4),
        _nik(day=31, month=12),
        _nik(day=29, month=2, year=0),
        _nik(day=29, month=2, year=96),
        _nik(day=69, month=2, year=4),
        "1101010101019001",
    ],
)
def test_a_possible_nik_is_accepted(text: str) -> None:
    assert Nik.is_valid(text)
    assert Nik(text) == text
    assert type(Nik(text)) is Nik


@pytest.mark.parametrize(
    "text",
    [
        "",
        _nik()[:15],
        _nik() + "0",
        _nik(day=0),
        _nik(day=32),
        _nik(day=40),
        _nik(day=72),
        _nik(day=80),
        _nik(day=81),
        _nik(day=99),
        _nik(month=0),
        _nik(month=13),
        _nik(day=31, month=4),
        _nik(day=71, month=4),
        _nik(day=30, month=2),
        _nik(day=29, month=2, year=1),
        _nik(day=69, month=2, year=90),
        "1001011505909001",
        "3671011505900000",
        "367101150590900a",
        "367101150590900 ",
        " 367101150590900",
        "\uff13\uff16\uff17\uff11\uff10\uff11\uff11\uff15\uff10\uff15\uff19\uff10\uff19\uff10\uff10\uff11",
        "367101150590900\u0661",
        "367101150590900\u00b2",
        "3671.01.150590.90",
        "2147483647",
    ],
)
def test_an_impossible_nik_is_refused(text: str) -> None:
    assert not Nik.is_valid(text)
    with pytest.raises(ValueError, match="not a NIK"):
        Nik(text)


@pytest.mark.parametrize(
    "text",
    [
        "3671015505909001",
        "36.71.01.550590.9001",
        "3671-0155-0590-9001",
        "3671 0155 0590 9001",
        "367101.550590.9001",
        "367101-550590-9001",
        "  3671015505909001\n",
    ],
)
def test_every_spelling_of_a_nik_is_one_person(text: str) -> None:
    assert NIK.parse(text) == "3671015505909001"


def test_a_nik_that_holds_anything_else_is_not_parsed() -> None:
    for text in ("3671/0155/0590/9001", "3671_015505909001", "NIK 3671015505909001"):
        with pytest.raises(ValueError, match="no possible NIK"):
            NIK.parse(text)


def test_the_refusal_does_not_repeat_the_number() -> None:
    with pytest.raises(ValueError, match="not a NIK") as refusal:
        Nik("3671019905909001")
    assert "3671" not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "born"),
    [
        (_nik(day=15, month=5, year=90), date(1990, 5, 15)),
        (_nik(day=55, month=5, year=90), date(1990, 5, 15)),
        (_nik(day=5, month=3, year=26), date(2026, 3, 5)),
        (_nik(day=6, month=3, year=26), date(1926, 3, 6)),
        (_nik(day=71, month=12, year=27), date(1927, 12, 31)),
        (_nik(day=29, month=2, year=0), date(2000, 2, 29)),
        (_nik(day=40 + 29, month=2, year=24), date(2024, 2, 29)),
    ],
)
def test_birth_date(text: str, born: date) -> None:
    assert Nik(text).birth_date(TODAY) == born


def test_29_february_of_a_century_is_the_last_one_that_was() -> None:
    assert Nik(_nik(day=29, month=2, year=0)).birth_date(date(2100, 3, 1)) == date(2000, 2, 29)
    assert Nik(_nik(day=29, month=2, year=0)).birth_date(date(2000, 1, 15)) == date(1600, 2, 29)


@given(st.integers(0, 36_000), st.booleans())
def test_whoever_is_under_99_gets_their_birthday_back(days: int, woman: bool) -> None:
    born = TODAY - timedelta(days=days)
    nik = Nik(_nik(born.day + 40 * woman, born.month, born.year % 100))
    assert nik.birth_date(TODAY) == born


@given(st.text(alphabet="0123456789", min_size=16, max_size=16))
def test_every_nik_has_a_birth_date(digits: str) -> None:
    if Nik.is_valid(digits):
        assert date(1900, 1, 1) < Nik(digits).birth_date(TODAY) <= TODAY


# --- Other numbers ----------------------------------------------------------------------------------------------------


def test_family_card_numbers() -> None:
    assert FamilyCardNumber("3671019999999999") == "3671019999999999"
    assert FamilyCardNumber.parse(" 3671.0101-0190 9001 ") == "3671010101909001"
    assert type(FamilyCardNumber.parse("3671010101909001")) is FamilyCardNumber


@pytest.mark.parametrize(
    "text", ["", "367101010190900", "36710101019090011", "0971010101909001", "\uff13671010101909001"]
)
def test_what_is_no_family_card_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a family card number"):
        FamilyCardNumber(text)


# --- Areas ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["36", "36.71.05.1003", "E07000178", "06.44000.019", "ward_7", "N-W", "3:b", "a" * 40])
def test_an_area_code_is_what_a_city_makes_it(text: str) -> None:
    assert AreaCode(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "36.", ".36", "36.71.05..1003", "36.71.05.1003\n", "36 71", "36/71", "a" * 41, "<b>", "d\u00e9", "\uff13671"],
)
def test_what_is_no_area_code_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an area code"):
        AreaCode(text)


def test_bps_codes_are_another_type() -> None:
    for text in ("3671", "3671010", "3671010001"):
        assert type(BpsCode(text)) is BpsCode
        assert not isinstance(BpsCode(text), AreaCode)


@pytest.mark.parametrize("text", ["", "36.71", "36 71", "\uff13671", "3671\n"])
def test_what_is_no_bps_code_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a code of the statistics office"):
        BpsCode(text)


# --- Places -----------------------------------------------------------------------------------------------------------

BOX = Box(south=-6.26, west=106.55, north=-6.09, east=106.75)


@pytest.mark.parametrize(
    ("latitude", "longitude", "inside"),
    [
        (-6.18, 106.63, True),
        (-6.26, 106.55, True),
        (-6.09, 106.75, True),
        (-6.2601, 106.63, False),
        (-6.0899, 106.63, False),
        (-6.18, 106.5499, False),
        (-6.18, 106.7501, False),
        (106.63, -6.18, False),
        (0.0, 0.0, False),
        (float("nan"), 106.63, False),
        (-6.18, float("inf"), False),
    ],
)
def test_a_box_contains_its_borders_and_nothing_else(latitude: float, longitude: float, *, inside: bool) -> None:
    assert BOX.contains(Position(latitude, longitude)) is inside


@pytest.mark.parametrize(
    "sides",
    [
        (-6.09, 106.55, -6.26, 106.75),
        (-6.26, 106.75, -6.09, 106.55),
        (-6.26, 106.55, -6.26, 106.75),
        (-91.0, 106.55, -6.09, 106.75),
        (-6.26, 106.55, -6.09, 181.0),
        (float("nan"), 106.55, -6.09, 106.75),
    ],
)
def test_a_box_that_is_none_is_refused(sides: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="a box reaches"):
        Box(*sides)


# --- Amounts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_an_amount_is_a_finite_number(text: str) -> None:
    with pytest.raises(ValueError, match="finite number"):
        Money(Decimal(text), "IDR")


@pytest.mark.parametrize("currency", ["", "ID", "IDRR", "idr", "Idr", "I1R", "ID ", "ÉUR", "IDR\n"])
def test_a_currency_is_three_capitals(currency: str) -> None:
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(Decimal(1), currency)


def test_a_range_of_money() -> None:
    low, high = Money(Decimal(1_000_000), "IDR"), Money(Decimal(2_000_000), "IDR")
    assert MoneyRange(low, high).max == high
    assert MoneyRange(low, low).min == low
    assert MoneyRange(None, high).min is None
    assert MoneyRange(low, None).max is None
    with pytest.raises(ValueError, match="not above the upper"):
        MoneyRange(high, low)
    with pytest.raises(ValueError, match="one currency"):
        MoneyRange(low, Money(Decimal(2_000_000), "USD"))


def test_money_is_equal_by_amount() -> None:
    assert Money(Decimal("11000.00"), "IDR") == Money(Decimal(11000), "IDR")
    assert hash(Money(Decimal("11000.00"), "IDR")) == hash(Money(Decimal(11000), "IDR"))
