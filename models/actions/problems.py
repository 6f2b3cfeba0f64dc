"""Problem: why an action was not accepted, as a person reads it: a code, the input, and a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from models.actions.action import Action, Input
from models.errors import BadInput
from models.values.types import Box, Position
from models.values.vocabulary import UNKNOWN, Vocabulary


class ProblemCode(Vocabulary):
    """What is wrong with what was given for an action."""

    BLANK = "BLANK", "Kosong", "Blank", "It is needed, and there is nothing in it"
    TOO_LONG = "TOO_LONG", "Terlalu panjang", "Too long", "The text is longer than it may be"
    OUT_OF_RANGE = "OUT_OF_RANGE", "Di luar rentang", "Out of range", "The number is smaller or larger than it may be"
    NOT_KNOWN = "NOT_KNOWN", "Tidak dikenal", "Not known", "The city has nothing with this code"
    OUTSIDE = "OUTSIDE", "Di luar kota", "Outside", "The position is not in the city"
    PLACE_MISSING = "PLACE_MISSING", "Tanpa lokasi", "Place missing", "Neither a position nor an area was given"
    NOT_NOW = "NOT_NOW", "Tidak bisa sekarang", "Not now", "It cannot be asked for in the present state"
    NOT_FOUND = "NOT_FOUND", "Tidak ditemukan", "Not found", "There is no such thing of which the viewer may ask for it"
    NOT_TAKEN = "NOT_TAKEN", "Tidak diterima", "Not taken", "The department's system cannot hold this value"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "A newer hub says something that this one does not know"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with an input, or with the action as a whole where `field` is None. `error` says it to people."""

    code: ProblemCode
    field: str | None
    error: BadInput


def problems_of(action: type[Action], given: Mapping[str, Any], box: Box) -> Iterator[Problem]:
    """What is wrong with the inputs by themselves. Texts are already without blanks around them."""
    for name, declared in action.inputs.items():
        value = given.get(name)
        if value is None or value == "":
            if declared.required:
                yield Problem(ProblemCode.BLANK, name, BadInput("action_blank"))
        else:
            yield from _of_value(declared, value, box)


def _of_value(declared: Input, value: object, box: Box) -> Iterator[Problem]:
    name = declared.name
    if isinstance(value, Position):
        if not box.contains(value):
            yield Problem(ProblemCode.OUTSIDE, name, BadInput("action_outside"))
    elif isinstance(value, Vocabulary):
        if value.value == UNKNOWN:
            yield Problem(ProblemCode.NOT_KNOWN, name, BadInput("action_unknown"))
    elif isinstance(value, str):
        if len(value) > declared.chars_max:
            yield Problem(ProblemCode.TOO_LONG, name, BadInput("action_long", maximum=declared.chars_max))
    elif isinstance(value, int):
        least, most = declared.least, declared.most
        if (least is not None and value < least) or (most is not None and value > most):
            yield Problem(ProblemCode.OUT_OF_RANGE, name, BadInput("action_range", least=least, most=most))
