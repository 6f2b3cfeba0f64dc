"""Argument forms: arguments that were prepared and bound are those that graphql-core and Strawberry work out anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

import pytest
import strawberry
from graphql import GraphQLError, GraphQLSchema, get_argument_values
from graphql.execution.values import VariableValues
from strawberry import UNSET
from strawberry.types.arguments import convert_arguments

from engine import argument_forms, selections
from engine.argument_forms import FORMS_MAX, Slot, SlotTouched, attempted
from engine.facts import BATCH, BatchField, Selection
from engine.lanes import Lanes
from engine.selections import FieldPlan


@strawberry.enum
class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@strawberry.input
class Inner:
    text: str | None = UNSET
    colour: Colour | None = UNSET
    numbers: list[int] | None = UNSET


@strawberry.input
class Filter:
    inner: Inner | None = UNSET
    both: list[Filter] | None = UNSET


def rows_of(arguments: Mapping[str, Any], _: Selection) -> int:
    first = arguments.get("first")
    return first if isinstance(first, int) else 20


LISTED = {BATCH: BatchField(lambda *_, **__: [0], reads="things", rows_max=rows_of)}


def things(first: int | None = UNSET, at: int = 7, where: Filter | None = UNSET) -> int:  # declared
    return 0


@strawberry.type
class Query:
    things: int = strawberry.field(resolver=things, metadata=LISTED)


SCHEMA: GraphQLSchema = strawberry.Schema(Query)._schema
LANES = Lanes(SCHEMA)
DECLARED = "$first: Int, $text: String, $colour: Colour, $numbers: [Int!], $one: Int!, $inner: Inner, $filter: Filter"
GIVEN: dict[str, Any] = {
    "first": 3, "text": "a", "colour": "BLUE", "numbers": [1, 2], "one": 5, "inner": {"text": "b"},
    "filter": {"inner": {"colour": "RED"}},
}  # fmt: skip
ASKED = [
    "things",
    "things(first: 2)",
    "things(first: $first)",
    "things(at: $one)",
    "things(where: {inner: {text: $text}})",
    "things(where: {inner: {text: $text, colour: $colour}, both: [{inner: {colour: RED}}, {inner: {text: $text}}]})",
    "things(where: {inner: {numbers: [1, $one]}})",
    "things(where: {inner: {numbers: $numbers}})",
    "things(where: {inner: $inner})",
    "things(where: $filter)",
    "things(first: $first, where: {both: [{inner: {text: $text}}, {inner: $inner}]})",
]


def planned(asked: str, given: Mapping[str, Any]) -> tuple[FieldPlan, VariableValues]:
    """The field in a plan that is kept, so that it is asked warm from the second time on."""
    used = ", ".join(one for one in DECLARED.split(", ") if one.partition(":")[0] in asked)
    text = f"query Ask({used}) {{ {asked} }}" if used else f"{{ {asked} }}"
    priced = LANES.priced(LANES.prepare(text), None, {name: given[name] for name in given if f"${name}" in used})
    assert priced.plan is not None, priced.errors
    return priced.plan.root.fields[0], priced.variables


def said(value: object) -> object:
    return {name: said(one) for name, one in vars(value).items()} if isinstance(value, Filter | Inner) else (
        [said(one) for one in value] if isinstance(value, list) else value
    )  # fmt: skip


@pytest.mark.parametrize("asked", ASKED)
def test_they_are_what_is_worked_out_anew(asked: str) -> None:
    """For every choice of variables that are null or left out, cold and warm, with other values each time."""
    others: dict[str, Any] = {**GIVEN, "first": 9, "text": "z", "colour": "RED", "numbers": [], "one": 6}
    optional = [name for name in GIVEN if f"${name}" in asked and name != "one"]
    for turn in range(2):
        for null in (None, *optional):
            for without in (None, *optional):
                given = {name: value for name, value in (others if turn else GIVEN).items() if name != without}
                if null in given:
                    given[null] = None
                field, variables = planned(asked, given)
                try:
                    coerced = get_argument_values(field.field, field.nodes[0], variables)
                except GraphQLError as error:
                    with pytest.raises(GraphQLError, match=error.message[:20]):
                        field.arguments(variables, hide_suggestions=False)
                    continue
                assert field.arguments(variables, hide_suggestions=False) == coerced
                converted = field.batch_arguments(variables, SCHEMA, hide_suggestions=False)
                anew = field._converted(coerced, SCHEMA)
                assert {name: said(one) for name, one in converted.items()} == {
                    name: said(one) for name, one in anew.items()
                }


def test_they_are_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = {"coerced": 0, "converted": 0}
    coerce, convert = get_argument_values, convert_arguments

    def coercing(*given: Any, **more: Any) -> Any:
        counts["coerced"] += 1
        return coerce(*given, **more)

    def converting(*given: Any, **more: Any) -> Any:
        counts["converted"] += 1
        return convert(*given, **more)

    monkeypatch.setattr(selections, "get_argument_values", coercing)
    monkeypatch.setattr(selections, "convert_arguments", converting)
    for number in range(5):
        asked = "things(first: $first, where: {inner: {text: $text, colour: $colour}}) # once"
        field, variables = planned(f"{asked}\n", {**GIVEN, "first": number})
        assert field.batch_arguments(variables, SCHEMA, hide_suggestions=False)["first"] == number
    assert counts == {"coerced": 1, "converted": 1}


def test_what_is_bound_is_a_requests_own() -> None:
    field, variables = planned("things(where: {inner: {text: $text}}) # own\n", GIVEN)
    one, other = [field.batch_arguments(variables, SCHEMA, hide_suggestions=False) for _ in range(2)]
    one["where"].inner.text = "changed"
    assert other["where"].inner.text == "a"


@pytest.mark.parametrize("first", [3, 0, 50, None])
def test_rows_follow_the_value(first: int | None) -> None:
    text = "query Rows($first: Int) { things(first: $first) }"
    for value, rows in ((8, 8), (first, 20 if first is None else first)):
        assert LANES.priced(LANES.prepare(text), None, {"first": value}).cost.rows == rows


def test_forms_are_bounded() -> None:
    asked = "things(first: $first, where: {inner: {text: $text, colour: $colour}}) # bounded\n"
    for number in range(27):
        given = dict(GIVEN)
        # Every choice of given, null and left out.
        for at, name in enumerate(("first", "text", "colour")):
            choice = number // 3**at % 3
            if choice == 1:
                given[name] = None
            elif choice == 2:
                del given[name]
        field, variables = planned(asked, given)
        coerced = get_argument_values(field.field, field.nodes[0], variables)
        assert field.arguments(variables, hide_suggestions=False) == coerced
        assert len(field._forms) <= FORMS_MAX
    assert len(planned(asked, GIVEN)[0]._forms) == FORMS_MAX


LOOKS: list[Callable[[Any], object]] = [
    bool, len, str, repr, hash, int, iter,
    lambda slot: slot == 1, lambda slot: slot + 1, lambda slot: slot < 1, lambda slot: "a" in slot,
    lambda slot: slot.name, lambda slot: isinstance(slot, int), lambda slot: isinstance(slot, Mapping),
    lambda slot: f"{slot}",
]  # fmt: skip


def test_nobody_sees_what_is_in_a_slot() -> None:
    for look in LOOKS:
        with pytest.raises((SlotTouched, TypeError)):
            look(Slot("x"))
    assert attempted(lambda: bool(Slot("x"))) is None
    assert argument_forms.Template({"a": [Slot("x"), 1]}).bound(VariableValues({}, {"x": 2})) == {"a": [2, 1]}
