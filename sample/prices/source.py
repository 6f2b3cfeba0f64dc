"""The prices of the sample city's markets: the truth, and the dirty files."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it ships no types

from sample import dirt
from sample.city import SEED, WIB, Size
from sample.prices.texts import COMMODITIES, MARKETS, Commodity
from sample.shapes import Drop

Row = tuple[str | None, ...]
"""A row as a file has it: market, commodity, price."""

CSV_EVERY = 6
"""Every so many days somebody saves the list as CSV."""
MOVED_DAYS_AGO, LATE_DAYS_AGO, BROKEN_DAYS_AGO, CORRECTED_DAYS_AGO = 3, 5, 9, 14
_LATE_BY = timedelta(days=4)
_SAVED_AT = time(10, tzinfo=WIB)
_MARKET_SPREAD = 0.04
_YEAR_SPREAD = 0.08
_MISTYPED_EVERY = 5

_price = dirt.die("price")
_market = dirt.die("price market")
_commodity = dirt.die("price commodity")


def _grouped(amount: int) -> str:
    return f"{amount:,}".replace(",", ".")


_AMOUNTS: dict[str, Callable[[int], str]] = {
    "Rp. 11.000,-": lambda amount: f"Rp. {_grouped(amount)},-",
    "Rp. 11.000": lambda amount: f"Rp. {_grouped(amount)}",
    "Rp 11.000": lambda amount: f"Rp {_grouped(amount)}",
    "11.000": _grouped,
    "11000": str,
    "11000.00": lambda amount: f"{amount}.00",
}
_MARKETS: dict[str, Callable[[str], str]] = {
    "name": lambda name: name,
    "capitals": lambda name: f"PASAR {name.upper()}",
    "pasar": lambda name: f"Pasar {name}",
    "padded": lambda name: f"{name} ",
}
_COMMODITIES: dict[str, Callable[[Commodity], str]] = {
    "spaced": lambda commodity: commodity.written,
    "tight": lambda commodity: commodity.tight,
    "padded": lambda commodity: f"{commodity.written} ",
}


class PriceTruth(NamedTuple):
    """The true price in rupiah; None where the file has none, or the dirt destroyed it."""

    id: str
    day: date
    market_name: str | None
    commodity_id: str
    commodity_name: str
    unit: str
    amount: int | None


class PriceCase(NamedTuple):
    """What stands in a file and what must be given back. `draft` is the row of a first file that was corrected."""

    truth: PriceTruth
    legacy: Row
    draft: Row


def days(size: Size) -> list[date]:
    """The days with a file, from the first on; the last is the day before the city's clock."""
    return [size.day - timedelta(days=ago) for ago in range(size.price_days, 0, -1)]


def generate(size: Size, seed: int = SEED) -> Iterator[PriceCase]:
    """All prices day by day, market by market; the same for the same size and seed. The broken day is not there."""
    for day in days(size):
        if (size.day - day).days != BROKEN_DAYS_AGO:
            yield from cases_of(day, seed)


def cases_of(day: date, seed: int = SEED) -> Iterator[PriceCase]:
    """The prices of one day."""
    draw = Random(f"{seed}:prices:{day}").random
    for at, market in enumerate(MARKETS):
        spelling = _market(draw())
        for number, commodity in enumerate(COMMODITIES):
            yield _case(day, (market, spelling), (commodity, _amount(day, at, commodity, draw)), number, draw)


def _case(
    day: date, where: tuple[str, str], what: tuple[Commodity, int], number: int, draw: Callable[[], float]
) -> PriceCase:
    """One price: what is stored, what survives of it, and the same with a zero too many, as somebody first typed it."""
    (market, spelling), (commodity, amount) = where, what
    kind = _price(draw())
    written = _AMOUNTS[kind](amount) if kind in _AMOUNTS else dirt.stored(kind)
    mistyped = _AMOUNTS[kind](amount * 10) if kind in _AMOUNTS and number % _MISTYPED_EVERY == 0 else written
    known = spelling in _MARKETS
    place = _MARKETS[spelling](market) if known else f"Psr {market}"
    name = _COMMODITIES[_commodity(draw())](commodity)
    key = f"{day}/{market.upper() if known else place}/{commodity.written}"
    truth = PriceTruth(
        key, day, market if known else None, commodity.written, commodity.name, commodity.unit,
        amount if kind in _AMOUNTS else None,
    )  # fmt: skip
    return PriceCase(truth, (place, name, written), (place, name, mistyped))


def _amount(day: date, market: int, commodity: Commodity, draw: Callable[[], float]) -> int:
    """A price that goes up and down with the year, and a little from market to market, in steps of 100 rupiah."""
    season = math.sin((day.timetuple().tm_yday + len(commodity.name) * 11) / 365 * math.tau) * _YEAR_SPREAD
    spread = (market / len(MARKETS) - 0.5) * _MARKET_SPREAD + (draw() - 0.5) * _MARKET_SPREAD
    return max(round(commodity.usual * (1 + season + spread) / 100), 5) * 100


# --- Files ------------------------------------------------------------------------------------------------------------


def _write(folder: Path, size: Size, seed: int) -> None:
    """A file for each day, most as XLSX; one day twice, one too late, one with its header moved, one cut off."""
    for number, day in enumerate(days(size)):
        ago, cases = (size.day - day).days, list(cases_of(day, seed))
        saved = datetime.combine(day, _SAVED_AT) + (_LATE_BY if ago == LATE_DAYS_AGO else timedelta())
        special = ago in (MOVED_DAYS_AGO, BROKEN_DAYS_AGO, CORRECTED_DAYS_AGO)
        if number % CSV_EVERY == CSV_EVERY - 1 and not special:
            file = folder / f"harga {day:%d-%m-%Y}.csv"
            write_csv(file, [case.legacy for case in cases])
        else:
            file = folder / f"SEGAR_{day}.xlsx"
            first = [case.draft if ago == CORRECTED_DAYS_AGO else case.legacy for case in cases]
            write_xlsx(file, day, first, is_moved=ago == MOVED_DAYS_AGO)
        if ago == BROKEN_DAYS_AGO:
            cut(file)
        if ago == CORRECTED_DAYS_AGO:
            corrected = folder / f"SEGAR_{day}_revisi.xlsx"
            write_xlsx(corrected, day, [case.legacy for case in cases], is_moved=False)
            _date(corrected, saved + timedelta(days=1))
        _date(file, saved)


def _date(file: Path, saved: datetime) -> None:
    os.utime(file, (saved.timestamp(), saved.timestamp()))


DROP = Drop("prices", _write)


_HEADER = ("Pasar", "Komoditas", "Harga")
_DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
_MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
    "Desember",
)  # fmt: skip
_SOURCE = "Sumber: Perumda Pasar Kota Tangerang"
_USUAL_PLACE, _MOVED_PLACE = (3, 1), (7, 2)
"""Row and column, from 0, of the first cell of the header; the column before it numbers the rows."""
_KEPT_SHARE = 0.6


def write_xlsx(file: Path, day: date, rows: Sequence[tuple[str | None, ...]], *, is_moved: bool) -> None:
    """A workbook of one sheet: title and day, the header further down, the rows, and a remark below them."""
    top, left = _MOVED_PLACE if is_moved else _USUAL_PLACE
    workbook = Workbook(file, {"in_memory": True})
    # Or two files of one city would differ by when they were written.
    workbook.set_properties({"created": datetime(day.year, day.month, day.day)})  # noqa: DTZ001  # a spreadsheet knows no zone
    sheet = workbook.add_worksheet("Harga")
    sheet.write_string(0, 0, "DAFTAR HARGA KEBUTUHAN POKOK DI PASAR TRADISIONAL")
    sheet.write_string(1, 0, f"{_DAYS[day.weekday()]}, {day.day:02} {_MONTHS[day.month - 1]} {day.year}")
    sheet.write_row(top, left - 1, ("No", *_HEADER))
    for number, row in enumerate(rows, start=1):
        sheet.write_number(top + number, left - 1, number)
        for at, cell in enumerate(row):
            if cell:
                sheet.write_string(top + number, left + at, cell)
    sheet.write_string(top + len(rows) + 1, left - 1, _SOURCE)
    workbook.close()


def write_csv(file: Path, rows: Sequence[tuple[str | None, ...]]) -> None:
    """With semicolons, in Windows-1252 and with its line ends, as an Indonesian spreadsheet saves it."""
    with file.open("w", encoding="cp1252", newline="") as opened:
        writer = csv.writer(opened, delimiter=";", lineterminator="\r\n")
        writer.writerow(_HEADER)
        writer.writerows(rows)


def cut(file: Path) -> None:
    """Keep the first part of a file, as after an interrupted copy."""
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * _KEPT_SHARE)])
