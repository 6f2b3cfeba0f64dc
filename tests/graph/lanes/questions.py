"""Questions: random operations over the whole graph, shaped by hypothesis-graphql, with arguments from the sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    NameNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    build_schema,
    get_named_type,
    is_composite_type,
    parse,
    parse_type,
    print_ast,
    print_schema,
    visit,
)
from graphql.language import FieldDefinitionNode
from graphql.utilities import value_to_literal
from hypothesis import strategies as st
from hypothesis_graphql import queries

from tests.graph.lanes.samples import Samples

FIRST_MAX = 4


@dataclass(frozen=True)
class Question:
    """A document with one operation, and its variables."""

    text: str
    variables: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"variables {dict(self.variables)!r}\n{self.text}"


def questions(schema: GraphQLSchema, samples: Samples) -> st.SearchStrategy[Question]:
    # hypothesis-graphql draws a value from its type alone: it could not know what an id of a hospital is, nor that
    # `first` and `last` exclude each other. So it shapes the selections, over a graph without arguments. And one root
    # field at a time, each a graph of its own: of many it goes into none deeply.
    bare = _without_arguments(schema)
    assert bare.query_type is not None
    shapes: dict[str, st.SearchStrategy[DocumentNode]] = {
        name: queries(GraphQLSchema(GraphQLObjectType("Query", {name: root})), print_ast=_as_it_is)
        for name, root in bare.query_type.fields.items()
    }

    @st.composite
    def question(draw: st.DrawFn) -> Question:
        roots = draw(st.lists(st.sampled_from(sorted(shapes)), min_size=1, max_size=2, unique=True))
        return _Asking(schema, samples, draw).question([draw(shapes[root]) for root in roots])

    return question()


def _as_it_is(document: DocumentNode) -> DocumentNode:
    return document


def _without_arguments(schema: GraphQLSchema) -> GraphQLSchema:
    return build_schema(print_ast(visit(parse(print_schema(schema)), _Bare())))


class _Bare(Visitor):
    def enter_field_definition(self, node: FieldDefinitionNode, *_: object) -> FieldDefinitionNode:
        return FieldDefinitionNode(name=node.name, type=node.type, arguments=(), directives=(), description=None)


class _Asking:
    """Gives the fields of shapes their arguments, and some of them a fragment or a directive around."""

    def __init__(self, schema: GraphQLSchema, samples: Samples, draw: st.DrawFn) -> None:
        self.schema = schema
        self.samples = samples
        self.draw = draw
        self.variables: dict[str, Any] = {}
        self.declared: list[VariableDefinitionNode] = []
        self.given: dict[tuple[str, str], tuple[ArgumentNode, ...]] = {}

    def question(self, shapes: Sequence[DocumentNode]) -> Question:
        assert self.schema.query_type is not None
        made: list[SelectionNode] = []
        for shape in shapes:
            (operation,) = shape.definitions
            assert isinstance(operation, OperationDefinitionNode)
            made += self._selections(operation.selection_set, self.schema.query_type).selections
        selections = SelectionSetNode(selections=tuple(made))
        asked = OperationDefinitionNode(
            operation=OperationType.QUERY,
            name=NameNode(value="Asked"),
            variable_definitions=tuple(self.declared),
            directives=(),
            selection_set=selections,
        )
        return Question(print_ast(DocumentNode(definitions=(asked,))), self.variables)

    def _selections(self, node: SelectionSetNode, parent: Any) -> SelectionSetNode:
        made: list[SelectionNode] = []
        for one in node.selections:
            if isinstance(one, InlineFragmentNode):
                condition = one.type_condition
                kind = self.schema.type_map[condition.name.value] if condition else parent
                below = self._selections(one.selection_set, kind)
                made.append(InlineFragmentNode(type_condition=condition, directives=(), selection_set=below))
            else:
                made.append(self._decorated(self._field(cast(FieldNode, one), parent), parent))
        return SelectionSetNode(selections=tuple(made))

    def _field(self, node: FieldNode, parent: Any) -> FieldNode:
        name = node.name.value
        below = node.selection_set
        graphql_field = None if name == "__typename" else parent.fields[name]
        if below is not None and graphql_field is not None:
            kind = get_named_type(graphql_field.type)
            assert is_composite_type(kind)
            below = self._selections(below, kind)
        # The same response key at the same place must have the same arguments, also in another fragment.
        key = (node.alias or node.name).value
        place = (str(parent), key)
        if place not in self.given:
            arguments = graphql_field.args if graphql_field is not None else {}
            self.given[place] = self._arguments(name, arguments)
        return FieldNode(
            alias=node.alias, name=node.name, arguments=self.given[place], directives=(), selection_set=below
        )

    def _decorated(self, node: FieldNode, parent: Any) -> SelectionNode:
        form = self.draw(st.integers(0, 15))
        if form == 14:
            return InlineFragmentNode(
                type_condition=NamedTypeNode(name=NameNode(value=parent.name)),
                directives=(),
                selection_set=SelectionSetNode(selections=(node,)),
            )
        if form == 15:
            condition = self._given(self.schema.type_map["Boolean"], GraphQLNonNull, True)
            directive = DirectiveNode(
                name=NameNode(value="include"), arguments=(ArgumentNode(name=NameNode(value="if"), value=condition),)
            )
            return FieldNode(
                alias=node.alias,
                name=node.name,
                arguments=node.arguments,
                directives=(directive,),
                selection_set=node.selection_set,
            )
        return node

    def _given(self, kind: Any, wrap: Callable[[Any], Any], value: Any) -> Any:
        """A value as a literal, or as a variable."""
        if self.draw(st.booleans()):
            return BooleanValueNode(value=value) if value is True else value_to_literal(value, kind)
        name = f"v{len(self.declared) + 1}"
        variable = VariableNode(name=NameNode(value=name))
        declared = parse_type(str(wrap(kind)))
        self.declared.append(VariableDefinitionNode(variable=variable, type=declared, directives=()))
        self.variables[name] = value
        return variable

    # --- Arguments ----------------------------------------------------------------------------------------------------

    def _arguments(self, name: str, arguments: Mapping[str, GraphQLArgument]) -> tuple[ArgumentNode, ...]:
        if not arguments:
            return ()
        if name in ("search", "searchResults"):
            values: dict[str, Any] = {"text": self._one_of(_WORDS), "first": self.draw(st.integers(1, FIRST_MAX))}
        elif "by" in arguments or "having" in arguments:
            values = self._groups(arguments)
        else:
            values = self._page(name, arguments) if "first" in arguments else self._key(name, arguments)
        return tuple(
            ArgumentNode(name=NameNode(value=key), value=self._given(arguments[key].type, _same, value))
            for key, value in values.items()
        )

    def _groups(self, arguments: Mapping[str, GraphQLArgument]) -> dict[str, Any]:
        values: dict[str, Any] = {"first": self.draw(st.integers(1, FIRST_MAX))} if "first" in arguments else {}
        if "by" in arguments:
            dimensions = cast(GraphQLEnumType, get_named_type(arguments["by"].type))
            values["by"] = self.draw(st.lists(st.sampled_from(sorted(dimensions.values)), max_size=2))
        if "bucket" in arguments and self.draw(st.booleans()):
            bucket = cast(GraphQLInputObjectType, arguments["bucket"].type).fields
            units, moments = (cast(GraphQLEnumType, get_named_type(bucket[one].type)) for one in ("unit", "field"))
            values["bucket"] = {
                one: self._one_of(sorted(kind.values)) for one, kind in (("field", moments), ("unit", units))
            }
            values["compareTo"] = self._one_of(["PREVIOUS_PERIOD", "PREVIOUS_YEAR"])
        chance = self.draw(st.integers(0, 4))
        if chance == 4 and "freshness" in arguments:
            values["freshness"] = self.draw(st.lists(st.sampled_from(["FRESH", "STALE", "UNKNOWN"]), max_size=2))
        elif chance == 3 and "filter" in arguments:
            values["filter"] = self._filter(cast(GraphQLInputObjectType, arguments["filter"].type), 0)
        elif chance == 2 and "orderBy" in arguments:
            order = cast(GraphQLInputObjectType, get_named_type(arguments["orderBy"].type))
            values["orderBy"] = [{self._one_of(list(order.fields)): self._one_of(["ASC", "DESC"])}]
        elif chance == 1 and "having" in arguments:
            values["having"] = {"count": {"gte": self.draw(st.integers(0, 20))}}
        return values

    def _page(self, name: str, arguments: Mapping[str, GraphQLArgument]) -> dict[str, Any]:
        backwards = self.draw(st.integers(0, 7)) == 7 and "last" in arguments
        # One row is the least, so that a smaller question has rows too.
        values: dict[str, Any] = {"last" if backwards else "first": self.draw(st.integers(1, FIRST_MAX))}
        chance = self.draw(st.integers(0, 9))
        if chance >= 7 and "filter" in arguments:
            values["filter"] = self._filter(cast(GraphQLInputObjectType, arguments["filter"].type), 0)
        elif chance >= 5 and "orderBy" in arguments:
            order = get_named_type(arguments["orderBy"].type)
            assert isinstance(order, GraphQLInputObjectType)
            values["orderBy"] = [self._order(order, 0)]
        elif chance == 4 and self.samples.cursors.get(name):
            # Below a record it is the cursor of another list, and refused.
            values["before" if backwards else "after"] = self._one_of(self.samples.cursors[name])
        elif chance == 3:
            values["first"] = self._one_of([0, 100, 101, -1])
        return values

    def _key(self, name: str, arguments: Mapping[str, GraphQLArgument]) -> dict[str, Any]:
        known = self.samples.values
        if name == "areaAt":
            return {"position": self._one_of(_POSITIONS)}
        if name == "distanceMeters":
            return {"from": self._one_of(_POSITIONS)}
        if name == "similarComplaints":
            place, words = self._one_of(_POSITIONS), self._one_of(_WORDS)
            return {"categoryCode": self._one_of(["K01", "K04"]), "position": place, "description": words}
        if "inForce" in arguments:
            return {"inForce": self.draw(st.booleans())}
        if name == "vocabulary":
            return {"name": self._one_of(["Weekday", "ComplaintStatus", "nothing"])}
        if name in ("node", "nodes"):
            ids = [value for (_, key), values in known.items() if key == "id" for value in values]
            some = self.draw(st.lists(st.sampled_from(ids), min_size=1, max_size=3))
            return {"id": some[0]} if name == "node" else {"ids": [*some, "nothing"] if self._rarely() else some}
        field_type = get_named_type(cast(Any, self.schema.query_type).fields[name].type)
        key = self._one_of(sorted(arguments))
        values = self.samples.of(field_type.name, key)
        nobodys = "36.71.99" if name == "area" else "nothing"
        return {key: nobodys if self._rarely() or not values else self._one_of(values)}

    def _rarely(self) -> bool:
        return self.draw(st.integers(0, 19)) == 19

    def _one_of(self, values: Any) -> Any:
        return self.draw(st.sampled_from(list(values)))

    def _order(self, kind: GraphQLInputObjectType, depth: int) -> dict[str, Any]:
        own = [name for name, one in kind.fields.items() if not isinstance(one.type, GraphQLInputObjectType)]
        name = self._one_of(own if depth >= 2 and own else list(kind.fields))
        inner = get_named_type(kind.fields[name].type)
        if isinstance(inner, GraphQLInputObjectType):
            return {name: self._order(inner, depth + 1)}
        return {name: self._one_of(["ASC", "DESC"])}

    def _filter(self, kind: GraphQLInputObjectType, depth: int) -> dict[str, Any]:
        leaves = sorted(set(kind.fields) - {"and", "or", "not"})
        form = self.draw(st.integers(0, 9)) if depth < 2 else 0
        if form == 7:
            return {"not": self._filter(kind, depth + 1)}
        if form >= 8:
            return {"or" if form == 8 else "and": [self._filter(kind, depth + 1), self._filter(kind, depth + 1)]}
        # What leads to other records is half of all fields, and each time another question.
        plain = [leaf for leaf in leaves if not _leads(get_named_type(kind.fields[leaf].type))]
        name = self._one_of(plain if plain and (depth >= 2 or self.draw(st.booleans())) else leaves)
        operators = get_named_type(kind.fields[name].type)
        if name == "within":
            return {name: self._one_of(_PLAIN["AreaCode"])}
        if name == "text":
            return {name: {"matches": self._one_of(_WORDS)}}
        if name == "near":
            return {name: {"position": self._one_of(_POSITIONS), "meters": self._one_of([1.0, 900.0, 5_000.0])}}
        if _leads(operators):
            assert isinstance(operators, GraphQLInputObjectType)
            if "some" not in operators.fields:
                return {name: self._filter(operators, depth + 1)}
            word = self._one_of(["some", "none"])
            inner = get_named_type(operators.fields[word].type)
            return {name: {word: self._filter(cast(GraphQLInputObjectType, inner), depth + 1)}}
        assert isinstance(operators, GraphQLInputObjectType)
        operator = self._one_of(sorted(operators.fields))
        return {name: {operator: self._operand(kind, name, operator, operators.fields[operator].type)}}

    def _operand(self, kind: GraphQLInputObjectType, name: str, operator: str, operand: Any) -> Any:
        record = kind.name.removesuffix("Filter")
        if operator == "isNull":
            return self.draw(st.booleans())
        named = get_named_type(operand)
        values: Any = self.samples.of(record, name) or _PLAIN.get(named.name, ["nothing"])
        if isinstance(named, GraphQLEnumType):
            values = [value for value in named.values if value != "UNKNOWN"]
        if isinstance(operand, GraphQLList):
            return self.draw(st.lists(st.sampled_from(list(values)), max_size=3))
        value = self._one_of(values)
        return value[:3] if operator == "contains" else value


def _leads(kind: object) -> bool:
    """Whether an input is the filter of another record, or of a list of them."""
    return isinstance(kind, GraphQLInputObjectType) and bool({"and", "some"} & kind.fields.keys())


_WORDS = ["rumah sakit", "banjir", "izin", "sekolah cempaka", "pasar", "zzz"]
_POSITIONS = [{"latitude": -6.19, "longitude": 106.68}, {"latitude": -6.17, "longitude": 106.63}]
_PLAIN: dict[str, list[Any]] = {
    "AreaCode": ["36.71.05", "36.71", "36.71.05.1003"],
    "BpsCode": ["3671010"],
    "DateTime": ["2025-06-01T00:00:00+07:00"],
    "Date": ["2025-06-01"],
    "Int": [10],
    "Boolean": [True],
}
"""Operands for fields that lists can be filtered by but that the graph does not show."""


def _same(kind: Any) -> Any:
    return kind
