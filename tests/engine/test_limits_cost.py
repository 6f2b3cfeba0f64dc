"""CPU time of the worst documents: those that are refused, and those that just pass, are validated and compiled."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSyntaxError,
    build_schema,
    get_variable_values,
    parse,
    validate,
)

from engine import plan as planning
from engine.cost import SATURATED as COST_SATURATED
from engine.cost import cost_of
from engine.documents.kept import VARIANTS_MAX, Documents, InvalidDocument, Prepared
from engine.documents.limits import LimitExceeded, Limits, check_limits, measure, parse_within
from engine.documents.totals import SATURATED
from engine.facts import BATCH, BatchField
from engine.plan import READS_MAX, Plan
from engine.selections import Composite, Kind, composite_of
from schema.build import SCHEMA

DEFAULTS = Limits()
# Five times the gate that the design states, for slow machines.
CPU_MS_MAX = 1_250


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    wide = " ".join(f"x{number}: Query" for number in range(60))
    schema = build_schema(
        f"""
        input In {{ x: [In] y: Int }}
        interface Node {{ id: ID f: Node a(b: String, n: In): Node }}
        type One implements Node {{ id: ID f: Node a(b: String, n: In): Node u: Both }}
        type Two implements Node {{ id: ID f: Node a(b: String, n: In): Node u: Both }}
        union Both = One | Two
        type Query {{ id: ID f: Node a(b: String, n: In): Node u: Both {wide} }}
        """
    )
    # Checks the schema itself, once, outside of what is timed.
    assert validate(schema, parse("{id}")) == []
    return schema


def refused(text: str) -> LimitExceeded:
    with pytest.raises(LimitExceeded) as caught:
        check_limits(parse_within(text, DEFAULTS), DEFAULTS)
    return caught.value


def many(template: str, count: int, separator: str = " ") -> str:
    """The template once for each number below `count`, with the number for each #."""
    return separator.join(template.replace("#", str(number)) for number in range(count))


def chained_fragments(length: int) -> str:
    """2 ** length fields, by spreading each fragment twice in the one before."""
    links = "".join(f"fragment F{number} on Query{{...F{number + 1} ...F{number + 1}}}" for number in range(length))
    return f"{{...F0}}{links}fragment F{length} on Query{{id}}"


def filled(unit: str, start: str = "{a", end: str = "}") -> str:
    return start + unit * ((65_536 - len(start) - len(end)) // len(unit.encode())) + end


def nested_duplicates(levels: int) -> str:
    return "id" if levels == 0 else f"f{{{nested_duplicates(levels - 1)}}}" * 2


def cpu_ms(start: float) -> float:
    return (time.process_time() - start) * 1_000


def test_an_exponential_document_is_refused_at_once() -> None:
    document = parse(chained_fragments(40))
    start = time.process_time()
    with pytest.raises(LimitExceeded) as caught:
        check_limits(document, DEFAULTS)
    assert cpu_ms(start) < 25
    assert (caught.value.limit, caught.value.measured) == ("fields_max", SATURATED)
    assert measure(document, DEFAULTS).duplicate_fields == SATURATED


def test_exponential_fragments_without_a_field_are_refused_at_once() -> None:
    document = parse(chained_fragments(40).replace("id", ""))
    start = time.process_time()
    with pytest.raises(LimitExceeded) as caught:
        check_limits(document, DEFAULTS)
    assert cpu_ms(start) < 25
    assert (caught.value.limit, caught.value.measured) == ("fragments_max", SATURATED)


def test_the_905_bytes_that_take_seventeen_seconds_elsewhere() -> None:
    text = chained_fragments(22)
    assert len(text) < 905
    start = time.process_time()
    error = refused(text)
    assert cpu_ms(start) < 100
    assert (error.limit, error.measured) == ("fields_max", 2**22)


def test_nested_duplicates_are_refused() -> None:
    error = refused("{" + nested_duplicates(6) + "}")
    assert (error.limit, error.allowed, error.measured) == ("duplicate_fields_max", 100, 183)


FLOODS = {
    "names": filled("a "),
    "braces": filled("{a", end=""),
    "bare braces": "{" * 100_000,
    "brackets": filled("[", start="{a(b:"),
    "list types": filled("[", start="query($v:"),
    "empty strings": filled('""', start="{a(b:["),
    "one string": filled("x", start='{a(b:"', end='")}'),
    "escapes": filled("\\n", start='{a(b:"', end='")}'),
    "block string": filled("\n x", start='{a(b:"""', end='""")}'),
    "digits": filled("1", start="{a(b:", end=")}"),
    "spaces": filled(" "),
    "empty lines": filled("\n"),
    "comments": filled("#\n"),
    "one comment": filled("x", start="{a#", end="\n}"),
    "byte order marks": filled("\ufeff"),
    "aliases": filled("a:b "),
    "directives": filled("@a"),
    "inline fragments": filled("...{", start="{"),
    "spreads": filled("...A "),
    "operations": filled("{a}", start="", end=""),
    "fragments": filled("fragment A on T{a}", start="", end=""),
    "long names": filled("a" * 120 + " ", start="{", end="}"),
}


@pytest.mark.parametrize("text", FLOODS.values(), ids=FLOODS)
def test_a_flood_of_64_kb_is_cheap(text: str, schema: GraphQLSchema) -> None:
    start = time.process_time()
    try:
        document = parse_within(text, DEFAULTS)
        check_limits(document, DEFAULTS)
    except (LimitExceeded, GraphQLSyntaxError):
        pass
    else:
        validate(schema, document)
    assert cpu_ms(start) < CPU_MS_MAX


WORST = {
    "many fields": "{" + many("x#{id}", 60) + "f{" * 14 + "id" + "}" * 14 + "}",
    "fields of many types": "{" + "".join(f"x{n}{{{many('x#{id}', 8)}}}" for n in range(55)) + "}",
    "equal duplicates": "{" + 'a(b:"x" n:{x:[{y:1}]}){id} ' * 50 + "}",
    "unequal duplicates": "{" + many('a(b:"#"){id}', 50) + "}",
    "wide duplicates": "{" + "".join(f"x0{{{many(f'y{n}_#', 17)}}}" for n in range(95)) + "}",
    "nested duplicates": "{" + nested_duplicates(5) + "}",
    "duplicates in types": "{u{" + "...on One{a(n:{y:1}){id}} ...on Two{a(n:{y:2}){id}}" * 25 + "}}",
    "fragments pairwise": "{"
    + many("...F#", 99)
    + "}"
    + many('fragment F# on Query{a(b:"q",n:{y:1}){id}}', 50, "")
    + "".join(f"fragment F{n} on Query{{x{n - 50}{{id}}}}" for n in range(50, 99)),
    "a chain of fragments": "{"
    + many("x#{id}", 60)
    + "...F0}"
    + "".join(f"fragment F{n} on Query{{y{n}{{id}} ...F{n + 1}}}" for n in range(98))
    + "fragment F98 on Query{id}",
    "unknown fields on many lines": "{" + "\n" * 990 + many("y#", 1_900) + "}",
    "unknown fields with long names": "{" + "\n" * 990 + many("a" * 120 + "#", 480) + "}",
    "undefined variables": many(f"query {'n' * 120}#{{...F}}", 90, "") + "fragment F on Query{a(b:$x n:{y:$y}){id}}",
    "unused variables": "query Q(" + many("$v#:String", 480) + "){id}",
    "list of inputs": "{a(n:{x:[" + "{y:1}" * 390 + "]}){id}}",
    "list of wrong inputs": "{a(n:{x:[" + '{z:"q"}' * 390 + "]}){id}}",
    "operations": many("query A#{id}", 390),
    "inline fragments": "{" + "...{" * 99 + "id" + "}" * 99 + "}",
}


@pytest.mark.parametrize("text", WORST.values(), ids=WORST)
def test_validation_of_the_worst_admitted_documents_is_cheap(text: str, schema: GraphQLSchema) -> None:
    start = time.process_time()
    document = parse_within(text, DEFAULTS)
    check_limits(document, DEFAULTS)
    validate(schema, document)
    assert cpu_ms(start) < CPU_MS_MAX


# --- Compilation and cost of what is admitted -------------------------------------------------------------------------

CITY = SCHEMA._schema
NODES = sorted(one.name for one in CITY.get_possible_types(CITY.type_map["Node"]))  # type: ignore[arg-type]  # an interface


def planned(documents: Documents, schema: GraphQLSchema, prepared: Prepared, **given: bool) -> Plan:
    """The plan of a document's first operation, with its cost counted."""
    operation = next(iter(prepared.operations.values()))
    variables = get_variable_values(schema, operation.variable_definitions or (), given)
    assert not isinstance(variables, list)
    plan = documents.plan(prepared, operation, variables)
    assert isinstance(plan, Plan)
    cost_of(plan, variables)
    return plan


INVALID = {
    "unequal duplicates",
    "wide duplicates",
    "a chain of fragments",
    "unknown fields on many lines",
    "unknown fields with long names",
    "undefined variables",
    "unused variables",
    "list of wrong inputs",
}
"""Those of the worst that validation refuses, so that they are never compiled."""

VALID = {name: text for name, text in WORST.items() if name not in INVALID}


@pytest.mark.parametrize("text", VALID.values(), ids=VALID)
def test_compilation_of_the_worst_admitted_documents_is_cheap(text: str, schema: GraphQLSchema) -> None:
    documents = Documents(schema, DEFAULTS, hide_suggestions=True)
    start = time.process_time()
    prepared = documents.prepare(text)
    plan = planned(documents, schema, prepared)
    assert cpu_ms(start) < CPU_MS_MAX
    fields_count = plan.fields_count
    assert fields_count <= 3 * prepared.document.token_count


@pytest.mark.parametrize("name", sorted(INVALID))
def test_what_is_invalid_is_not_compiled(name: str, schema: GraphQLSchema) -> None:
    with pytest.raises(InvalidDocument):
        Documents(schema, DEFAULTS, hide_suggestions=True).prepare(WORST[name])


CITY_WORST = {
    "a hundred nodes": "{" + many('a#:node(id:"x"){id provenance{asOf freshness}}', 100) + "}",
    "a fragment on as many types as may be": "{"
    + many('a#:node(id:"x"){', 6).replace("{", "{" + " ".join(f"...on {name}{{id}}" for name in NODES[:16]) + "}")
    + "}",
    "fragments in many places": "{"
    + many('a#:area(code:"36.71.01"){...F}', 40)
    + "}fragment F on Area{complaints(filter:{or:["
    + '{ticketNumber:{eq:"1"}}' * 140
    + "]}){totalCount}}",
    "many pages": "{"
    + many("a#:complaints{nodes{id status ticketNumber} edges{node{id}} pageInfo{hasNextPage}}", 60)
    + "}",
    "many directives": "query Q("
    + many("$v#:Boolean!", 16)
    + "){"
    + many("a#:complaints{nodes{id @skip(if:$v#) status area{name @include(if:$v#)}}}", 16)
    + "}",
    "all the way down": "{complaints{nodes{area{" + "parent{" * 10 + "name" + "}" * 14,
}


@pytest.mark.parametrize("text", CITY_WORST.values(), ids=CITY_WORST)
def test_compilation_of_the_worst_documents_of_the_city_is_cheap(text: str) -> None:
    documents = Documents(CITY, DEFAULTS, hide_suggestions=True)
    choices = {f"v{number}": False for number in range(16)} if text.startswith("query") else {}
    start = time.process_time()
    prepared = documents.prepare(text)
    plan = planned(documents, CITY, prepared, **choices)
    assert cpu_ms(start) < CPU_MS_MAX
    is_bounded = plan.is_bounded
    assert is_bounded
    # Only what an interface itself has is compiled for each of its types, and that are three fields for each alias.
    fields_count = plan.fields_count
    assert fields_count <= DEFAULTS.aliases_max * (1 + 3 * len(NODES))
    assert prepared.planned_fields == fields_count


def test_every_variant_of_a_document_together_is_cheap() -> None:
    documents = Documents(CITY, DEFAULTS, hide_suggestions=True)
    start = time.process_time()
    prepared = documents.prepare(CITY_WORST["many directives"])
    fields = [
        planned(documents, CITY, prepared, **{f"v{at}": bool(number >> at & 1) for at in range(16)}).fields_count
        for number in range(VARIANTS_MAX)
    ]
    assert cpu_ms(start) < CPU_MS_MAX
    # Both what is skipped and what is included: no choice has more fields than another one.
    assert set(fields) == {16 * 5}


# --- Interfaces whose fields lead to themselves -----------------------------------------------------------------------


def self_leading(types: int) -> GraphQLSchema:
    """Each field leads to any of the types, and each reads a record."""
    made = " ".join(f"type T{number} implements Node {{ id: ID f: Node n: Node }}" for number in range(types))
    schema = build_schema(f"interface Node {{ id: ID f: Node n: Node }} {made} type Query {{ f: Node n: Node }}")
    for one in schema.type_map.values():
        if isinstance(one, GraphQLObjectType | GraphQLInterfaceType) and "f" in one.fields:
            one.fields["f"].extensions = {BATCH: BatchField(lambda *_: (), reads="nodes")}
    return schema


def nested(field: str, levels: int) -> str:
    return "{" + f"{field}{{" * levels + "id" + "}" * (levels + 1)


def chains(levels: int) -> str:
    """At each level a type of its own decides whether one more field is merged: twice as many selections each time."""
    parts = []
    for special in range(1, levels):
        inner = "id"
        for level in reversed(range(1, levels)):
            inner = f"...on T0{{f{{{inner}}}}}" if level == special else f"f{{{inner}}}"
        parts.append(f"f{{{inner}}}")
    return "{" + " ".join(parts) + "}"


def test_paths_of_shared_selections_are_not_walked_without_a_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four types on eight levels are 32 selections and 4 ** 8 paths."""
    walked: list[object] = []

    def noted(kind: Kind) -> Composite | None:
        walked.append(kind)
        return composite_of(kind)

    monkeypatch.setattr(planning, "composite_of", noted)
    schema = self_leading(4)
    documents = Documents(schema, DEFAULTS, hide_suggestions=True)
    plan = planned(documents, schema, documents.prepare(nested("n", 8)))
    found = (plan.fields_count, len(plan.reads), plan.is_bounded, len(walked))
    assert found == (1 + 4 * 8, 0, True, 1)


def test_more_reads_than_are_listed_cost_more_than_is_allowed() -> None:
    schema = self_leading(12)
    documents = Documents(schema, DEFAULTS, hide_suggestions=True)
    no_variables = get_variable_values(schema, (), {})
    assert not isinstance(no_variables, list)
    # Never a plan itself: what pytest prints of one is as long as its paths are many.
    few = planned(documents, schema, documents.prepare(nested("f", 3)))
    found = (few.is_bounded, len(few.reads), cost_of(few, no_variables).rows)
    assert found == (True, 1 + 12 + 12**2, 1 + 12 + 12**2)
    more = planned(documents, schema, documents.prepare(nested("f", 14)))
    found = (more.is_bounded, len(more.reads), cost_of(more, no_variables).rows)
    assert found == (False, READS_MAX + 1, COST_SATURATED)


def test_selections_that_double_at_each_level_are_not_compiled_to_the_end() -> None:
    schema = self_leading(12)
    documents = Documents(schema, DEFAULTS, hide_suggestions=True)
    fields = [planned(documents, schema, documents.prepare(chains(levels))).fields_count for levels in (5, 6, 7)]
    assert all(more > 1.8 * fewer for fewer, more in pairwise(fields)), fields
    start = time.process_time()
    plan = planned(documents, schema, documents.prepare(chains(10)))
    assert cpu_ms(start) < CPU_MS_MAX
    found = (plan.whole, plan.is_bounded)
    assert found == ("it is too large to be compiled", False)
