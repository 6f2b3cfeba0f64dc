"""The questions of docs/questions.md, asked as they stand there: each is answered, and with something in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.graph.harness import City

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "questions.md").read_text(encoding="utf-8")
QUESTIONS = dict(re.findall(r"^## (.+?)\n.*?```graphql\n(.+?)```", PAGE, re.MULTILINE | re.DOTALL))


PRICES = "marketPriceGroups"
"""What is asked of files, which every engine has copies of."""


@pytest.mark.parametrize("title", [title for title, question in QUESTIONS.items() if PRICES not in question])
async def test_a_question_of_the_page_is_answered(city: City, title: str) -> None:
    await answered(city, QUESTIONS[title])


@pytest.mark.parametrize("title", [title for title, question in QUESTIONS.items() if PRICES in question])
async def test_a_question_of_the_page_about_prices_is_answered(shop: City, title: str) -> None:
    await answered(shop, QUESTIONS[title])


async def answered(city: City, question: str) -> None:
    answer = await city(question)
    assert answer.errors == []
    ((_, found),) = answer.data.items()
    rows: list[Any] = found.get("groups") or found.get("series") or found.get("cells") or found.get("nodes")
    assert len(rows) > 1


def test_every_heading_of_the_page_has_its_question() -> None:
    assert len(QUESTIONS) == PAGE.count("\n## ") == PAGE.count("```graphql") == 10
