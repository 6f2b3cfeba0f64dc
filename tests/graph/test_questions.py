"""The questions of docs/questions.md, asked as they stand there: each has exactly the answer that is printed there.

The answers are those of the small sample city at the moment at which it stands still, on every engine. After a change
`pytest tests/graph/test_questions.py --answers` prints them anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from sample.city import CLOCK
from tests.graph.harness import City

PAGE = Path(__file__).resolve().parents[2] / "docs" / "questions.md"
QUESTION = re.compile(
    r"^## (?P<title>.+)\n\n```graphql\n(?P<asked>[^`]+)```\n\n```json\n(?P<answer>[^`]*)\n```$", re.MULTILINE
)
QUESTIONS = {found["title"]: found["asked"] for found in QUESTION.finditer(PAGE.read_text(encoding="utf-8"))}
LINE_CHARS_MAX = 120

PRICES = "marketPriceGroups"
"""What is asked of files, which every engine has copies of."""


@pytest.mark.parametrize("title", [title for title, asked in QUESTIONS.items() if PRICES not in asked])
async def test_a_question_has_the_answer_of_the_page(
    city: City, title: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(city.records.asking, "clock", lambda: CLOCK)
    await hold(city, title, renew=request.config.getoption("--answers", default=False))


@pytest.mark.parametrize("title", [title for title, asked in QUESTIONS.items() if PRICES in asked])
async def test_a_question_about_prices_has_the_answer_of_the_page(
    shop: City, title: str, request: pytest.FixtureRequest
) -> None:
    await hold(shop, title, renew=request.config.getoption("--answers", default=False))


async def hold(city: City, title: str, *, renew: bool) -> None:
    """Ask a question of the page, and hold the answer against the page or, to renew it, write it there."""
    answer = await city(QUESTIONS[title], now=CLOCK)
    assert answer.errors == []
    ((_, found),) = answer.data.items()
    rows = next(found[name] for name in ("groups", "series", "cells", "nodes") if name in found)
    assert len(rows) > 1
    page = PAGE.read_text(encoding="utf-8")
    (place,) = (found for found in QUESTION.finditer(page) if found["title"] == title)
    told = laid_out(answer.data)
    if renew:
        PAGE.write_text(page[: place.start("answer")] + told + page[place.end("answer") :], encoding="utf-8")
    else:
        assert told == place["answer"]


def test_every_heading_of_the_page_has_its_question_and_answer() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert len(QUESTIONS) == page.count("\n## ") == page.count("```graphql") == page.count("```json") == 10


def laid_out(value: object, indent: int = 0) -> str:
    """JSON with as much on each line as fits."""
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or indent + len(flat) <= LINE_CHARS_MAX:
        return flat
    if isinstance(value, dict):
        parts = [f"{json.dumps(name)}: {laid_out(one, indent + 2)}" for name, one in value.items()]
    else:
        parts = [laid_out(one, indent + 2) for one in value]
    opened, closed = "{}" if isinstance(value, dict) else "[]"
    space = "\n" + " " * indent
    lines = f",{space}  ".join(filled(parts, LINE_CHARS_MAX - indent))
    return f"{opened}{space}  {lines}{space}{closed}"


def filled(parts: Iterable[str], width: int) -> list[str]:
    """Lines of these parts, which stand side by side where they are short."""
    lines: list[str] = []
    for part in parts:
        if lines and "\n" not in lines[-1] + part and len(f"{lines[-1]}, {part}") < width:
            lines[-1] += f", {part}"
        else:
            lines.append(part)
    return lines
