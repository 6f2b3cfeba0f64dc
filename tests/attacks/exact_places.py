"""Attacks on where exactly an anonymous complaint was, by who knows the place already and wants to know if it is this.

Whoever guesses a front door must not hear that it was the right one: by no circle, no order, no distance and no file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from models.values.distances import meters_between
from models.values.types import Position
from sample.city import SIZES
from sample.complaints.source import ComplaintTruth, generate
from tests.attacks.attack import NIK, Answer, Attack, AttackClass, Judge, posted
from tests.attacks.people import STRANGERS
from tests.graph.told import told

FORMS: Final = ("csv", "ndjson", "geojson")
OFFICES: Final = frozenset({"dpupr", "disdukcapil", "pdpasar"})
"""The departments of those who attack: what these handle, their officers may know."""
APART_METERS_MIN: Final = 20.0


def _meters_away(truth: ComplaintTruth) -> float:
    latitude, longitude = told(truth)
    if truth.latitude is None or truth.longitude is None or latitude is None or longitude is None:
        return 0.0
    return meters_between(Position(truth.latitude, truth.longitude), Position(latitude, longitude))


VICTIM: Final = next(
    case.truth for case in generate(SIZES["small"])
    if case.alive and case.truth.publication == "ANONYMOUS" and case.truth.ticket_number
    and case.truth.department_code not in OFFICES and case.truth.reporter_nik != NIK
    and _meters_away(case.truth) > APART_METERS_MIN
)  # fmt: skip
OWN: Final = f'ticketNumber: {{eq: "{VICTIM.ticket_number}"}}'
GUESS: Final = f"{{latitude: {VICTIM.latitude}, longitude: {VICTIM.longitude}}}"
NEAR: Final = f"near: {{position: {GUESS}, meters: {APART_METERS_MIN}}}"


def _complaints(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] | None = answer.body["data"]["complaints"]
    assert found is not None, answer.text
    return found


def shows_no_place(answer: Answer) -> str | None:
    """The complaint came, and nothing with the decimals of its place; or the file is not for this key."""
    if answer.status == 403:
        return None
    if str(VICTIM.ticket_number) not in answer.text:
        return f"it did not come: {answer.text[:200]}"
    exact = [degrees for degrees in (VICTIM.latitude, VICTIM.longitude) if str(degrees) in answer.text]
    return f"it shows {exact}" if exact else None


def is_not_here(answer: Answer) -> str | None:
    count = _complaints(answer)["totalCount"]
    return None if count == 0 else f"the right guess finds {count}"


def is_elsewhere(answer: Answer) -> str | None:
    (node,) = _complaints(answer)["nodes"]
    return None if node["distanceMeters"] > APART_METERS_MIN else f"it is {node['distanceMeters']} m from the guess"


def is_not_the_nearest(answer: Answer) -> str | None:
    far = [node["distanceMeters"] for node in _complaints(answer)["nodes"] if _is_victim(node)]
    return None if far and min(far) > APART_METERS_MIN else f"it lies {far} m from the guess"


def _is_victim(node: dict[str, Any]) -> bool:
    return bool(node["ticketNumber"] == VICTIM.ticket_number)


GUESSES: Final[dict[str, tuple[str, Judge]]] = {
    "position": (
        f"{{ complaints(filter: {{{OWN}}}) {{ nodes {{ ticketNumber position {{ latitude longitude }} }} }} }}",
        shows_no_place,
    ),
    "circle": (f"{{ complaints(filter: {{{OWN}, {NEAR}}}) {{ totalCount }} }}", is_not_here),
    "complement": (
        f"{{ complaints(filter: {{{OWN}, not: {{not: {{{NEAR}}}}}}}) {{ totalCount nodes {{ id }} }} }}",
        is_not_here,
    ),
    "distance": (
        f"{{ complaints(filter: {{{OWN}}}) {{ nodes {{ distanceMeters(from: {GUESS}) }} }} }}",
        is_elsewhere,
    ),
    "order": (
        f"""{{ complaints(first: 100, filter: {{{OWN}, near: {{position: {GUESS}, meters: 500}}}},
          orderBy: [{{distance: ASC}}]) {{ nodes {{ ticketNumber distanceMeters(from: {GUESS}) }} }} }}""",
        is_not_the_nearest,
    ),
}


def _guesses() -> Iterator[Attack]:
    for role in STRANGERS:
        for name, (query, judge) in GUESSES.items():
            yield Attack(AttackClass.EXACT_PLACES, name, judge, posted(query), role)
        for form in FORMS:
            path = f"/export/complaints.{form}?filter={quote(f'{{{OWN}}}')}"
            yield Attack(
                AttackClass.EXACT_PLACES, form, shows_no_place, method="GET", path=path, role=role, headers={}
            )  # fmt: skip


EXACT_PLACES: Final[list[Attack]] = list(_guesses())
