"""CPU time of the worst documents: those that are refused, and those that just pass and are validated."""

from __future__ import annotations

import time

import pytest
from graphql import GraphQLSchema, GraphQLSyntaxError, build_schema, parse, validate

from engine.limits import LimitExceeded, Limits, check_limits, measure, parse_within
from engine.tally import SATURATED

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
