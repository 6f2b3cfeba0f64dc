"""Operations: random valid documents over the nasty schema, with variables, from a seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLCompositeType,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_composite_type,
    is_leaf_type,
)
from graphql.utilities import do_types_overlap

from engine.facts import BATCH

DEPTH_MAX = 5
FIELDS_MAX = 24
FRAGMENTS_MAX = 4
VALUE_DEPTH_MAX = 3


@dataclass(frozen=True)
class Case:
    """One operation to run, with all that its answer depends on."""

    seed: int
    text: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    operation_name: str | None = None
    failures: float = 0.0
    slowness: float = 0.0

    def __str__(self) -> str:
        return (
            f"seed {self.seed}, failures {self.failures}, slowness {self.slowness}, "
            f"operation {self.operation_name}, variables {dict(self.variables)!r}\n{self.text}"
        )

    def with_text(self, text: str) -> Case:
        return replace(self, text=text)


def case_of(schema: GraphQLSchema, seed: int) -> Case:
    """The case of a seed: always the same one."""
    return _Writer(schema, seed).case()


class _Writer:
    def __init__(self, schema: GraphQLSchema, seed: int) -> None:
        self.schema = schema
        self.seed = seed
        self.dice = Random(f"operation {seed}")
        self.fields_left = self.dice.randint(3, FIELDS_MAX)
        self.fragments: dict[str, tuple[GraphQLCompositeType, str]] = {}
        self.aliases: dict[str, list[str]] = {}
        self.declarations: dict[str, str] = {}
        self.types: dict[str, str] = {}
        self.variables: dict[str, Any] = {}
        self.uses_variables = True
        assert schema.query_type is not None
        roots = schema.query_type.fields.items()
        self.tables = [name for name, root in roots if BATCH in root.extensions and "Cell" in str(root.type)]

    def case(self) -> Case:
        dice = self.dice
        root = self.schema.mutation_type if dice.random() < 0.15 else self.schema.query_type
        assert root is not None
        kind = "mutation" if root is self.schema.mutation_type else "query"
        body = self.selections(root, 0)
        name = "Main" if dice.random() < 0.6 else ""
        further: list[str] = []
        if name and dice.random() < 0.2:
            further.append(self._further())
        declared = ", ".join(self.declarations.values())
        head = f"{kind} {name}{f'({declared})' if declared else ''}"
        fragments = [f"fragment {key} on {of.name} {text}" for key, (of, text) in self.fragments.items()]
        text = "\n".join([*further, f"{head} {body}", *fragments])
        chosen: str | None = name or None
        if further and dice.random() < 0.4:
            chosen = dice.choice(["Other", None, "Nobody"])
        return Case(
            self.seed, text, self.variables, chosen, dice.choice([0.0, 0.02, 0.06, 0.2]), dice.choice([0.0, 0.1, 0.5])
        )

    def _further(self) -> str:
        """A second operation, which needs neither fragments nor variables of the first."""
        self.uses_variables = False
        kept, self.fragments = self.fragments, {}
        self.fields_left = max(self.fields_left, 3)
        limit, self.fragments_max = self.fragments_max, 0
        assert self.schema.query_type is not None
        body = self.selections(self.schema.query_type, 2)
        self.fragments, self.fragments_max = kept, limit
        return f"query Other {body}"

    fragments_max = FRAGMENTS_MAX

    # --- Selections ---------------------------------------------------------------------------------------------------

    def selections(self, parent: GraphQLCompositeType, depth: int) -> str:
        count = self.dice.randint(1, 5) if self.fields_left > 0 else 1
        made: list[str] = []
        if depth == 0 and parent is self.schema.query_type and self.dice.random() < 0.5:
            # Tables are what the engine is for, and of all fields few lead to one.
            made.append(self._field(parent, depth, name=self.dice.choice(self.tables)))
        made += [self._selection(parent, depth) for _ in range(count)]
        if self.dice.random() < 0.15:
            # What is selected already, once more: its fields are merged.
            made.append(self.dice.choice(made))
        return "{ " + " ".join(made) + " }"

    def _selection(self, parent: GraphQLCompositeType, depth: int) -> str:
        chance = self.dice.random()
        if isinstance(parent, GraphQLUnionType):
            chance *= 0.4
        if chance < 0.12:
            return self._inline(parent, depth)
        if chance < 0.22 or (isinstance(parent, GraphQLUnionType) and chance < 0.36):
            return self._spread(parent, depth)
        if chance < 0.26 or isinstance(parent, GraphQLUnionType):
            return f"{self._alias('__typename', '')}__typename{self._directive()}"
        return self._field(parent, depth)

    def _inline(self, parent: GraphQLCompositeType, depth: int) -> str:
        if self.dice.random() < 0.2:
            return f"...{self._directive()} {self.selections(parent, depth + 1)}"
        kind = self.dice.choice(_overlapping(self.schema, parent))
        return f"... on {kind.name}{self._directive()} {self.selections(kind, depth + 1)}"

    def _spread(self, parent: GraphQLCompositeType, depth: int) -> str:
        fitting = [name for name, (kind, _) in self.fragments.items() if do_types_overlap(self.schema, kind, parent)]
        if fitting and (self.dice.random() < 0.5 or len(self.fragments) >= self.fragments_max):
            return f"...{self.dice.choice(fitting)}{self._directive()}"
        if depth >= DEPTH_MAX or len(self.fragments) >= self.fragments_max:
            return self._inline(parent, depth) if depth < DEPTH_MAX else "__typename"
        kind = self.dice.choice(_overlapping(self.schema, parent))
        text = self.selections(kind, depth + 1)
        # Named only now: what it spreads was there before, so that no fragment spreads itself.
        name = f"F{len(self.fragments) + 1}"
        self.fragments[name] = (kind, text)
        return f"...{name}{self._directive()}"

    def _field(self, parent: GraphQLObjectType | GraphQLInterfaceType, depth: int, *, name: str | None = None) -> str:
        self.fields_left -= 1
        name = name or self._name(parent, depth)
        graphql_field = parent.fields[name]
        arguments = self._arguments(graphql_field.args)
        below = get_named_type(graphql_field.type)
        body = f" {self.selections(below, depth + 1)}" if is_composite_type(below) else ""
        return f"{self._alias(name, arguments)}{name}{arguments}{self._directive()}{body}"

    def _name(self, parent: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
        deep = depth < DEPTH_MAX and self.fields_left > 0
        leaves, composites, own = _fields(self.schema, parent)
        names = composites if deep and self.dice.random() < 0.55 else leaves
        if own and self.dice.random() < 0.6:
            # Where it may go deeper it does: tables lead to tables.
            names = [name for name in own if is_leaf_type(get_named_type(parent.fields[name].type)) != deep] or names
        return self.dice.choice(names)

    def _alias(self, name: str, arguments: str) -> str:
        """A response key that stands for this field with these arguments and nothing else, anywhere in the document."""
        known = self.aliases.setdefault(name, [""])
        if arguments not in known:
            known.append(arguments)
        number = known.index(arguments)
        if number == 0 and self.dice.random() < 0.8:
            return ""
        return f"{name.strip('_')}_{number}{self.dice.choice('ab')}: "

    def _directive(self) -> str:
        if self.dice.random() > 0.12:
            return ""
        names = ["skip", "include"] if self.dice.random() < 0.1 else [self.dice.choice(["skip", "include"])]
        return "".join(f" @{name}(if: {self._condition()})" for name in names)

    def _condition(self) -> str:
        if self.uses_variables and self.dice.random() < 0.5:
            return self._variable(GraphQLNonNull(_boolean(self.schema)))
        return self.dice.choice(["true", "false"])

    # --- Values -------------------------------------------------------------------------------------------------------

    def _arguments(self, arguments: Mapping[str, GraphQLArgument]) -> str:
        given = []
        for name, argument in arguments.items():
            if not _is_needed(argument) and self.dice.random() < 0.5:
                continue
            given.append(f"{name}: {self._value(argument.type, 0, has_default=_has_default(argument))}")
        self.dice.shuffle(given)
        return f"({', '.join(given)})" if given else ""

    def _value(self, kind: Any, depth: int, *, has_default: bool = False, constant: bool = False) -> str:
        """The text of a literal, or of a variable that may stand there."""
        if self.uses_variables and not constant and self.dice.random() < 0.3:
            return self._variable(kind, has_default=has_default)
        if isinstance(kind, GraphQLNonNull):
            return self._literal(kind.of_type, depth, constant=constant)
        return "null" if self.dice.random() < 0.1 else self._literal(kind, depth, constant=constant)

    def _literal(self, kind: Any, depth: int, *, constant: bool) -> str:
        if isinstance(kind, GraphQLList):
            inner = get_nullable(kind.of_type)
            if self.dice.random() < 0.2 and not isinstance(inner, GraphQLList):
                # One item may stand for a list of it.
                return self._literal(inner, depth, constant=constant)
            items = [self._value(kind.of_type, depth + 1, constant=constant) for _ in range(self.dice.randint(0, 2))]
            return f"[{', '.join(items)}]"
        if isinstance(kind, GraphQLInputObjectType):
            return self._object(kind, depth, constant=constant)
        if isinstance(kind, GraphQLEnumType):
            return str(self.dice.choice(list(kind.values)))
        return self.dice.choice(_LITERALS[kind.name])

    def _object(self, kind: GraphQLInputObjectType, depth: int, *, constant: bool) -> str:
        names = [
            name
            for name, given in kind.fields.items()
            if _is_needed(given) or (depth < VALUE_DEPTH_MAX and self.dice.random() < 0.5)
        ]
        if kind.is_one_of:
            name = self.dice.choice(list(kind.fields))
            return f"{{{name}: {self._literal(kind.fields[name].type, depth + 1, constant=constant)}}}"
        parts = [
            f"{name}: "
            + self._value(
                kind.fields[name].type, depth + 1, has_default=_has_default(kind.fields[name]), constant=constant
            )
            for name in names
        ]
        return "{" + ", ".join(parts) + "}"

    def _variable(self, kind: Any, *, has_default: bool = False) -> str:
        """A variable that may stand where this type is expected: one that is there already, or a new one."""
        declared = str(kind)
        fitting = [name for name, text in self.types.items() if text == declared]
        if fitting and self.dice.random() < 0.5:
            return f"${self.dice.choice(fitting)}"
        name = f"v{len(self.declarations) + 1}"
        default = ""
        text = declared
        if isinstance(kind, GraphQLNonNull) and (
            self.dice.random() < 0.3 or (has_default and self.dice.random() < 0.5)
        ):
            # A nullable variable may stand there if it has a default, or its place has.
            text = str(kind.of_type)
            if not has_default or self.dice.random() < 0.5:
                default = f" = {self._literal(kind.of_type, 1, constant=True)}"
        elif not isinstance(kind, GraphQLNonNull) and self.dice.random() < 0.3:
            default = f" = {self._value(kind, 1, constant=True)}"
        elif not isinstance(kind, GraphQLNonNull) and self.dice.random() < 0.2:
            text = f"{kind}!"
        if text == declared:
            self.types[name] = text
        self.declarations[name] = f"${name}: {text}{default}"
        self._provide(name, kind, is_optional=not text.endswith("!") or bool(default))
        return f"${name}"

    def _provide(self, name: str, kind: Any, *, is_optional: bool) -> None:
        chance = self.dice.random()
        if chance < 0.015:
            self.variables[name] = self.dice.choice([None, [[]], {"nothing": 1}, "wrong", 2**40, 1.5])
        elif not is_optional or chance < 0.6:
            self.variables[name] = self._given(get_nullable(kind), 0)
        elif chance < 0.7 and not isinstance(kind, GraphQLNonNull):
            self.variables[name] = None

    def _given(self, kind: Any, depth: int) -> Any:
        """A value as JSON carries it."""
        if isinstance(kind, GraphQLNonNull):
            return self._given(kind.of_type, depth)
        if depth > 0 and self.dice.random() < 0.1:
            return None
        if isinstance(kind, GraphQLList):
            inner = get_nullable(kind.of_type)
            return [self._given(kind.of_type if depth else inner, depth + 1) for _ in range(self.dice.randint(0, 2))]
        if isinstance(kind, GraphQLInputObjectType):
            return self._given_object(kind, depth)
        if isinstance(kind, GraphQLEnumType):
            return self.dice.choice(list(kind.values))
        return self.dice.choice(_VALUES[kind.name])

    def _given_object(self, kind: GraphQLInputObjectType, depth: int) -> dict[str, Any]:
        if kind.is_one_of:
            name = self.dice.choice(list(kind.fields))
            return {name: self._given(GraphQLNonNull(kind.fields[name].type), 0)}
        return {
            name: self._given(given.type, depth + 1)
            for name, given in kind.fields.items()
            if _is_needed(given) or (depth < VALUE_DEPTH_MAX and self.dice.random() < 0.4)
        }


_LITERALS: dict[str, list[str]] = {
    "Int": ["0", "1", "-7", "2147483647"],
    "Float": ["0.5", "3", "-1e3"],
    "String": ['""', '"text"', '"ünï \\" \\n"', '"""block"""'],
    "Boolean": ["true", "false"],
    "ID": ['"id"', "7"],
    "Stamp": ["5", '"2020"', "[1, {a: null}]", "2.5", "ANY"],
}
_VALUES: dict[str, list[Any]] = {
    "Int": [0, 1, -7, 2**31 - 1],
    "Float": [0.5, 3, -1000.0],
    "String": ["", "text", "ünï"],
    "Boolean": [True, False],
    "ID": ["id", 7],
    "Stamp": [5, "2020", [1, {"a": None}], "refused graphql", "refused"],
}


def get_nullable(kind: Any) -> Any:
    return kind.of_type if isinstance(kind, GraphQLNonNull) else kind


def _has_default(given: GraphQLArgument | GraphQLInputField) -> bool:
    return given.default is not None


def _is_needed(given: GraphQLArgument | GraphQLInputField) -> bool:
    return isinstance(given.type, GraphQLNonNull) and not _has_default(given)


def _boolean(schema: GraphQLSchema) -> Any:
    return schema.type_map["Boolean"]


@cache
def _overlapping(schema: GraphQLSchema, parent: GraphQLCompositeType) -> Sequence[GraphQLCompositeType]:
    return [
        kind
        for name, kind in sorted(schema.type_map.items())
        if not name.startswith("__") and is_composite_type(kind) and do_types_overlap(schema, kind, parent)
    ]


@cache
def _fields(
    schema: GraphQLSchema, parent: GraphQLObjectType | GraphQLInterfaceType
) -> tuple[list[str], list[str], list[str]]:
    """The names of the leaves, of the composites, and of what no interface has, which is more seldom."""
    leaves = [name for name, one in parent.fields.items() if is_leaf_type(get_named_type(one.type))]
    composites = [name for name, one in parent.fields.items() if not is_leaf_type(get_named_type(one.type))]
    interfaces = [kind for kind in schema.type_map.values() if isinstance(kind, GraphQLInterfaceType)]
    inherited = {name for interface in interfaces for name in interface.fields}
    own = [name for name in parent.fields if name not in inherited]
    return leaves or composites, composites or leaves, own
