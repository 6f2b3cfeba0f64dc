"""A statement that is shown has no value in it, whatever the value looks like."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from connectors.statement_shapes import without_values


def test_texts_and_numbers_are_places_and_names_stay() -> None:
    text = "SELECT t.a1 AS c0,\n  'x''y' FROM t WHERE t.a1 = $1 AND b IN ('0', 'Proses') AND n > 12.5\nLIMIT 20"
    assert without_values(text) == ("SELECT t.a1 AS c0, ? FROM t WHERE t.a1 = $1 AND b IN (?, ?) AND n > ? LIMIT ?")


@given(st.lists(st.text(), max_size=5), st.lists(st.integers(min_value=0), max_size=5))
def test_no_literal_is_left(texts: list[str], numbers: list[int]) -> None:
    literals = ["'" + text.replace("'", "''") + "'" for text in texts] + list(map(str, numbers))
    shown = without_values(f"SELECT a WHERE b IN ({', '.join(literals)})")
    assert re.fullmatch(r"SELECT a WHERE b IN \((\?(, \?)*)?\)", shown)
