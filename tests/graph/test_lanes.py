"""Both lanes of the hub give one answer: random operations over the whole graph, as several viewers."""

from __future__ import annotations

import pytest

from tests.graph.lanes.asked import inquiry
from tests.slow import examples

OPERATIONS = 90
# Some are made twice, and asked once.
EXAMPLES = 150


def test_both_lanes_give_one_answer_from_one_set_of_statements(tmp_path_factory: pytest.TempPathFactory) -> None:
    with inquiry(tmp_path_factory.mktemp("lanes")) as city:
        city.ask(examples(EXAMPLES))
    counts = city.counts
    assert counts["asked"] >= examples(OPERATIONS)
    assert counts["with rows"] >= 0.6 * counts["asked"], counts
    assert min(counts[name] for name in ("anonymous", "citizen", "officer")) > 0.25 * counts["asked"], counts
    assert counts["compiled"] >= 0.95 * counts["asked"], counts
