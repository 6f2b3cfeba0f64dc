"""Selections: what is asked of one type at one place, compiled - fields, the kinds of their values, their arguments."""

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

from engine.facts import BatchField, FieldFacts, Selection
from engine.leaves import LeafColumn


@dataclass(frozen=True, slots=True)
class Leaf:
    """Values that are serialized column by column."""

    serialize: LeafColumn


@dataclass(frozen=True, slots=True)
class NonNull:
    """Values that may not be null; where one is, the parent is null instead."""

    inner: Leaf | ListOf | Composite


@dataclass(frozen=True, slots=True)
class ListOf:
    """Lists, whose items are completed all at once."""

    item: Kind


@dataclass(frozen=True, slots=True)
class Composite:
    """Objects. `selections` says what is selected of each type that may stand here; an object type is alone."""

    type: GraphQLObjectType | GraphQLAbstractType
    selections: Mapping[str, SelectionPlan]

    @property
    def is_abstract(self) -> bool:
        return is_abstract_type(self.type)


Kind: TypeAlias = Leaf | NonNull | ListOf | Composite


@dataclass(slots=True, eq=False)
class FieldPlan:
    """One field of a selection: all its occurrences in the document merged."""

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
    uses_variables: bool
    _arguments: dict[str, Any] | None = None
    _batch_arguments: dict[str, Any] | None = None
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

    def arguments(self, variables: VariableValues, *, hide_suggestions: bool) -> dict[str, Any]:
        """The coerced arguments, in a dictionary of its own. Raises GraphQLError."""
        if not self.field.args and not self.nodes[0].arguments:
            return {}
        if self._arguments is not None:
            return dict(self._arguments)
        arguments = get_argument_values(self.field, self.nodes[0], variables, None, hide_suggestions=hide_suggestions)
        if not self.uses_variables:
            self._arguments = arguments
        return dict(arguments)

    def batch_arguments(
        self, variables: VariableValues, schema: GraphQLSchema, *, hide_suggestions: bool
    ) -> dict[str, Any]:
        """The arguments as the ordinary resolver would get them as keywords."""
        if self._batch_arguments is not None:
            return dict(self._batch_arguments)
        arguments = self.arguments(variables, hide_suggestions=hide_suggestions)
        if self.declared is not None and arguments:
            strawberry_schema = schema._strawberry_schema  # type: ignore[attr-defined]  # noqa: SLF001  # where strawberry keeps it
            registry = strawberry_schema.schema_converter.scalar_registry
            arguments = convert_arguments(arguments, self.declared.arguments, registry, strawberry_schema.config)
        if not self.uses_variables:
            self._batch_arguments = arguments
        return dict(arguments)


@dataclass(eq=False)
class SelectionPlan:
    """What is selected of one object type at one place."""

    type: GraphQLObjectType
    fields: list[FieldPlan] = dataclasses.field(default_factory=list)
    typename_keys: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    has_reads: bool = False

    @cached_property
    def is_pure(self) -> bool:
        """Whether no resolver is called for a parent, so that one object in many places can be completed once."""
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
    """The objects that stand inside a field's lists, if there are any."""
    while not isinstance(kind, Leaf | Composite):
        kind = kind.inner if isinstance(kind, NonNull) else kind.item
    return kind if isinstance(kind, Composite) else None


@lru_cache(maxsize=256)
def _assembler_of(keys_count: int) -> Callable[..., Callable[[Sequence[Sequence[Any]]], list[dict[str, Any]]]]:
    """A function from response keys to one from their columns to dictionaries, made of nothing but their number.

    The keys are no constants of it: Python 3.12 keeps those that look like names for ever, and clients choose them.
    """
    numbers = range(keys_count)
    keys = ", ".join(f"k{number}" for number in numbers)
    values = ", ".join(f"v{number}" for number in numbers)
    entries = ", ".join(f"k{number}: v{number}" for number in numbers)
    source = f"lambda {keys}: lambda columns: [{{{entries}}} for {values}, in zip(*columns)]"
    return cast("Callable[..., Any]", eval(source, {"__builtins__": {}, "zip": zip}))  # noqa: S307  # see above
