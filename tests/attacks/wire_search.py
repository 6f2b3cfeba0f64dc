"""The search over raw HTTP: bends requests of several people, and compares each answer with what its sender alone gets.

It looks for somebody else's data, a wrong language, answers that may be kept by others and are not for them, answers
that belong to another request, and for what holds the event loop. The same seed makes the same cases.
"""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice, product
from pathlib import Path
from random import Random
from typing import Final

from tests.api.hub import Running, environment
from tests.attacks.attack import values_in
from tests.attacks.raw_http import BrokenAnswer, Line, Response, exchange
from tests.attacks.stage import Stage, stage
from tests.attacks.whole_city import forget
from tests.attacks.wire_cases import LIVE, Case, Kind, Pause, cases
from tests.attacks.wire_people import (
    ALL_ASKED,
    OFFICER,
    QUESTIONS,
    STRANGER,
    Asked,
    Crowd,
    Sender,
    credentials_of,
    told,
)
from tests.graph.cities import TINY
from tests.graph.harness import written
from tests.migrated import migrated

ATTACKED, CONTROL = "attacked", "control"
REFUSALS: Final = frozenset({400, 401, 403, 404, 405, 406, 408, 411, 413, 414, 415, 417, 421, 426, 431, 501, 505})
UNSURE_S_MAX: Final = 0.3
"""How long an answer is waited for that need not come: the hub may wait for the rest of a damaged request."""
ALIVE: Final = b'{"state":"live"}'
LOOKED_AT_AGAIN_MS: Final = 25.0
SHOWN_MAX: Final = 20
HIDDEN_CHARS_MIN: Final = 9
"""What is shorter may stand in anything."""


@dataclass(slots=True)
class Tally:
    """What came of the cases of one kind: how many were answered, refused, or neither, and for how long they held."""

    cases: int = 0
    answered: int = 0
    refused: int = 0
    silent: int = 0
    won: int = 0
    held_ms: float = 0.0


@dataclass(slots=True)
class Found:
    """What came of all of them, and what each that has won something has won."""

    seed: int
    tallies: dict[Kind, Tally] = field(default_factory=lambda: {kind: Tally() for kind in Kind})
    won: list[str] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def cases(self) -> int:
        return sum(tally.cases for tally in self.tallies.values())

    @property
    def held_ms(self) -> float:
        return max(tally.held_ms for tally in self.tallies.values())

    def rows(self) -> Iterator[str]:
        """The table."""
        yield "| how requests are bent | cases | answered | refused | silent | won | longest hold, ms |"
        yield "|---|--:|--:|--:|--:|--:|--:|"
        for kind, tally in self.tallies.items():
            counts = f"{tally.cases:,} | {tally.answered:,} | {tally.refused:,} | {tally.silent:,} | {tally.won}"
            yield f"| {kind.value} | {counts} | {tally.held_ms:.0f} |"
        won = "; ".join(f"{what} {times}" for what, times in self.reasons.most_common())
        yield ""
        yield f"{self.cases:,} cases (seed {self.seed}); won {len(self.won)}{': ' if won else ''}{won}."

    def winners(self) -> Iterator[str]:
        return (f"WON {one}" for one in self.won[:SHOWN_MAX])


class Won(Exception):
    """A case has won something: in a few words, and in detail."""

    def __init__(self, what: str, detail: object = "") -> None:
        super().__init__(what)
        self.what = what
        self.detail = _shown(detail) if isinstance(detail, Response) else str(detail)[:300]


def _shown(response: Response) -> str:
    return f"{response.status} {response.header(b'cache-control').decode()} {response.body[:200]!r}"


@dataclass(slots=True)
class Search:
    """One hub that is attacked, and what everybody gets of another one on which nobody else is."""

    place: str
    crowd: Crowd
    hidden: frozenset[str]
    """What only who has signed in may see."""
    tally: Tally = field(default_factory=Tally)

    async def run(self, case: Case, random: Random) -> None:
        """Send it, look at each answer, and ask what others ask afterwards. Raises Won."""
        line, beside = await Line.to(self.place), await Line.to(self.place)
        won: Won | None = None
        try:
            early = await self._send(case, line, beside)
            await self._answers(case, line, early)
        except BrokenAnswer as error:
            won = Won("an answer that is no HTTP", error)
        except Won as one:
            won = one
        finally:
            line.close()
            beside.close()
        # What others get of it is worse than what its sender gets.
        await self._others(case, random)
        if won is not None:
            raise won

    async def _send(self, case: Case, line: Line, beside: Line) -> list[Response]:
        """The answers for which it has waited."""
        early = []
        for piece in case.pieces:
            match piece:
                case Pause.READ:
                    # The answer to what is asked after it, on a connection of its own.
                    await beside.send(LIVE)
                    await beside.response()
                case Pause.HALF_CLOSE:
                    line.half_close()
                case Pause.ANSWER:
                    response = await self._next(line, UNSURE_S_MAX)
                    early += [response] if response is not None else []
                case _:
                    await line.send(piece)
        return early

    async def _answers(self, case: Case, line: Line, early: list[Response]) -> None:
        wait_s = 20 * UNSURE_S_MAX if case.is_sure else UNSURE_S_MAX
        for readings in case.asked:
            response = early.pop(0) if early else await self._next(line, wait_s)
            if response is None:
                self.tally.silent += 1
                if case.is_sure:
                    raise Won("a good request was not answered", readings)
                return
            await self._look(case, response, readings)
            if response.header(b"connection") == b"close":
                rest = await line.rest(UNSURE_S_MAX)
                if rest:
                    raise Won("more came after the last answer", rest)
                return
        if not case.is_damaged and Pause.HALF_CLOSE not in case.pieces:
            await self._last(case, line)

    async def _last(self, case: Case, line: Line) -> None:
        """A question about life gets its answer, and nothing else, if the connection is good for more."""
        await line.send(LIVE)
        response = await self._next(line, UNSURE_S_MAX)
        if response is None or (response.status in REFUSALS and not case.is_sure):
            return
        if response.body != ALIVE:
            raise Won("an answer to another request", response)
        rest = await line.rest(0.0)
        if rest:
            raise Won("more came after the last answer", rest)

    async def _next(self, line: Line, wait_s: float) -> Response | None:
        try:
            return await line.response(wait_s)
        except TimeoutError:
            return None

    async def _look(self, case: Case, response: Response, readings: tuple[Asked, ...]) -> None:
        """Raises Won where this is nothing that any of these may be told."""
        for asked in readings:
            if await self.crowd.alone(asked) == told(response):
                self.tally.answered += 1
                return
        if response.status >= 500 and response.status not in REFUSALS:
            raise Won("the hub failed", response)
        is_signed = any(asked.sender.name != STRANGER for asked in readings)
        text = response.body.decode(errors="replace")
        shown = [value for value in self.hidden if value in text]
        if shown and not is_signed:
            raise Won("somebody else's data", shown[:2])
        if b"public" in response.header(b"cache-control") and (shown or response.status in REFUSALS):
            raise Won("what is not for everybody may be kept for everybody", response)
        if response.status in REFUSALS and not case.is_sure:
            self.tally.refused += 1
        elif case.is_damaged:
            self.tally.answered += 1
        else:
            raise Won(await self._what_it_is(response, readings), response)

    async def _what_it_is(self, response: Response, readings: tuple[Asked, ...]) -> str:
        whose = [asked for asked in ALL_ASKED if (await self.crowd.alone(asked)).body == told(response).body]
        meant = readings[0] if readings else None
        if meant is None or meant.question not in {asked.question for asked in whose}:
            return "an answer to another request"
        if meant.sender.name not in {asked.sender.name for asked in whose}:
            return "somebody else's data"
        if (await self.crowd.alone(meant)).body != told(response).body:
            return "a wrong language"
        return "other headers or another status than its sender alone gets"

    async def _others(self, case: Case, random: Random) -> None:
        """What others ask afterwards brings what they alone would get."""
        question = case.asked[-1][0].question
        senders = [Sender(name, language) for name in (STRANGER, OFFICER) for language in ("id", "en")]
        probes = [Asked(sender, question, random.choice(("POST", "GET"))) for sender in senders]
        answers = await exchange(self.place, *map(self.crowd.request, probes))
        for asked, response in zip(probes, answers, strict=True):
            if told(response) != await self.crowd.alone(asked):
                raise Won(f"{await self._what_it_is(response, (asked,))}, for others afterwards", response)


async def search(stage: Stage, seed: int, *, cases_max: int | None = None, minutes: float | None = None) -> Found:
    """So many cases, or all that come within so many minutes, against the stage of `searched`."""
    attacked, found = stage.hubs[ATTACKED], Found(seed)
    searching = await searching_in(stage)
    ends_s = time.monotonic() + minutes * 60 if minutes is not None else math.inf
    for number, case in enumerate(islice(cases(searching.crowd, seed), cases_max)):
        if time.monotonic() > ends_s:
            break
        random = Random(f"{seed} {number} afterwards")  # to be repeated
        if random.random() < 0.5:
            stage.call(_forgetting(attacked))
        searching.tally = tally = found.tallies[case.kind]
        tally.cases += 1
        won, held_ms = await _tried(stage, searching, case, random)
        if held_ms > LOOKED_AT_AGAIN_MS:
            # What a case holds it holds each time; what the hub does besides happens to be there once.
            searching.tally = Tally()
            held_ms = min(held_ms, (await _tried(stage, searching, case, random))[1])
        tally.held_ms = max(tally.held_ms, held_ms)
        if won is not None:
            tally.won += 1
            found.reasons[won.what] += 1
            found.won.append(f"{case.kind.value}, case {number}: {won.what}: {_without_tokens(searching, won.detail)}")
            stage.call(_forgetting(attacked))
    return found


async def _tried(stage: Stage, searching: Search, case: Case, random: Random) -> tuple[Won | None, float]:
    """What a case has won, and for how many milliseconds it held the loop."""
    stage.loop.held_s = 0.0
    won = None
    try:
        await searching.run(case, random)
    except Won as one:
        won = one
    return won, stage.loop.held_s * 1_000


async def searching_in(stage: Stage) -> Search:
    control = stage.hubs[CONTROL]
    crowd = Crowd(credentials_of(control), stage.places[CONTROL], lambda: stage.call(_forgetting(control)))
    seen = {name: set[str]() for name in (STRANGER, OFFICER)}
    for name, question in product(seen, range(len(QUESTIONS))):
        body = (await crowd.alone(Asked(Sender(name, "en"), question))).body
        seen[name] |= {value for value in values_in(json.loads(body)["data"]) if isinstance(value, str)}
    hidden = {value for value in seen[OFFICER] - seen[STRANGER] if len(value) >= HIDDEN_CHARS_MIN}
    assert hidden, "there is nothing to be had"
    return Search(stage.places[ATTACKED], crowd, frozenset(hidden))


@contextmanager
def searched(folder: Path) -> Iterator[Stage]:
    """Two hubs over the same small sources: one to attack, and one for what everybody gets alone."""
    folder.mkdir(parents=True, exist_ok=True)
    with written("sqlite", "", folder, TINY):
        environs = {name: environment(folder, migrated(folder / f"{name}.db")) for name in (ATTACKED, CONTROL)}
        with stage(environs) as started:
            started.call(started.settled)
            yield started


def _forgetting(hub: Running) -> Callable[[], object]:
    return lambda: forget(hub)


def _without_tokens(searching: Search, text: str) -> str:
    for name, headers in searching.crowd.credentials.items():
        for _, value in headers:
            text = text.replace(value.decode(), f"<{name}>")
    return text
