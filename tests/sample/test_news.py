"""The news: the truth is what can be won back, in time order, with dirt at the declared rates."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import islice, pairwise
from math import sqrt

import pytest

from sample import city, rates
from sample.news import source as news
from sample.news.source import ArticleCase


@pytest.fixture(scope="module")
def cases() -> list[ArticleCase]:
    return list(news.generate(replace(city.SIZES["small"], articles=4_000)))


def test_the_same_seed_gives_the_same_news_and_another_seed_others() -> None:
    size = city.SIZES["small"]
    assert list(news.generate(size)) == list(news.generate(size))
    assert list(islice(news.generate(size, seed=1), 9)) != list(islice(news.generate(size), 9))
    assert sum(1 for _ in news.generate(size)) == news.SOURCE.total(size) == 400


def test_ids_count_up_with_time(cases: list[ArticleCase]) -> None:
    assert [case.truth.id for case in cases] == [str(number) for number in range(1, 4_001)]
    times = [case.truth.date_published for case in cases if case.truth.date_published]
    assert all(left < right for left, right in pairwise(times))
    assert times[0] >= city.SIZES["small"].start
    assert times[-1] < city.CLOCK


def test_the_text_is_that_of_the_html_and_both_are_lost_together(cases: list[ArticleCase]) -> None:
    for case in cases:
        page, text = case.truth.body_html, case.truth.body_text
        assert (page is None) is (text is None)
        if page is None or text is None:
            continue
        bare = re.sub(r"<br>|</(p|li)>", "\n", page)
        bare = re.sub(r"<[^>]*>", "", bare).replace("&nbsp;", " ").replace("&amp;", "&")
        assert "\n".join(line for line in bare.split("\n") if line) == text


def test_texts_fit_cp1252_and_survive_mojibake(cases: list[ArticleCase]) -> None:
    for case in cases[:400]:
        if case.truth.body_text is not None:
            case.truth.body_text.encode("cp1252")
            case.truth.body_text.encode().decode("cp1252")


def test_declared_rates_occur(cases: list[ArticleCase]) -> None:
    days = ["Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"]
    marks = {
        "script": "<script", "style": "<style>", "event handler": "onclick=", "javascript link": "JavaScript:",
        "iframe": "<iframe", "comment": "<!--", "attributes": "MsoNormal",
    }  # fmt: skip

    def markup(case: ArticleCase) -> str:
        body = case.legacy[2]
        text = body.decode("cp1252") if isinstance(body, bytes) else str(body)
        return next((kind for kind, sign in marks.items() if sign in text.replace("\0", "")), "clean")

    def day(case: ArticleCase) -> str:
        name, at = case.legacy[3], case.truth.date_published
        if not isinstance(name, str) or not name:
            return "NULL" if name is None else ""
        if at is None:
            return "?"
        plain = {"Jum'at": "Jumat", "Ahad": "Minggu"}.get(name.strip(), name.strip())
        return "contradicted" if plain != days[at.weekday()] else "padded" if name.endswith(" ") else "clean"

    def cell(at: int, clean: str) -> Callable[[ArticleCase], str]:
        def kind(case: ArticleCase) -> str:
            value = case.legacy[at]
            return "NULL" if value is None else "clean" if re.fullmatch(clean, str(value)) else str(value)

        return kind

    survivors = [case for case in cases if case.truth.body_html is not None]
    dated = [case for case in cases if case.truth.date_published is not None]
    measured = {
        "news markup": Counter(map(markup, survivors)),
        "news day": Counter(map(day, dated)),
        "news time": Counter(map(cell(4, r"(?!2026-02-31)202\d-\d\d-\d\d"), cases)),
        "news section": Counter(map(cell(6, r"[A-Z][a-z]+"), cases)),
        "news views": Counter(map(cell(8, r"\d+"), cases)),
        "news flag": Counter(str(case.legacy[9]) for case in cases),
        "news alive": Counter(str(case.legacy[10]) for case in cases),
    }
    for rate, counts in measured.items():
        total = sum(counts.values())
        assert set(counts) == set(rates.RATES[rate]), rate
        for kind, share in rates.RATES[rate].items():
            assert abs(counts[kind] - share * total) <= 4 * sqrt(total * share) + 1, (rate, kind)


def test_every_cell_fits_its_column(cases: list[ArticleCase]) -> None:
    for case in cases:
        for (_, kind), cell in zip(news.BERITA.columns, case.legacy, strict=True):
            width = re.search(r"char\((\d+)\)", kind)
            assert cell is None or isinstance(cell, int) is kind.startswith("integer")
            assert width is None or cell is None or len(str(cell)) <= int(width[1])
        assert (case.legacy[-1] == "Y") is case.alive


def test_the_table_is_one_of_the_years_before_unicode() -> None:
    statement = news.BERITA.create_sql("mariadb", "berita")
    assert statement.endswith(") ENGINE=MyISAM DEFAULT CHARSET=latin1")
    assert "ENGINE" not in news.BERITA.create_sql("sqlite", "berita")
