"""The compiled selection on one type: its fields, the kinds of their values, and their arguments."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, TypeAlias, cast

from graphql import (
    FieldNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    get_argument_values,
    is_abstract_type,
)
from graphql.execution.values import VariableValues
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from engine.argument_forms import FORMS_MAX, ArgumentForm, Form, attempted, form_of, in_slots
from engine.facts import BatchField, FieldFacts, Selection
from engine.leaves import LeafColumn


@dataclass(frozen=True, slots=True)
class Leaf:
    """Scalars and enums, serialized by column."""

    serialize: LeafColumn


@dataclass(frozen=True, slots=True)
class NonNull:
    """Values that may not be null. If one is, its parent becomes null."""

    inner: Leaf | ListOf | Composite


@dataclass(frozen=True, slots=True)
class ListOf:
    """Lists, whose items are completed as one column."""

    item: Kind


@dataclass(frozen=True, slots=True)
class Composite:
    """Objects. `selections` holds the selection of each possible type; an object type has one."""

    type: GraphQLObjectType | GraphQLAbstractType
    selections: Mapping[str, SelectionPlan]

    @property
    def is_abstract(self) -> bool:
        return is_abstract_type(self.type)


Kind: TypeAlias = Leaf | NonNull | ListOf | Composite


@dataclass(slots=True, eq=False)
class FieldPlan:
    """One field of a selection, merged from all its occurrences in the document."""

    key: str
    field: GraphQLField
    nodes: list[FieldNode]
    parent_type: GraphQLObjectType
    kind: Kind
    declared: StrawberryField | None
    batch: BatchField | None
    facts: FieldFacts | None
    selection: Selection
    reads_attribute: bool
    variables: tuple[str, ...]
    """The names of those in the arguments."""
    _forms: dict[Form, ArgumentForm | None] = dataclasses.field(default_factory=dict)
    name: str = dataclasses.field(init=False)
    column_name: str = dataclasses.field(init=False)
    is_column: bool = dataclasses.field(init=False)
    leaf: Leaf | None = dataclasses.field(init=False)
    is_required: bool = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        kind = self.kind.inner if isinstance(self.kind, NonNull) else self.kind
        self.name = self.nodes[0].name.value
        self.column_name = self.declared.python_name if self.declared is not None else self.name
        self.is_column = self.batch is None and self.reads_attribute
        self.leaf = kind if isinstance(kind, Leaf) else None
        self.is_required = isinstance(self.kind, NonNull)

    @property
    def uses_variables(self) -> bool:
        return bool(self.variables)

    def form(self, variables: VariableValues) -> ArgumentForm | None:
        """The arguments for variables of this form; None if they are worked out for every request."""
        form = form_of(self.variables, variables)
        if form not in self._forms and len(self._forms) < FORMS_MAX:
            slots = in_slots(self.variables, variables)
            self._forms[form] = attempted(lambda: ArgumentForm(self._coerced(slots, hide_suggestions=True)))
        return self._forms.get(form)

    def arguments(self, variables: VariableValues, *, hide_suggestions: bool) -> dict[str, Any]:
        """The coerced arguments, in a new dictionary. Raises GraphQLError."""
        if not self.field.args and not self.nodes[0].arguments:
            return {}
        form = self.form(variables)
        if form is not None:
            return form.coerced.bound(variables)
        return self._coerced(variables, hide_suggestions=hide_suggestions)

    def batch_arguments(
        self, variables: VariableValues, schema: GraphQLSchema, *, hide_suggestions: bool
    ) -> dict[str, Any]:
        """The arguments converted as Strawberry passes them to an ordinary resolver."""
        if not self.field.args and not self.nodes[0].arguments:
            return {}
        form = self.form(variables)
        template = form.converted(lambda coerced: self._converted(coerced, schema)) if form is not None else None
        if template is not None:
            return template.bound(variables)
        return self._converted(self._coerced(variables, hide_suggestions=hide_suggestions), schema)

    def _coerced(self, variables: VariableValues, *, hide_suggestions: bool) -> dict[str, Any]:
        return get_argument_values(self.field, self.nodes[0], variables, None, hide_suggestions=hide_suggestions)

    def _converted(self, coerced: dict[str, Any], schema: GraphQLSchema) -> dict[str, Any]:
        if self.declared is None or not coerced:
            return dict(coerced)
        strawberry_schema = schema._strawberry_schema  # type: ignore[attr-defined]  # noqa: SLF001  # where strawberry keeps it
        registry = strawberry_schema.schema_converter.scalar_registry
        return convert_arguments(coerced, self.declared.arguments, registry, strawberry_schema.config)


@dataclass(eq=False)
class SelectionPlan:
    """The selection on one object type below one field."""

    type: GraphQLObjectType
    fields: list[FieldPlan] = dataclasses.field(default_factory=list)
    typename_keys: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    has_reads: bool = False

    @cached_property
    def is_pure(self) -> bool:
        """Whether no resolver is called per parent, so that an object that occurs repeatedly is completed once."""
        return all(plan.batch is not None or plan.reads_attribute for plan in self.fields)

    def assemble(self, count: int, columns: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
        """One dictionary per parent, with the response keys in the order of the document."""
        if not self.order:
            return [{} for _ in range(count)]
        if self.typename_keys:
            given, name = iter(columns), self.type.name
            columns = [[name] * count if key in self.typename_keys else next(given) for key in self.order]
        return self._assembler(columns)

    @cached_property
    def _assembler(self) -> Callable[[Sequence[Sequence[Any]]], list[dict[str, Any]]]:
        return _assembler_of(len(self.order))(*self.order)


def composite_of(kind: Kind) -> Composite | None:
    """The objects inside a field's lists and non-null types, if it has any."""
    while not isinstance(kind, Leaf | Composite):
        kind = kind.inner if isinstance(kind, NonNull) else kind.item
    return kind if isinstance(kind, Composite) else None


@lru_cache(maxsize=256)
def _assembler_of(keys_count: int) -> Callable[..., Callable[[Sequence[Sequence[Any]]], list[dict[str, Any]]]]:
    """A generated function from response keys to a function from their columns to dictionaries.

    Clients choose the keys, so they are arguments, never part of the code: Python interns name-like constants for ever.
    """
    numbers = range(keys_count)
    keys = ", ".join(f"k{number}" for number in numbers)
    values = ", ".join(f"v{number}" for number in numbers)
    entries = ", ".join(f"k{number}: v{number}" for number in numbers)
    source = f"lambda {keys}: lambda columns: [{{{entries}}} for {values}, in zip(*columns)]"
    return cast("Callable[..., Any]", eval(source, {"__builtins__": {}, "zip": zip}))  # noqa: S307  # see above
