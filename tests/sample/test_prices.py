"""The prices: the truth is what can be won back from the files, and the folder is as one expects it."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from math import sqrt
from pathlib import Path

import pytest

from sample import areas, city, rates
from sample.prices import source as prices
from sample.prices.source import PriceCase, Row
from sample.prices.texts import COMMODITIES, DISTRICTS, MARKETS

SMALL = city.SIZES["small"]
CASES = list(prices.generate(SMALL))
UNITS = {
    "kg": "KILOGRAM", "liter": "LITRE", "butir": "PIECE", "buah": "PIECE", "ekor": "HEAD", "ikat": "BUNCH",
    "botol": "BOTTLE", "kaleng": "TIN", "bungkus": "PACKET",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prices")
    prices.DROP.write(folder, SMALL, city.SEED)
    return folder


def _amount(cell: object) -> int | None:
    found = re.fullmatch(r"(?:Rp\.? )?(\d{1,3}(?:\.\d{3})*|\d+)(?:,-|\.00)?", str(cell))
    return int(found[1].replace(".", "")) if found else None


def test_the_truth_is_what_can_be_won_back() -> None:
    for case in CASES:
        place, name, price = case.legacy
        market = re.sub(r"(?i)^pasar ", "", str(place)).strip().title()
        written = re.sub(r"(?<! )\(", " (", str(name)).strip()
        unit = re.search(r" \((\w+)\)$", written)
        known = UNITS.get(unit[1]) if unit else None
        truth = case.truth
        assert truth.market_name == (market if market in MARKETS else None)
        assert truth.commodity_id == written
        assert truth.commodity_name == (written[: -len(str(unit and unit[0]))] if known else written)
        assert truth.unit == (known or "UNKNOWN")
        assert truth.amount == _amount(price)
        assert truth.id == f"{truth.day}/{market.upper() if market in MARKETS else place}/{written}"


def test_the_same_seed_gives_the_same_prices_and_another_seed_others() -> None:
    assert list(prices.generate(SMALL)) == CASES
    assert list(prices.generate(SMALL, seed=1)) != CASES


def test_every_day_but_the_broken_one_has_a_price_of_every_commodity_in_every_market() -> None:
    last = city.CLOCK.date() - timedelta(days=1)
    days = [last - timedelta(days=ago) for ago in range(29, -1, -1)]
    assert prices.days(SMALL) == days
    broken = city.CLOCK.date() - timedelta(days=prices.BROKEN_DAYS_AGO)
    counts = Counter(case.truth.day for case in CASES)
    assert counts == {day: len(MARKETS) * len(COMMODITIES) for day in days if day != broken}
    assert len({case.truth.id for case in CASES}) == len(CASES)


def test_prices_stay_near_what_is_usual_in_steps_of_100() -> None:
    usual = {commodity.written: commodity.usual for commodity in COMMODITIES}
    for case in CASES:
        if case.truth.amount is not None:
            assert case.truth.amount % 100 == 0
            assert (
                abs(case.truth.amount - usual[case.truth.commodity_id]) <= usual[case.truth.commodity_id] * 0.13 + 100
            )


def test_markets_are_in_districts_of_the_city() -> None:
    assert set(DISTRICTS) == set(MARKETS)
    assert set(DISTRICTS.values()) <= {area.code for area in areas.truth() if area.level == "DISTRICT"}


def test_files_are_as_dirty_as_declared() -> None:
    many = list(prices.generate(replace(SMALL, price_days=120)))
    kinds = {
        r"Rp\. [\d.]+,-": "Rp. 11.000,-", r"Rp\. [\d.]+": "Rp. 11.000", r"Rp [\d.]+": "Rp 11.000",
        r"\d+\.00": "11000.00", r"\d{1,3}(\.\d{3})+": "11.000",
    }  # fmt: skip

    def kind(case: PriceCase) -> str:
        cell = str(case.legacy[2])
        return next((name for pattern, name in kinds.items() if re.fullmatch(pattern, cell)), cell)

    written = Counter(map(kind, many))
    plain = {cell: written.pop(cell) for cell in list(written) if cell.isdigit()}
    counts = Counter({**written, "11000": sum(plain.values())})
    assert set(counts) == set(rates.RATES["price"])
    for name, share in rates.RATES["price"].items():
        assert abs(counts[name] - share * len(many)) <= 4 * sqrt(len(many) * share * (1 - share)), name


# --- The folder -------------------------------------------------------------------------------------------------------


def saved(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, city.WIB)


def rows_of(file: Path) -> list[tuple[str, ...]]:
    """The cells of a workbook's rows, as its XML has them."""
    with zipfile.ZipFile(file) as opened:
        texts = re.findall(r"<t[^>]*>([^<]*)</t>", opened.read("xl/sharedStrings.xml").decode())
        sheet = opened.read("xl/worksheets/sheet1.xml").decode()
    found = []
    for row in re.findall(r"<row [^>]*>(.*?)</row>", sheet):
        cells = re.findall(r'<c r="[A-Z]+\d+"(?: s="\d+")?( t="s")?><v>([^<]*)</v>', row)
        found.append(tuple(texts[int(value)].replace("&amp;", "&") if shared else value for shared, value in cells))
    return found


def test_a_file_for_each_day_most_of_them_workbooks(folder: Path) -> None:
    names = sorted(file.name for file in folder.iterdir())
    corrected = city.CLOCK.date() - timedelta(days=prices.CORRECTED_DAYS_AGO)
    days = []
    for name in names:
        found = re.fullmatch(r"SEGAR_(\d{4}-\d\d-\d\d)(?:_revisi)?\.xlsx", name)
        day = found[1] if found else "-".join(reversed(re.findall(r"\d+", name)))
        days.append(date.fromisoformat(day))
    assert sorted(days) == sorted([*prices.days(SMALL), corrected])
    assert sum(name.endswith(".csv") for name in names) == 5


def test_a_csv_is_that_of_an_indonesian_spreadsheet(folder: Path) -> None:
    content = (folder / "harga 19-11-2026.csv").read_bytes()
    assert b"Tempe \x96 Mendoan" in content
    read = list(csv.reader(io.StringIO(content.decode("cp1252"), newline=""), delimiter=";"))
    of_day = [case.legacy for case in CASES if case.truth.day == date(2026, 11, 19)]
    assert read == [["Pasar", "Komoditas", "Harga"], *([*row] for row in of_day)]


@pytest.mark.parametrize(("ago", "above"), [(2, 2), (prices.MOVED_DAYS_AGO, 2)])
def test_a_workbook_has_a_title_above_its_header_and_a_remark_below(folder: Path, ago: int, above: int) -> None:
    day = city.CLOCK.date() - timedelta(days=ago)
    rows = rows_of(folder / f"SEGAR_{day}.xlsx")
    of_day = [case.legacy for case in CASES if case.truth.day == day]
    assert rows[above] == ("No", "Pasar", "Komoditas", "Harga")
    assert rows[1][0].endswith(f"{day.day:02} November 2026")
    assert [row[1:] for row in rows[above + 1 : -1]] == [tuple(cell for cell in row if cell != "") for row in of_day]
    assert rows[-1] == ("Sumber: Perumda Pasar Kota Tangerang",)


def test_the_header_of_one_workbook_is_somewhere_else(folder: Path) -> None:
    def header(ago: int) -> str:
        file = folder / f"SEGAR_{city.CLOCK.date() - timedelta(days=ago)}.xlsx"
        sheet = zipfile.ZipFile(file).read("xl/worksheets/sheet1.xml").decode()
        return str(re.findall(r'<c r="([A-Z]+\d+)"', sheet)[2])

    assert header(2) == "A4"
    assert header(prices.MOVED_DAYS_AGO) == "B8"


def test_one_workbook_is_cut_off(folder: Path) -> None:
    broken = city.CLOCK.date() - timedelta(days=prices.BROKEN_DAYS_AGO)
    unreadable = [file.name for file in folder.glob("*.xlsx") if not zipfile.is_zipfile(file)]
    assert unreadable == [f"SEGAR_{broken}.xlsx"]


def test_one_day_came_twice_and_the_later_file_is_right(folder: Path) -> None:
    day = city.CLOCK.date() - timedelta(days=prices.CORRECTED_DAYS_AGO)
    first, second = folder / f"SEGAR_{day}.xlsx", folder / f"SEGAR_{day}_revisi.xlsx"
    assert saved(first) < saved(second)
    of_day = [case for case in CASES if case.truth.day == day]
    assert prices_in(first) == [case.draft for case in of_day if case.draft[2]]
    assert prices_in(second) == [case.legacy for case in of_day if case.legacy[2]]
    mistyped = [case for case in of_day if case.draft != case.legacy]
    assert len(mistyped) > 30
    assert all(_amount(case.draft[2]) == (case.truth.amount or 0) * 10 for case in mistyped)


def prices_in(file: Path) -> list[Row]:
    return [row[1:] for row in rows_of(file)[3:-1] if len(row) == 4]


def test_one_file_came_late_and_all_others_on_their_day(folder: Path) -> None:
    late = city.CLOCK.date() - timedelta(days=prices.LATE_DAYS_AGO)
    (file,) = [file for file in folder.iterdir() if str(late) in file.name or f"{late:%d-%m-%Y}" in file.name]
    assert saved(file).date() == late + timedelta(days=4)
    assert max(map(saved, folder.iterdir())) < city.CLOCK


def test_the_same_files_are_written_again(folder: Path, tmp_path: Path) -> None:
    prices.DROP.write(tmp_path, SMALL, city.SEED)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {
        file.name: file.read_bytes() for file in folder.iterdir()
    }
