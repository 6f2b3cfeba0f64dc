"""Numbers, days, times and amounts as the readers of each language write them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from api.pages.wording import Wording
from connectors.departments.city import TANGERANG
from models.values.localized import Language

NOW = datetime(2026, 11, 20, 3, 30, tzinfo=UTC)
ID, EN = (Wording(language, TANGERANG, NOW) for language in (Language.ID, Language.EN))


@pytest.mark.parametrize(
    ("moment", "indonesian", "english"),
    [
        (datetime(2026, 11, 20, 3, 15, tzinfo=UTC), "per 10.15 WIB", "as of 10:15 WIB"),
        (datetime(2026, 11, 19, 16, 59, tzinfo=UTC), "per 19 Nov, 23.59 WIB", "as of 19 Nov, 23:59 WIB"),
        (datetime(2026, 11, 19, 17, 0, tzinfo=UTC), "per 00.00 WIB", "as of 00:00 WIB"),
        (datetime(2025, 12, 31, 17, 0, tzinfo=UTC), "per 1 Jan, 00.00 WIB", "as of 1 Jan, 00:00 WIB"),
        (datetime(2025, 12, 31, 16, 0, tzinfo=UTC), "per 31 Des 2025, 23.00 WIB", "as of 31 Dec 2025, 23:00 WIB"),
        (None, "umur tidak diketahui", "age not known"),
    ],
)
def test_how_old_something_is(moment: datetime | None, indonesian: str, english: str) -> None:
    assert (ID.as_of(moment), EN.as_of(moment)) == (indonesian, english)


def test_numbers() -> None:
    assert [ID.number(value) for value in (0, 1028, 3.25, None)] == ["0", "1.028", "3,2", "\N{EN DASH}"]
    assert [EN.number(value) for value in (0, 1028, 3.25, None)] == ["0", "1,028", "3.2", "\N{EN DASH}"]


def test_amounts_and_changes() -> None:
    assert (ID.money(Decimal("46417.33")), EN.money(Decimal("46417.33"))) == ("Rp46.417", "IDR46,417")
    assert ID.change(Decimal(105), Decimal(100)) == "+5,0 %"
    assert EN.change(Decimal(95), Decimal(100)) == "\N{MINUS SIGN}5.0 %"
    assert [EN.change(*pair) for pair in ((None, Decimal(1)), (Decimal(1), None), (Decimal(1), Decimal(0)))] == [
        "\N{EN DASH}"
    ] * 3


def test_days() -> None:
    assert (ID.day(date(2026, 8, 17)), EN.day(None)) == ("17 Agu 2026", "\N{EN DASH}")
    assert ID.day(date(2026, 11, 20), weekday=True) == "Jumat, 20 November 2026"
    assert ID.today == date(2026, 11, 20)
