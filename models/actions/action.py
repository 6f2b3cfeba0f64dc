"""Action: the contract of one thing that people ask the city to do, as Record is the contract of what is read.

`class ReportComplaint(Action, record=Complaint, ...)` declares its inputs as annotated attributes, states who may and
from which states, and says in `effects` what it changes. It knows no city: where and how the effects are written is a
writing of the city's package (connectors/writing/).
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Any, ClassVar, Union, cast, get_args, get_origin, get_type_hints

from models.actions.effects import Effect
from models.actions.feedback import FeedbackKind
from models.records import PersonalClass, Record
from models.values.types import PersonId


class Whose(Enum):
    """Of which rows a viewer may ask for an action. models/policy/actions.py says which role may for which."""

    REPORT = "REPORT"
    """There is no row yet; an app may tell it for somebody."""
    APPLICATION = "APPLICATION"
    """There is no row yet; a resident asks for themselves."""
    SEEN = "SEEN"
    """Any row that the viewer may read."""
    OWN = "OWN"
    """Rows about the viewer, by the owner field of the record."""
    HANDLED = "HANDLED"
    """Rows that the viewer's department handles."""


@dataclass(frozen=True, slots=True)
class Input:
    """What a person gives for an action. Texts are bounded by `chars_max`, whole numbers by `least` and `most`."""

    name: str
    clean_type: type
    required: bool
    description: str
    personal: PersonalClass
    chars_max: int
    least: int | None
    most: int | None


@dataclass(frozen=True, slots=True)
class _InputDeclaration:
    description: str
    personal: PersonalClass
    chars_max: int
    least: int | None
    most: int | None


def given(
    description: str,
    *,
    personal: PersonalClass = PersonalClass.NON_PERSONAL,
    chars_max: int = 64,
    least: int | None = None,
    most: int | None = None,
) -> Any:
    """Declare an input of an action; its annotation is its clean type, and `| None` makes it optional."""
    return _InputDeclaration(description, personal, chars_max, least, most)


@dataclass(frozen=True, slots=True)
class Telling:
    """Everything that an accepted action knows, from which its effects follow. `repr` shows no values.

    `today` is the day of the city. `row` has the fields of the row that it is about, as far as `Action.reads` names
    them; empty for a new one. `reference` is the number that the hub gave to a new row. `person` is the resident who
    asks; None for an officer or a key. `department` handles what is new.
    """

    given: Mapping[str, Any] = field(repr=False)
    at: datetime
    today: date
    row_key: str | None = None
    row: Mapping[str, Any] = field(default_factory=dict, repr=False)
    reference: str | None = None
    person: PersonId | None = field(default=None, repr=False)
    department: str | None = None


class _ActionType(type):
    """What every action knows of itself, beside Action, so that an input may be called `name` as well."""

    name: str
    record: type[Record]
    whose: Whose
    reads: frozenset[str]
    only_if: Mapping[str, frozenset[object]]
    says: FeedbackKind | None
    inputs: Mapping[str, Input]


class Action(metaclass=_ActionType):
    """Base of all actions. Never instantiated. Raises TypeError if an action contradicts itself."""

    summary: ClassVar[str]

    def __init_subclass__(
        cls,
        *,
        name: str,
        record: type[Record],
        whose: Whose,
        reads: Iterable[str] = (),
        only_if: Mapping[str, Iterable[object]] = types.MappingProxyType({}),
        says: FeedbackKind | None = None,
    ) -> None:
        """`name` is that of the mutation in Python's spelling, `reads` has the fields of the row that `effects` needs.

        `only_if` names the values that fields of the row must have, which says from which states it may be asked for.
        `says` is what it adds to the feedback, in the hub's own tables, as soon as it is accepted.
        """
        super().__init_subclass__()
        hints = get_type_hints(cls)
        cls.name, cls.record, cls.whose, cls.says = name, record, whose, says
        cls.only_if = types.MappingProxyType({field: frozenset(values) for field, values in only_if.items()})
        cls.reads = frozenset({*reads, *cls.only_if})
        cls.inputs = types.MappingProxyType(
            {
                attribute: _input(attribute, hints[attribute], declared)
                for attribute, declared in list(vars(cls).items())
                if isinstance(declared, _InputDeclaration)
            }
        )
        cls.summary = (cls.__doc__ or "").strip().splitlines()[0]
        unknown = cls.reads - set(record.fields)
        if unknown:
            raise TypeError(f"{cls.__name__} reads {min(unknown)!r}, which is no field of {record.__name__}")

    @classmethod
    def makes_row(cls) -> bool:
        """Whether it is about a row that there is not yet."""
        return cls.whose in (Whose.REPORT, Whose.APPLICATION)

    @classmethod
    def effects(cls, telling: Telling) -> tuple[Effect, ...]:  # noqa: ARG003  # those of the subclasses need it
        """What it changes. Pure: the same telling has the same effects, so that it can be shown before it is sent."""
        return ()


def _input(name: str, hint: object, declared: _InputDeclaration) -> Input:
    inner, required = hint, True
    if get_origin(hint) in (Union, types.UnionType):
        inner, required = next(part for part in get_args(hint) if part is not type(None)), False
    return Input(
        name,
        cast(type, inner),
        required,
        declared.description,
        declared.personal,
        declared.chars_max,
        declared.least,
        declared.most,
    )
