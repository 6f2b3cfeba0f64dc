"""Both lanes of the hub give one answer: random operations over the whole graph, as several viewers."""

from __future__ import annotations

import pytest

from tests.graph.lanes.asked import inquiry

OPERATIONS = 300
# Some are made twice, and asked once.
EXAMPLES = 500


def test_both_lanes_give_one_answer_from_one_set_of_statements(tmp_path_factory: pytest.TempPathFactory) -> None:
    with inquiry(tmp_path_factory.mktemp("lanes")) as city:
        city.ask(EXAMPLES)
    counts = city.counts
    assert counts["asked"] >= OPERATIONS
    assert counts["with rows"] >= 0.7 * counts["asked"], counts
    assert min(counts[name] for name in ("anonymous", "citizen", "officer")) > 0.25 * counts["asked"], counts
    assert counts["compiled"] >= 0.95 * counts["asked"], counts
