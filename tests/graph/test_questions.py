"""The questions of docs/questions.md, asked as they stand there: each is answered, and with something in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.graph.harness import City

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "questions.md").read_text(encoding="utf-8")
QUESTIONS = dict(re.findall(r"^## (.+?)\n.*?```graphql\n(.+?)```", PAGE, re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize("title", QUESTIONS)
async def test_a_question_of_the_page_is_answered(city: City, title: str) -> None:
    answer = await city(QUESTIONS[title])
    assert answer.errors == []
    ((_, found),) = answer.data.items()
    rows: list[Any] = found.get("groups") or found.get("series") or found.get("cells")
    assert len(rows) > 1


def test_every_heading_of_the_page_has_its_question() -> None:
    assert len(QUESTIONS) == PAGE.count("\n## ") == PAGE.count("```graphql") >= 4
