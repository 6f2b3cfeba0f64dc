"""Layout: code that the formatter leaves as it is."""

from __future__ import annotations

import subprocess
import sys

from onboarding.drafting.layout import Block, Line, call, quoted, statement, tuple_of
from onboarding.drafting.renderings import Rendering, code_for
from settings import ROOT

LONG = "a_name_that_is_rather_long"


def formatted(text: str) -> str:
    command = [sys.executable, "-m", "ruff", "format", "--no-cache", "--config", str(ROOT / "pyproject.toml"), "-"]
    ended = subprocess.run(command, input=text, capture_output=True, encoding="utf-8", check=True, timeout=30, cwd=ROOT)
    return ended.stdout


def test_what_fits_stands_on_one_line() -> None:
    assert statement("A = ", call("f", "1", Line('"x"', "b="))) == ['A = f(1, b="x")']
    assert statement("A = ", Block("(", (Line("1"),), ")")) == ["A = (1,)"]


def test_what_does_not_fit_stands_one_item_a_line() -> None:
    inner = call("g", *(f"{LONG}_{at}" for at in range(4)))
    deep = call("h", *(f"{LONG}_{at}" for at in range(6)))
    book = Block(
        "{", (Line("1", '"a": ', remark="5 of 9"), Line("2", '"b": ', ("why " * 40,))), "}", True, ("the rest",)
    )
    lines = [
        *statement("A = ", call("f", inner, Line(deep, "deep="), exploded=True)),
        *statement("B = ", book),
        *statement("C = ", call("f", *(Line(f"{LONG}{at}", comments=("one",)) for at in range(2)))),
    ]
    text = "\n".join(lines) + "\n"
    assert max(map(len, lines)) <= 120
    assert "# the rest" in text
    assert formatted(text) == text


def test_texts_are_quoted_as_the_formatter_quotes_them() -> None:
    values = ["a", "JUM'AT", 'say "so"', "both ' and \"", "back\\slash", " ", "\u00e9", 1, True, None]
    text = "\n".join(f"A = {quoted(value)}" for value in values) + "\n"
    assert formatted(text) == text
    assert [eval(quoted(value)) for value in values] == values
    assert [tuple_of(("a",)), tuple_of(("a", "b"))] == ['("a",)', '("a", "b")']


def test_every_rendering_is_code() -> None:
    import sqlalchemy as sa  # noqa: PLC0415

    names = {"sa": sa, "t": sa.table("t", sa.column("c"))}
    for dialect in ("sqlite", "postgresql", "mariadb"):
        for rendering in set(Rendering) - {Rendering.PLAIN}:
            function, *arguments = code_for(rendering, dialect, "t.c.c")
            made = eval(f"{function}({', '.join(arguments)})", names)
            assert isinstance(made, sa.ColumnElement)
            assert isinstance(made.type, sa.String)
