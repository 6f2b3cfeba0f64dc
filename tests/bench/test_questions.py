"""The questions of the benchmark: it asks what can be asked."""

from __future__ import annotations

import pytest

from bench.questions import BOARD, NONE, THREE
from engine.lanes import Lanes
from schema.build import SCHEMA


@pytest.mark.parametrize("query", [BOARD, THREE, NONE])
def test_its_questions_can_be_asked(query: str) -> None:
    assert Lanes(SCHEMA._schema).prepare(query).operation(None) is not None
