"""What is known of the ends of a relation: by the shape of a question, for a while, and no more than a bound."""

from __future__ import annotations

import pytest

from models.complaints import Complaint
from models.policy.viewer import ANONYMOUS, Role, Viewer
from models.predicates import And, Compare, Inside, Not, Operator, Or, Predicate, is_in
from models.values.types import AreaCode
from resolvers import across
from resolvers.across import KNOWN_S_MAX, RelationSizes
from resolvers.reads import Read

ANALYST = Viewer(Role.ANALYST)
OPEN, DONE = is_in("status", "OPEN"), is_in("status", "DONE", "REJECTED")


def read(where: Predicate) -> Read:
    return Read(Complaint, where=where)


def test_questions_of_one_shape_are_one() -> None:
    known = RelationSizes(lambda: 0.0)
    known.learn(ANONYMOUS, read(OPEN), 900)
    assert known.rows(ANONYMOUS, read(DONE)) == 900
    known.learn(ANONYMOUS, read(DONE), 70)
    assert known.rows(ANONYMOUS, read(OPEN)) == 70


@pytest.mark.parametrize(
    "other",
    [
        is_in("channel", "OPEN"),
        Not(OPEN),
        And((OPEN, is_in("channel", "APP"))),
        Or((OPEN, is_in("channel", "APP"))),
        Compare("status", Operator.CONTAINS, ("OPEN",)),
        Inside("status", AreaCode("36.71")),
    ],
    ids=str,
)
def test_other_shapes_and_viewers_are_others(other: Predicate) -> None:
    known = RelationSizes(lambda: 0.0)
    known.learn(ANONYMOUS, read(OPEN), 900)
    assert known.rows(ANONYMOUS, read(other)) == 0
    assert known.rows(ANALYST, read(OPEN)) == 0


def test_it_is_known_for_a_while() -> None:
    now_s = 5.0
    known = RelationSizes(lambda: now_s)
    known.learn(ANONYMOUS, read(OPEN), 900)
    now_s += KNOWN_S_MAX - 0.001
    assert known.rows(ANONYMOUS, read(OPEN)) == 900
    now_s += 0.001
    assert known.rows(ANONYMOUS, read(OPEN)) == 0


def test_the_longest_unseen_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(across, "SHAPES_MAX", 2)
    known = RelationSizes(lambda: 0.0)
    questions = [read(is_in(field, "A")) for field in ("status", "channel", "publication")]
    for rows, question in enumerate(questions, 1):
        known.learn(ANONYMOUS, question, rows)
        known.learn(ANONYMOUS, questions[0], 9)
    assert [known.rows(ANONYMOUS, question) for question in questions] == [9, 0, 3]
