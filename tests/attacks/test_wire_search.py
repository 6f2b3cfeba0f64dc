"""Bent requests over raw HTTP win nothing, and what they look for would be seen if it came."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from tests.attacks.stage import Stage
from tests.attacks.whole_city import forget
from tests.attacks.wire_cases import Case, Kind, Pause, chunk, chunked_head, lines
from tests.attacks.wire_people import OFFICER, STRANGER, Asked, Sender, Told
from tests.attacks.wire_search import ATTACKED, Won, search, searched, searching_in

CASES = 60
HELD_MS_MAX = 250.0
"""As for all other attacks."""


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with searched(tmp_path_factory.mktemp("wire")) as started:
        yield started


async def test_bent_requests_win_nothing(attacked: Stage) -> None:
    found = await search(attacked, seed=1, cases_max=CASES)
    assert found.won == []
    assert found.held_ms < HELD_MS_MAX
    assert {kind for kind, tally in found.tallies.items() if not tally.cases} == set()
    # They are understood often enough to be a trial.
    assert sum(tally.answered for tally in found.tallies.values()) > CASES // 2


@pytest.mark.parametrize("question", [0, 1, 2, 5])
@pytest.mark.parametrize(("name", "language"), [(OFFICER, "id"), (STRANGER, "en")])
async def test_trailers_decide_nothing(attacked: Stage, question: int, name: str, language: str) -> None:
    attacked.call(lambda: forget(attacked.hubs[ATTACKED]))
    searching = await searching_in(attacked)
    asked = Asked(Sender(STRANGER, "unsaid"), question)
    end = b"0\r\n" + lines(searching.crowd.headers(Sender(name, language))) + b"\r\n"
    pieces = (chunked_head(asked, []), Pause.READ, chunk(asked.body) + end)
    await searching.run(Case(Kind.TRAILERS, pieces, ((asked,),)), Random(1))


@pytest.mark.parametrize(
    ("sent", "meant", "what"),
    [
        (Asked(Sender(OFFICER, "en"), 0), Asked(Sender(STRANGER, "en"), 0), "somebody else's data"),
        (Asked(Sender(STRANGER, "en"), 1), Asked(Sender(STRANGER, "id"), 1), "a wrong language"),
        (Asked(Sender(STRANGER, "id"), 1), Asked(Sender(STRANGER, "id"), 4), "an answer to another request"),
        (Asked(Sender(OFFICER, "en"), 1), Asked(Sender(STRANGER, "en"), 1), "other headers or another status"),
    ],
)
async def test_what_is_won_is_seen(attacked: Stage, sent: Asked, meant: Asked, what: str) -> None:
    searching = await searching_in(attacked)
    with pytest.raises(Won, match=what):
        await searching.run(Case(Kind.SPLITS, (searching.crowd.request(sent),), ((meant,),)), Random(1))


async def test_more_answers_than_requests_are_seen(attacked: Stage) -> None:
    searching = await searching_in(attacked)
    asked = Asked(Sender(STRANGER, "en"), 1)
    twice = (searching.crowd.request(asked) * 2,)
    with pytest.raises(Won, match="an answer to another request"):
        await searching.run(Case(Kind.SPLITS, twice, ((asked,),)), Random(1))


async def test_what_others_get_afterwards_is_seen(attacked: Stage) -> None:
    searching = await searching_in(attacked)
    for method in ("POST", "GET"):
        searching.crowd.known[Asked(Sender(STRANGER, "id"), 1, method)] = Told(200, b"", b"", b"something else")
    asked = Asked(Sender(STRANGER, "en"), 1)
    with pytest.raises(Won, match="for others afterwards"):
        await searching.run(Case(Kind.SPLITS, (searching.crowd.request(asked),), ((asked,),)), Random(1))
