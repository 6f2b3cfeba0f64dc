"""The questions of the benchmark: its section of the report outlives a new report, and it asks what can be asked."""

from __future__ import annotations

import pytest

from bench.questions import BOARD, HEADING, THREE, with_section_of
from engine.lanes import Lanes
from schema.build import SCHEMA


def test_a_new_report_keeps_what_was_measured_by_itself() -> None:
    earlier = f"# Old\n\nold figures\n\n{HEADING}\n\n| a | 1 |\n"
    assert with_section_of("# New\n\nnew figures\n", earlier) == f"# New\n\nnew figures\n\n{HEADING}\n\n| a | 1 |\n"
    assert with_section_of("# New\n", "# Old\n") == "# New\n"


@pytest.mark.parametrize("query", [BOARD, THREE])
def test_its_questions_can_be_asked(query: str) -> None:
    assert Lanes(SCHEMA._schema).prepare(query).operation(None) is not None
