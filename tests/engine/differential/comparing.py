"""Compares what two executions of one operation answer: equal data, and equal errors outside of what became null."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql import ExecutionResult, GraphQLError

Path = tuple[str | int, ...]

ELSEWHERE = "elsewhere"
"""The first key of a path that a resolver made up for its error, where no response key has this name."""


class Reported(NamedTuple):
    """An error in comparable form."""

    path: Path
    message: str
    locations: tuple[tuple[int, int], ...]
    cause: str
    extensions: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an execution answered, or raised. `effects` are what its resolvers did, in their order."""

    data: Any = None
    errors: tuple[Reported, ...] = ()
    raised: str | None = None
    effects: tuple[str, ...] = ()
    is_awaited: bool = False


async def outcome_of(run: Callable[[], Any], *, reported: Callable[[GraphQLError], Reported] | None = None) -> Outcome:
    """Run an execution to its end. What it raises is an outcome too."""
    is_awaited = False
    try:
        result = run()
        is_awaited = inspect.isawaitable(result)
        result = await result if is_awaited else result
    except Exception as error:  # noqa: BLE001  # both executions must raise the same
        return Outcome(raised=f"{type(error).__name__}: {error}", is_awaited=is_awaited)
    assert isinstance(result, ExecutionResult), result
    errors = sorted(map(reported or reported_of, result.errors or ()), key=repr)
    return Outcome(result.data, tuple(errors), is_awaited=is_awaited)


def reported_of(error: GraphQLError) -> Reported:
    cause = error.original_error
    return Reported(
        tuple(error.path or ()),
        error.message,
        tuple((place.line, place.column) for place in error.locations or ()),
        "" if cause is None else f"{type(cause).__name__}: {cause}",
        repr(error.extensions),
    )


def differences(expected: Outcome, got: Outcome) -> list[str]:
    """What is not equal, a sentence each. Data is compared with its types and the order of its keys."""
    if expected.raised != got.raised:
        return [f"raised: {expected.raised} / {got.raised}"]
    found = []
    if repr(expected.data) != repr(got.data):
        found.append(f"data: {expected.data} / {got.data}")
    if expected.effects != got.effects:
        found.append(f"effects: {expected.effects} / {got.effects}")
    return found + _differences_of_errors(expected, got)


def _differences_of_errors(expected: Outcome, got: Outcome) -> list[str]:
    ours, theirs = _by_region(expected), _by_region(got)
    # An error that its resolver placed elsewhere may be the one of any region that was lost.
    elsewhere, got_elsewhere = ours.pop((ELSEWHERE,), []), theirs.pop((ELSEWHERE,), [])
    found = []
    for region in sorted(ours.keys() | theirs.keys(), key=repr):
        one, other = ours.get(region, []), theirs.get(region, [])
        is_lost = any(len(error.path) > len(region) for error in one + other)
        if not is_lost and one != other:
            found.append(f"errors at {list(region)}: {one} / {other}")
        elif is_lost and not ((one or elsewhere) and (other or got_elsewhere)):
            found.append(f"errors below {list(region)}: {one} / {other}")
        elif is_lost:
            found += _contradictions(one, other)
    if bool(elsewhere) != bool(got_elsewhere) and not _is_any_lost(ours, theirs):
        found.append(f"errors placed by resolvers: {elsewhere} / {got_elsewhere}")
    return found


def _is_any_lost(*by_region: Mapping[Path, list[Reported]]) -> bool:
    return any(
        len(error.path) > len(region) for regions in by_region for region in regions for error in regions[region]
    )


def _contradictions(one: list[Reported], other: list[Reported]) -> list[str]:
    """Inside a region that became null each lane may report other errors, but none may report an error differently."""
    known = {error.path: error for error in one}
    return [
        f"error at {list(error.path)}: {known[error.path]} / {error}"
        for error in other
        if error.path in known and known[error.path] != error
    ]


def _by_region(outcome: Outcome) -> dict[Path, list[Reported]]:
    """The errors by the place of the null that they caused."""
    regions: dict[Path, list[Reported]] = {}
    for error in outcome.errors:
        regions.setdefault(_null_above(outcome.data, error.path), []).append(error)
    return regions


def _null_above(data: Any, path: Path) -> Path:
    """The place of the null that holds this path; the path itself where nothing above it is null."""
    if path[:1] == (ELSEWHERE,):
        return path[:1]
    place = data
    for depth, key in enumerate(path):
        if place is None:
            return path[:depth]
        place = place[key]
    return path
