"""The filters of a collection as a form: its controls, and what the graph is asked for by what was chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from strawberry.utils.str_converters import to_camel_case

from api.pages.data.previews import heading_of
from api.pages.frame import gettext_noop
from api.pages.wording import Wording
from connectors.catalog import Binding
from models.predicates import Operator
from models.records import Field, PersonalClass, Record, Relation
from models.values.vocabulary import Vocabulary
from schema.core.derived import DerivedField, derived_of

_N = gettext_noop
AREAS: Final = "areas"
DEPARTMENT: Final = "department_code"
FIRST_MAX: Final = 8
"""So many controls are seen at once; the others are folded."""
TEXT_CHARS_MAX: Final = 200
FROM, TO, LEAST = "from", "to", "min"
DAY: Final = timedelta(days=1)

LISTED: Final[Mapping[str, str]] = {"complaint_categories": "complaintCategories", "license_types": "licenseTypes"}
"""The records of which there are few enough to choose one by name, with the lists that have them."""

Option = tuple[str, str]
"""A value and what it is called."""


class WrongValue(Exception):
    """A value that the control of its name never sends."""

    def __init__(self, heading: str) -> None:
        super().__init__(heading)
        self.heading = heading


@dataclass(frozen=True, slots=True)
class Control:
    """One control of the form: its parameter, its label, what it looks like, and what it holds now."""

    name: str
    heading: str
    looks: str
    asked: Callable[[str, Wording], Mapping[str, Any]]
    options: tuple[Option, ...] = ()
    listed: str = ""
    ending: str = ""
    value: str = ""

    @property
    def is_place(self) -> bool:
        """Whether it chooses what a row belongs to: an area, a kind, a department."""
        return bool(self.listed) or self.heading == heading_of("department")


def controls_of(record: type[Record], binding: Binding | None, wording: Wording) -> list[Control]:
    """The controls of the fields that this city's source can compare, without those about people.

    What rows belong to comes first, then the first time, then what can be chosen, then what is typed.
    """
    controls = list(_all(record, binding, wording)) if binding is not None else []
    first_day = next((control.name.partition(".")[0] for control in controls if control.looks == "date"), "")

    def rank(control: Control) -> int:
        if control.looks == "date":
            return 1 if control.name.startswith(f"{first_day}.") else 4
        return 3 if control.looks != "select" else 0 if control.is_place else 2

    return sorted(controls, key=rank)


def _all(record: type[Record], binding: Binding, wording: Wording) -> Iterator[Control]:
    ones = {relation.on[0][0]: relation for relation in record.relations.values() if not relation.many}
    for field in record.fields.values():
        if not field.filter or field.personal is not PersonalClass.NON_PERSONAL or field.name in binding.missing:
            continue
        operators = binding.mapping.operators(field.name)
        if operators:
            yield from _controls(field, ones.get(field.name), operators, wording)
    for derived in derived_of(record):
        yield from _typed(derived, frozenset(Operator), wording)


def _controls(
    field: Field, relation: Relation | None, operators: frozenset[Operator], wording: Wording
) -> Iterator[Control]:
    name = to_camel_case(field.name)
    if field.name == DEPARTMENT:
        offices = tuple((one.code, one.name) for one in wording.city.departments)
        yield Control(name, heading_of("department"), "select", lambda text, _: {name: {"eq": text}}, offices)
    elif relation is not None and relation.target == AREAS:
        shown = to_camel_case(relation.name)
        yield Control(shown, heading_of("area"), "select", _in_area(shown), listed=AREAS)
    elif relation is not None and relation.target in LISTED:
        heading = heading_of(to_camel_case(relation.name))
        yield Control(name, heading, "select", lambda text, _: {name: {"eq": text}}, listed=LISTED[relation.target])
    elif relation is None:
        yield from _typed(field, operators, wording)


def _in_area(name: str) -> Callable[[str, Wording], Mapping[str, Any]]:
    """In an area, or in one right below it."""

    def asked(code: str, _: Wording) -> Mapping[str, Any]:
        return {name: {"or": [{"code": {"eq": code}}, {"parentCode": {"eq": code}}]}}

    return asked


def _typed(field: Field | DerivedField, operators: frozenset[Operator], wording: Wording) -> Iterator[Control]:
    name, kind = to_camel_case(field.name), field.clean_type
    heading = heading_of(name)
    if issubclass(kind, Vocabulary):
        words = tuple((one.name, one.label_in(wording.language)) for one in kind)
        yield Control(name, heading, "select", _word(name, heading, kind), words)
    elif kind is bool:
        both = (("true", wording.gettext("yes")), ("false", wording.gettext("no")))
        yield Control(name, heading, "select", _flag(name, heading), both)
    elif issubclass(kind, date) and Operator.GTE in operators:
        is_moment = issubclass(kind, datetime)
        for end, ending in ((FROM, _N("from")), (TO, _N("to"))):
            yield Control(
                f"{name}.{end}", heading, "date", _day(name, end, heading, is_moment=is_moment), ending=ending
            )
    elif kind is int and Operator.GTE in operators:
        yield Control(f"{name}.{LEAST}", heading, "number", _least(name, heading), ending=_N("at least"))
    elif kind is str:
        operator = "contains" if Operator.CONTAINS in operators else "eq"
        yield Control(name, heading, "text", lambda text, _: {name: {operator: text[:TEXT_CHARS_MAX]}})


def _word(name: str, heading: str, kind: type[Vocabulary]) -> Callable[[str, Wording], Mapping[str, Any]]:
    def asked(text: str, _: Wording) -> Mapping[str, Any]:
        if text not in kind.__members__:
            raise WrongValue(heading)
        return {name: {"eq": text}}

    return asked


def _flag(name: str, heading: str) -> Callable[[str, Wording], Mapping[str, Any]]:
    def asked(text: str, _: Wording) -> Mapping[str, Any]:
        if text not in ("true", "false"):
            raise WrongValue(heading)
        return {name: {"eq": text == "true"}}

    return asked


def _least(name: str, heading: str) -> Callable[[str, Wording], Mapping[str, Any]]:
    def asked(text: str, _: Wording) -> Mapping[str, Any]:
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise WrongValue(heading)
        return {name: {"gte": int(text)}}

    return asked


def _day(name: str, end: str, heading: str, *, is_moment: bool) -> Callable[[str, Wording], Mapping[str, Any]]:
    """From the start of a day, or to its end; a moment is one of the city's own clock."""

    def asked(text: str, wording: Wording) -> Mapping[str, Any]:
        try:
            day = date.fromisoformat(text)
            after = day + DAY
        except (ValueError, OverflowError):
            raise WrongValue(heading) from None
        if not is_moment:
            return {name: {"gte" if end == FROM else "lte": day.isoformat()}}
        edge = datetime.combine(day if end == FROM else after, time(), wording.city.time_zone).isoformat()
        return {name: {"gte" if end == FROM else "lt": edge}}

    return asked


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen: the controls with their values, the filter of the graph, and which values were wrong."""

    controls: tuple[Control, ...]
    where: Mapping[str, Any]
    wrong: tuple[str, ...]

    @property
    def first(self) -> Sequence[Control]:
        return self.controls[:FIRST_MAX]

    @property
    def folded(self) -> Sequence[Control]:
        return self.controls[FIRST_MAX:]

    @property
    def is_folded_used(self) -> bool:
        return any(control.value for control in self.folded)


def chosen_of(controls: Sequence[Control], given: Mapping[str, str], wording: Wording) -> Chosen:
    """What the parameters of an address choose. What is no control is left out."""
    held: list[Control] = []
    where: dict[str, dict[str, Any]] = {}
    wrong: list[str] = []
    for control in controls:
        text = given.get(control.name, "").strip()
        held.append(replace(control, value=text))
        if not text:
            continue
        try:
            for name, asked in control.asked(text, wording).items():
                where[name] = {**where.get(name, {}), **asked}
        except WrongValue as value:
            wrong.append(value.heading)
    return Chosen(tuple(held), where, tuple(dict.fromkeys(wrong)))
