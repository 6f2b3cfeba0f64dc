"""Cost cases: every list, argument, order, relation and figure of the graph as a question, made from the schema."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

ALIASES: Final = 20
ROWS, EAST = "%ROWS%", "%EAST%"
"""In the place of what is another number in each of the aliases: so that none has what was asked for another."""
NEAR: Final = "{position: {latitude: -6.178, longitude: %EAST%}, meters: 400}"
ALIAS_DEGREES: Final = 0.001
SAMPLES: Final = {
    "String": '"jalan"', "Int": "1", "Float": "1.5", "Boolean": "true", "ID": '"x"', "Date": '"2026-06-01"',
    "DateTime": '"2026-06-01T00:00:00+07:00"', "Decimal": '"1"', "AreaCode": '"36.71.05"', "BpsCode": '"3671050"',
}  # fmt: skip
"""A value of each scalar."""
PAGING: Final = frozenset({"first", "last", "after", "before"})


@dataclass(frozen=True, slots=True)
class Case:
    """One question: a root field with its arguments and its selection. Its name says what it tries.

    Those of a kind differ by nothing but the field that they filter, order, group or measure by.
    """

    name: str
    field: str
    kind: str

    @property
    def alone(self) -> str:
        return f"{{ {self._at(0)} }}"

    @property
    def each(self) -> list[str]:
        """As many of it as aliases allow, each of other rows."""
        return [f"{{ {self._at(at)} }}" for at in range(ALIASES)]

    @property
    def aliased(self) -> str:
        """All of them in one."""
        return "{ " + " ".join(f"a{at}: {self._at(at)}" for at in range(ALIASES)) + " }"

    def _at(self, at: int) -> str:
        return self.field.replace(ROWS, str(ALIASES - at)).replace(EAST, f"{106.63 + at * ALIAS_DEGREES:.3f}")


def cases_of(schema: GraphQLSchema) -> list[Case]:
    """All of them, each once."""
    query = schema.query_type
    assert query is not None
    found: dict[str, Case] = {}
    for name, field in query.fields.items():
        kind = get_named_type(field.type)
        if not isinstance(kind, GraphQLObjectType):
            continue
        makers = _lists if _node_of(kind) is not None else _groups if "groups" in kind.fields else _other
        for case in makers(name, field, kind):
            found.setdefault(case.name, case)
    return list(found.values())


def _lists(name: str, field: GraphQLField, kind: GraphQLObjectType) -> Iterator[Case]:
    node = _node_of(kind)
    assert node is not None
    yield Case(f"{name}", f"{name}(first: {ROWS}) {{ nodes {{ {_leaf(node)} }} }}", name)
    yield Case(f"{name} counted", f"{name} {{ totalCount }}", f"{name} counted")
    for told, arguments in _arguments(field):
        kind_told = f"{name} {_verb(told)}"
        yield Case(f"{name} {told}", f"{name}(first: {ROWS}, {arguments}) {{ nodes {{ {_leaf(node)} }} }}", kind_told)
        if "filter" in arguments:
            yield Case(f"{name} {told} counted", f"{name}({arguments}) {{ totalCount }}", f"{kind_told} counted")
    for below, inner in node.fields.items():
        for told, selected in _below(inner):
            case = f"{name} > {below} {told}".rstrip()
            kind_told = f"{name} > {below} {_verb(told)}".rstrip()
            yield Case(case, f"{name}(first: {ROWS}) {{ nodes {{ {below}{selected} }} }}", kind_told)


def _verb(told: str) -> str:
    """The word of what is told of arguments that says what they do."""
    return told.partition(" ")[0]


def _below(field: GraphQLField) -> Iterator[tuple[str, str]]:
    """What can be asked of a field of a record that leads to others."""
    kind = get_named_type(field.type)
    if any(map(is_required_argument, field.args.values())) or not isinstance(kind, GraphQLObjectType):
        return
    node = _node_of(kind)
    if node is None:
        yield "", f" {{ {_leaf(kind)} }}"
        return
    yield "", f"(first: 5) {{ nodes {{ {_leaf(node)} }} }}"
    yield "counted", " { totalCount }"
    for told, arguments in _arguments(field):
        yield told, f"(first: 5, {arguments}) {{ nodes {{ {_leaf(node)} }} }}"


def _arguments(field: GraphQLField) -> Iterator[tuple[str, str]]:
    """Each filter and each order that a list takes, as text."""
    filters, orders = (_input_of(field, name) for name in ("filter", "orderBy"))
    for told, text in _filters(filters, depth=1) if filters is not None else ():
        yield f"filter {told}", f"filter: {{{text}}}"
    has_place = filters is not None and "near" in filters.fields
    for told, text in _orders(orders, depth=1) if orders is not None else ():
        if told == "distance":
            if has_place:
                yield "near by distance", f"filter: {{near: {NEAR}}}, orderBy: [{{{text}}}]"
        else:
            yield f"by {told}", f"orderBy: [{{{text}}}]"


def _filters(filters: GraphQLInputObjectType, depth: int) -> Iterator[tuple[str, str]]:
    for name, field in filters.fields.items():
        kind = get_named_type(field.type)
        if name in ("and", "or", "not"):
            continue
        if name == "near":
            yield name, f"near: {NEAR}"
        elif not isinstance(kind, GraphQLInputObjectType):
            yield name, f"{name}: {_sample(field.type)}"
        elif kind.name.endswith("ListFilter"):
            yield from ((f"{name} {word}", f"{name}: {{{word}: {{}}}}") for word in ("some", "none"))
        elif "or" in kind.fields:
            inner = _filters(kind, depth - 1) if depth else iter((("", ""),))
            yield from ((f"{name}.{told}", f"{name}: {{{text}}}") for told, text in inner)
        else:
            for operator, compared in kind.fields.items():
                yield f"{name} {operator}", f"{name}: {{{operator}: {_sample(compared.type)}}}"


def _orders(orders: GraphQLInputObjectType, depth: int) -> Iterator[tuple[str, str]]:
    for name, field in orders.fields.items():
        kind = get_named_type(field.type)
        if isinstance(kind, GraphQLEnumType):
            yield name, f"{name}: DESC"
        elif isinstance(kind, GraphQLInputObjectType) and depth:
            yield from ((f"{name}.{told}", f"{name}: {{{text}}}") for told, text in _orders(kind, depth - 1))


def _groups(name: str, field: GraphQLField, kind: GraphQLObjectType) -> Iterator[Case]:
    group = get_named_type(kind.fields["groups"].type)
    assert isinstance(group, GraphQLObjectType)
    by = get_named_type(field.args["by"].type) if "by" in field.args else None
    dimensions = [f"[{value}]" for value in by.values] if isinstance(by, GraphQLEnumType) else []
    asked = [f"by: {value}" for value in (*dimensions, "[]")] or [""]
    bucket = _input_of(field, "bucket")
    periods = [""]
    if bucket is not None:
        periods += [
            f"bucket: {{field: {moment}, unit: {unit}}}"
            for moment in _enum_of(bucket, "field")
            for unit in _enum_of(bucket, "unit")
            if unit in ("DAY", "MONTH")
        ]
    for keys in asked:
        for period in periods:
            given = f"{keys}, {period}".strip(", ")
            yield Case(
                f"{name} {given}",
                f"{name}(first: {ROWS}, {given}) {{ groups {{ count }} groupsCount }}",
                f"{name} bucket" if period else name,
            )
    for figure, about in group.fields.items():
        if figure not in ("key", "count", "share"):
            selected = _selected(about.type)
            yield Case(
                f"{name} {asked[0]} {figure}",
                f"{name}(first: {ROWS}, {asked[0]}) {{ groups {{ {figure}{selected} }} }}",
                f"{name} figure",
            )
    filters = _input_of(field, "filter")
    for told, text in _filters(filters, depth=0) if filters is not None else ():
        yield Case(
            f"{name} filter {told}",
            f"{name}(first: {ROWS}, {asked[0]}, filter: {{{text}}}) {{ groups {{ count }} }}",
            f"{name} filter",
        )
    orders = _input_of(field, "orderBy")
    for told, text in _orders(orders, depth=0) if orders is not None else ():
        yield Case(
            f"{name} by {told}",
            f"{name}(first: {ROWS}, {asked[0]}, orderBy: [{{{text}}}]) {{ groups {{ count }} }}",
            f"{name} by",
        )


def _other(name: str, field: GraphQLField, kind: GraphQLObjectType) -> Iterator[Case]:
    """One record, or what else there is at the root."""
    given = ", ".join(
        f"{argument}: {_sample(about.type)}" for argument, about in field.args.items() if is_required_argument(about)
    )
    called = f"{name}({given})" if given else name
    yield Case(name, f"{called}{_selected(kind)}", name)


# --- The schema -------------------------------------------------------------------------------------------------------


def _node_of(kind: GraphQLObjectType) -> GraphQLObjectType | None:
    """What a connection lists."""
    nodes = kind.fields.get("nodes")
    node = get_named_type(nodes.type) if nodes is not None else None
    return node if isinstance(node, GraphQLObjectType) else None


def _leaf(kind: GraphQLObjectType | GraphQLInterfaceType) -> str:
    fields = [
        name for name, field in kind.fields.items() if is_leaf_type(get_named_type(field.type)) and not field.args
    ]
    return "id" if "id" in fields else (fields or ["__typename"])[0]


def _selected(kind: GraphQLOutputType) -> str:
    """All values of what a field gives."""
    named = get_named_type(kind)
    if not isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
        return "" if is_leaf_type(named) else " { __typename }"
    leaves = [
        name for name, field in named.fields.items() if is_leaf_type(get_named_type(field.type)) and not field.args
    ]
    return f" {{ {' '.join(leaves) or '__typename'} }}"


def _input_of(field: GraphQLField, argument: str) -> GraphQLInputObjectType | None:
    kind = get_named_type(field.args[argument].type) if argument in field.args else None
    return kind if isinstance(kind, GraphQLInputObjectType) else None


def _enum_of(kind: GraphQLInputObjectType, name: str) -> list[str]:
    enum = get_named_type(kind.fields[name].type)
    return list(enum.values) if isinstance(enum, GraphQLEnumType) else []


def _sample(kind: GraphQLInputType) -> str:
    if isinstance(kind, GraphQLNonNull):
        return _sample(kind.of_type)
    if isinstance(kind, GraphQLList):
        return f"[{_sample(kind.of_type)}]"
    if isinstance(kind, GraphQLEnumType):
        return str(next(name for name in kind.values if name != "UNKNOWN"))
    if isinstance(kind, GraphQLInputObjectType):
        if "latitude" in kind.fields:
            return f"{{latitude: -6.178, longitude: {EAST}}}"
        required = {name: field for name, field in kind.fields.items() if isinstance(field.type, GraphQLNonNull)}
        return "{" + ", ".join(f"{name}: {_sample(field.type)}" for name, field in required.items()) + "}"
    return SAMPLES.get(kind.name, '"x"')
