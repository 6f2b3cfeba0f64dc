"""The changes between two versions of the graph, by what they mean for apps, and whose documents they affect."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from graphql import (
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_schema,
    get_named_type,
    parse,
    type_from_ast,
    visit,
)
from graphql.utilities.find_schema_changes import (
    BreakingChange,
    BreakingChangeType,
    DangerousChange,
    DangerousChangeType,
    SafeChange,
    SafeChangeType,
    find_schema_changes,
)

_MEMBER: Final = re.compile(r"\b([A-Z]\w*\.\w+)(?:\((\w+):\))?")
_TYPES: Final = (
    re.compile(r"(?:union type|interfaces implemented by) (\w+)\.$"),
    re.compile(r"^(?:Standard scalar )?(\w+) "),
)
_REMOVAL: Final = re.compile(r"\(removal: (\d{4}-\d{2}-\d{2})\)$")
_OF_THE_WHOLE_TYPE: Final = {
    BreakingChangeType.VALUE_REMOVED_FROM_ENUM,
    BreakingChangeType.REQUIRED_INPUT_FIELD_ADDED,
    DangerousChangeType.VALUE_ADDED_TO_ENUM,
    DangerousChangeType.OPTIONAL_INPUT_FIELD_ADDED,
}
"""Changes that affect every user of the type: of values in answers, or of fields in inputs."""


class Severity(StrEnum):
    """What a change means for an app that does not change with it."""

    BREAKING = "breaking"
    DANGEROUS = "dangerous"
    SAFE = "safe"


@dataclass(frozen=True, slots=True)
class Change:
    """A change; `place` is the coordinate through which an app is affected, such as `Complaint.status`."""

    severity: Severity
    description: str
    place: str


def changes_between(base: str, current: str) -> list[Change]:
    """The changes from one SDL to another; descriptions are ignored."""
    if base == current:
        return []
    found = find_schema_changes(build_schema(base), build_schema(current))
    changes = [_change_of(change) for change in found if change.type is not SafeChangeType.DESCRIPTION_CHANGED]
    order = list(Severity)
    return sorted(changes, key=lambda change: (order.index(change.severity), change.description))


def _change_of(change: BreakingChange | DangerousChange | SafeChange) -> Change:
    severity = {BreakingChange: Severity.BREAKING, DangerousChange: Severity.DANGEROUS, SafeChange: Severity.SAFE}
    return Change(severity[type(change)], change.description, _place_of(change))


def _place_of(change: BreakingChange | DangerousChange | SafeChange) -> str:
    member = _MEMBER.search(change.description)
    if member is None:
        whole = next(filter(None, (pattern.search(change.description) for pattern in _TYPES)), None)
        return str(whole[1]) if whole is not None else ""
    place, argument = member.groups()
    if change.type in _OF_THE_WHOLE_TYPE:
        return str(place.partition(".")[0])
    # A new required argument affects everybody who selects the field.
    is_of_field = argument is None or change.type is BreakingChangeType.REQUIRED_ARG_ADDED
    return str(place) if is_of_field else f"{place}({argument}:)"


def users_of(
    changes: Iterable[Change], documents: Mapping[str, Iterable[str]], base: str
) -> dict[Change, tuple[str, ...]]:
    """The clients whose documents use what changes, by change; documents are given by client."""
    schema = build_schema(base)
    uses = {
        client: {use for text in texts for use in _uses_of(text, schema)} for client, texts in sorted(documents.items())
    }
    return {change: tuple(client for client, places in uses.items() if change.place in places) for change in changes}


def _uses_of(text: str, schema: GraphQLSchema) -> set[str]:
    info = TypeInfo(schema)
    uses = _Uses(schema, info)
    visit(parse(text), TypeInfoVisitor(info, uses))
    return uses.places


class _Uses(Visitor):
    """Collects the coordinates that a document uses, with everything that an app could send in its variables."""

    def __init__(self, schema: GraphQLSchema, info: TypeInfo) -> None:
        super().__init__()
        self.places: set[str] = set()
        self._schema = schema
        self._info = info

    def enter_field(self, node: Any, *_: Any) -> None:
        parent, answered = self._info.get_parent_type(), self._info.get_type()
        if parent is None or answered is None:
            return
        place = f"{parent.name}.{node.name.value}"
        self.places |= {parent.name, place, get_named_type(answered).name}
        self.places |= {f"{place}({argument.name.value}:)" for argument in node.arguments or ()}

    def enter_argument(self, *_: Any) -> None:
        self._note_input()

    def enter_object_field(self, node: Any, *_: Any) -> None:
        parent = get_named_type(self._info.get_parent_input_type())
        if parent is not None:
            self.places |= {parent.name, f"{parent.name}.{node.name.value}"}
        self._note_input()

    def enter_inline_fragment(self, node: Any, *_: Any) -> None:
        if node.type_condition is not None:
            self.places.add(node.type_condition.name.value)

    def enter_fragment_definition(self, node: Any, *_: Any) -> None:
        self.places.add(node.type_condition.name.value)

    def enter_variable_definition(self, node: Any, *_: Any) -> None:
        taken = type_from_ast(self._schema, node.type)
        if taken is not None:
            self._note_all(get_named_type(taken))

    def _note_input(self) -> None:
        taken = self._info.get_input_type()
        if taken is not None:
            self.places.add(get_named_type(taken).name)

    def _note_all(self, root: GraphQLNamedType) -> None:
        waiting, seen = [root], {root.name}
        while waiting:
            one = waiting.pop()
            self.places.add(one.name)
            if not isinstance(one, GraphQLInputObjectType):
                continue
            for name, field in one.fields.items():
                self.places.add(f"{one.name}.{name}")
                below = get_named_type(field.type)
                if below.name not in seen:
                    seen.add(below.name)
                    waiting.append(below)


def deprecation_problems(sdl: str, today: date) -> list[str]:
    """Deprecated coordinates whose reason does not end with a day of removal, or whose day has come."""
    problems = []
    for place, reason in _deprecated(build_schema(sdl)):
        day = _day_in(reason)
        if day is None:
            problems.append(
                f'{place} is deprecated without the day of its removal: end the reason by "(removal: 2027-06-01)"'
            )
        elif day <= today:
            problems.append(f"{place} was to be removed on {day.isoformat()}: remove it, or promise a later day")
    return problems


def _day_in(reason: str) -> date | None:
    found = _REMOVAL.search(reason)
    try:
        return None if found is None else date.fromisoformat(found[1])
    except ValueError:
        return None


def _deprecated(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """Every deprecated coordinate with its reason."""
    for name, kind in schema.type_map.items():
        if name.startswith("__"):
            continue
        members: dict[str, Any] = getattr(kind, "values", None) or getattr(kind, "fields", None) or {}
        for member, definition in members.items():
            if definition.deprecation_reason is not None:
                yield f"{name}.{member}", definition.deprecation_reason
            for argument, taken in getattr(definition, "args", {}).items():
                if taken.deprecation_reason is not None:
                    yield f"{name}.{member}({argument}:)", taken.deprecation_reason
    for directive in schema.directives:
        for argument, taken in directive.args.items():
            if taken.deprecation_reason is not None:
                yield f"@{directive.name}({argument}:)", taken.deprecation_reason
