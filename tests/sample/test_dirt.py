"""The declared rates of dirt are those that occur, told from what is stored alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from math import sqrt

import pytest

from sample import dirt, rates
from sample.complaints.source import ComplaintCase


def _matching(patterns: dict[str, str]) -> Callable[[object], str]:
    """Tells a kind from a cell, by the first pattern that matches all of it; else the cell names its kind."""

    def kind(cell: object) -> str:
        if cell is None:
            return "NULL"
        return next(
            (name for name, pattern in patterns.items() if re.fullmatch(pattern, str(cell), re.DOTALL)), str(cell)
        )

    return kind


DAY = r"(0[1-9]|[12]\d|3[01]|4[1-9]|[56]\d|7[01])"
NIK = _matching(
    {
        "31 february": r"3671\d\d3102\d{6}",
        "day 32": r"3671\d\d32\d{8}",
        "day 99": r"3671\d\d99\d{8}",
        "plain": rf"3671\d\d{DAY}\d{{8}}",
        "2.2.2.6.4": r"\d\d\.\d\d\.\d\d\.\d{6}\.\d{4}",
        "4-4-4-4": r"\d{4}-\d{4}-\d{4}-\d{4}",
        "4 4 4 4": r"\d{4} \d{4} \d{4} \d{4}",
        "6.6.4": r"\d{6}\.\d{6}\.\d{4}",
        "6-6-4": r"\d{6}-\d{6}-\d{4}",
        "clamped": r"2147483647",
        "10 digits": r"\d{10}",
        "15 digits": r"\d{15}",
        "20 digits": r"\d{20}",
    }
)
TIME = _matching({"clean": r"(?!31-02|0)\d\d-\d\d-202[456] \d\d:\d\d|0[1-9]-\d\d-202[456] \d\d:\d\d"})
SHORT_TEXT = _matching({"padded": r".+  ", "clean": r".{2,}"})
AREA = _matching(
    {
        "dotted": r"36\.71\.\d\d\.1\d{3}",
        "plain": r"36710\d1\d{3}|36711\d1\d{3}",
        "district dotted": r"36\.71\.\d\d",
        "district plain": r"3671\d\d",
    }
)
POSITION = _matching({"clean": r"-6\.\d{6}", "swapped": r"106\.\d{6}", "outside": r"-7\.\d{6}"})
STATUS = _matching({"usual": r"0|Proses|Selesai", "other": r"Menunggu|PROSES|SELESAI"})
DEPARTMENT = _matching({"upper": r"[A-Z]{3,}", "lower": r"[a-z]{3,}"})
LITERAL = _matching({})


def _free_text(cell: object) -> str:
    if isinstance(cell, bytes):
        return "cp1252 bytes"
    text = str(cell)
    if cell is None or not text:
        return "NULL" if cell is None else ""
    if "\0" in text:
        return "nul"
    if text.endswith("\r\n"):
        return "padded"
    if re.search("â€|Ã", text):
        return "mojibake"
    return "clean" if text.isascii() else "typographic"


def _category(cell: object) -> str:
    return "clean" if str(cell).startswith("K") else str(cell)


# Rate, column of tbl_pengaduan, and how a kind is told from its cell.
COLUMNS: list[tuple[str, int, Callable[[object], str]]] = [
    ("time", 2, TIME),
    ("nik", 3, NIK),
    ("short text", 4, SHORT_TEXT),
    ("short text", 5, SHORT_TEXT),
    ("category", 6, _category),
    ("free text", 7, _free_text),
    ("short text", 8, SHORT_TEXT),
    ("area", 9, AREA),
    ("position", 10, POSITION),
    ("status", 13, STATUS),
    ("department", 14, DEPARTMENT),
    ("channel", 15, LITERAL),
    ("publication", 16, LITERAL),
    ("alive", 17, LITERAL),
]
# The same of tbl_tanggapan.
ANSWER_COLUMNS: list[tuple[str, int, Callable[[object], str]]] = [
    ("time", 2, TIME),
    ("status", 3, STATUS),
    ("free text", 4, _free_text),
]


def _assert_rates(rate: str, kinds: list[str]) -> None:
    counts, total = Counter(kinds), len(kinds)
    assert set(counts) == set(rates.RATES[rate])
    for kind, share in rates.RATES[rate].items():
        assert abs(counts[kind] - share * total) <= 4 * sqrt(total * share * (1 - share)), (kind, counts[kind])


@pytest.mark.parametrize("rate", list(rates.RATES))
def test_rates_add_up(rate: str) -> None:
    assert sum(rates.RATES[rate].values()) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(("rate", "column", "kind"), COLUMNS)
def test_complaints_are_as_dirty_as_declared(
    rate: str, column: int, kind: Callable[[object], str], small_cases: list[ComplaintCase]
) -> None:
    _assert_rates(rate, [kind(case.legacy.pengaduan[column]) for case in small_cases])


@pytest.mark.parametrize(("rate", "column", "kind"), ANSWER_COLUMNS)
def test_answers_are_as_dirty_as_declared(
    rate: str, column: int, kind: Callable[[object], str], small_cases: list[ComplaintCase]
) -> None:
    _assert_rates(rate, [kind(row[column]) for case in small_cases for row in case.legacy.tanggapan])


def test_categories_listed_twice_are_stored_by_their_second_code_as_declared(small_cases: list[ComplaintCase]) -> None:
    codes = [str(case.legacy.pengaduan[6]) for case in small_cases if case.truth.category_code in ("K03", "K05")]
    assert set(codes) == {"K03", "K05", "K14", "K17"}
    _assert_rates("category listed twice", ["second" if code in ("K14", "K17") else "first" for code in codes])


def test_personal_data_stands_in_texts_as_declared(small_cases: list[ComplaintCase]) -> None:
    patterns = {"nik": r"\b3671\d{12}\b", "phone": r"08\d\d-0000-", "email": r"@example\.com", "plate": r"B \d{4} XYZ"}
    texts = [case.truth.description for case in small_cases if case.truth.description]
    kinds = [next((kind for kind, pattern in patterns.items() if re.search(pattern, text)), "none") for text in texts]
    _assert_rates("canary", kinds)


def test_what_survives_of_one_value_of_each_kind() -> None:
    nik = "3671056505909001"
    assert dirt.dirty_nik(nik, "2.2.2.6.4") == ("36.71.05.650590.9001", nik)
    assert dirt.dirty_nik(nik, "4-4-4-4") == ("3671-0565-0590-9001", nik)
    assert dirt.dirty_nik(nik, "4 4 4 4") == ("3671 0565 0590 9001", nik)
    assert dirt.dirty_nik(nik, "6.6.4") == ("367105.650590.9001", nik)
    assert dirt.dirty_nik(nik, "6-6-4") == ("367105-650590-9001", nik)
    assert dirt.dirty_nik(nik, "clamped") == ("2147483647", None)
    assert dirt.dirty_nik(nik, "31 february") == ("3671053102909001", None)
    assert dirt.dirty_nik(nik, "-") == ("-", None)
    assert dirt.dirty_free_text("Café “x", "mojibake") == ("CafÃ© â€œx", "Café “x")
    assert dirt.dirty_free_text("Café", "cp1252 bytes") == (b"Caf\xe9", "Café")
    assert dirt.dirty_free_text("abcd", "nul") == ("ab\0cd", "abcd")
    assert dirt.dirty_area("36.71.05.1003", "district plain") == ("367105", "36.71.05")
    assert dirt.dirty_position("-6.180000", "106.640000", "swapped") == ("106.640000", "-6.180000", -6.18, 106.64)
    assert dirt.dirty_position("-6.180000", "106.640000", "outside") == ("-7.180000", "110.640000", None, None)
    assert dirt.dirty_status("IN_PROGRESS", "proses ") == ("proses ", "UNKNOWN")
    assert dirt.dirty_department("dpupr", "upper") == ("DPUPR", "dpupr")
