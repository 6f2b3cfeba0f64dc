"""Marks personal fields in the graph, by a directive and in their description."""

from __future__ import annotations

from enum import Enum

import strawberry
from strawberry.schema_directive import Location
from strawberry.types.enum import StrawberryEnumDefinition

from models.policy import purposes
from models.policy.decisions import Rule, rule_of, widest_rule
from models.policy.purposes import GROUNDS
from models.policy.viewer import Purpose, Role
from models.records import PersonalClass, Record


@strawberry.enum(name="PersonalClass", description="How the law sees a field (UU 27/2022).")
class PersonalKind(Enum):
    GENERAL = strawberry.enum_value("GENERAL", description="Such as a name, a sex, or a number that identifies.")
    SPECIFIC = strawberry.enum_value("SPECIFIC", description="Such as health, money, or anything about children.")
    FREE_TEXT = strawberry.enum_value("FREE_TEXT", description="What people wrote; it may hold anything.")


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION], description="A field about a person. docs/personal-data.md says who sees it."
)
class Personal:
    kind: PersonalKind = strawberry.directive_field(name="class")


def _describe_purposes() -> None:
    """Make the purposes an enum of the graph, whose values say what they are for and on which legal ground."""
    described = strawberry.enum(Purpose, description="Why personal data is read: what the header `Hub-Purpose` states.")
    definition: StrawberryEnumDefinition = described.__strawberry_definition__  # type: ignore[attr-defined]  # set by the line above
    for value in definition.values:
        ground = GROUNDS[Purpose[value.name]]
        value.description = f"{ground.about.en} {ground.law}."


_describe_purposes()


def personal(kind: PersonalClass) -> Personal:
    """The directive of a field of this class."""
    return Personal(kind=PersonalKind(kind.value))


def directives_of(*fields: PersonalClass) -> list[object]:
    """The directive of a field that shows fields of these classes; none if all are public."""
    kinds = [kind for kind in fields if kind is not PersonalClass.NON_PERSONAL]
    return [personal(kinds[0])] if kinds else []


def seen_by(record: type[Record], name: str) -> str:
    """Who sees a field of a record, as a sentence; empty for a public field."""
    if record.fields[name].personal is PersonalClass.NON_PERSONAL:
        return ""
    seers = [text for role in Role if (text := _seen_in(role, record, name))]
    return f" Seen by {'; '.join(seers)}." if seers else " Seen by nobody."


def _seen_in(role: Role, record: type[Record], name: str) -> str:
    rule = widest_rule(role, record, name)
    if rule is Rule.DENY:
        return ""
    if role is Role.CITIZEN:
        return "the person" + (", others masked" if rule is Rule.OPEN_ELSE_MASK else "")
    stated = ", ".join(
        purpose.value
        for purpose in Purpose
        if purposes.opens(purpose, record.name) and rule_of(role, record, name, purpose) is not Rule.DENY
    )
    rows = "that handles it" if record.handled_by is not None else "of the source"
    masked = {Rule.MASK_ELSE_NULL: ", masked until unlocked", Rule.OPEN_ELSE_MASK: ", other officers masked"}.get(
        rule, ""
    )
    return f"officers of the department {rows} for {stated}{masked}"
