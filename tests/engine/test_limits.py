"""Exact measures and refusals of documents, and the sentences that refuse them."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from graphql import GraphQLSyntaxError, build_schema, get_introspection_query, parse, validate

from engine.documents.limits import LimitExceeded, Limits, Measure, check_limits, measure, parse_within
from engine.documents.totals import SATURATED

DEFAULTS = Limits()
LOOSE = Limits(**{field.name: SATURATED - 1 for field in dataclasses.fields(Limits)})


def measured(text: str) -> Measure:
    return measure(parse(text), LOOSE)


def refused(text: str, limits: Limits = DEFAULTS) -> LimitExceeded:
    with pytest.raises(LimitExceeded) as caught:
        check_limits(parse_within(text, limits), limits)
    return caught.value


# --- Limits ---


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Limits)])
@pytest.mark.parametrize("value", [0, -1, SATURATED, True, 1.5, None])
def test_limits_are_whole_numbers_above_zero(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"{name} must be a whole number from 1 to 999999999"):
        Limits(**{name: value})


def test_each_measure_has_its_limit_and_each_limit_its_sentence() -> None:
    limits = {field.name for field in dataclasses.fields(Limits)}
    assert {f"{field.name}_max" for field in dataclasses.fields(Measure)} <= limits
    for name in limits:
        assert f"at most {getattr(DEFAULTS, name)} are allowed. " in str(
            LimitExceeded(name, getattr(DEFAULTS, name), SATURATED)
        )


def test_a_refusal_says_what_to_do() -> None:
    error = refused("{a" * 17 + "}" * 17)
    assert (error.limit, error.allowed, error.measured) == ("depth_max", 15, 17)
    assert str(error) == "The query is 17 levels deep; at most 15 are allowed. Ask for less in one query."


def test_what_is_too_much_to_count_is_so_much_or_more() -> None:
    counted, more = (str(LimitExceeded("fields_max", 2_000, count)) for count in (SATURATED - 1, SATURATED))
    rest = "fields, fragments included; at most 2000 are allowed. Ask for less in one query."
    assert counted == f"The query selects 999999999 {rest}"
    assert more == f"The query selects 1000000000 or more {rest}"


# --- measure: exact values ---


def test_measure_of_a_document_with_everything() -> None:
    text = """
    query Q($v: In = {x: [{y: 1}]} @d) @d {
      one: a(b: "s", n: {x: []}) @include(if: true) { id ...F }
      f { ... on One @d { id f { id } } ...F }
    }
    fragment F on Node @d { id two: f { id } }
    """
    assert measured(text) == Measure(
        tokens=86,
        depth=3,
        introspection_depth=0,
        value_depth=3,
        fields=12,
        aliases=3,
        directives=6,
        fragments=3,
        duplicate_fields=2,
        schemas=0,
        types=0,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{a}", 1),
        ("{a {b {c}} d}", 3),
        ("{a {... {... on T {b}}}}", 2),
        ("{a {...F}} fragment F on T {b {c}}", 3),
        ("{a {}}", 1),
        ("{...Missing}", 0),
        ("query A {a} query B {a {b}}", 2),
        ("{a} fragment Unused on T {b {c {d}}}", 3),
        ("{__schema {types {name}} a {b}}", 2),
        ("{s: __schema {types {fields {name}}}}", 1),
        ('{...F} fragment F on Query {__type(name: "T") {...G} a {b {c}}} fragment G on __Type {ofType {name}}', 3),
    ],
)
def test_depth(text: str, expected: int) -> None:
    assert measured(text).depth == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{a {b}}", 0),
        ("{__typename}", 0),
        ("{__schema {types {name}}}", 3),
        ("{s: __schema {types {...F}}} fragment F on __Type {ofType {ofType {name}}}", 5),
        ('{a {...F}} fragment F on Query {__type(name: "T") {... {name}}}', 2),
        ("{__schema {__schema {name}}}", 3),
        ("{__schema {...F}} fragment F on T {__schema {name}}", 3),
    ],
)
def test_introspection_depth(text: str, expected: int) -> None:
    assert measured(text).introspection_depth == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{a(b: 1, c: $v, d: E, e: null)}", 0),
        ("{a(b: [])}", 1),
        ("{a(b: {})}", 1),
        ("{a(b: [1, {c: [2]}])}", 3),
        ("{a @d(b: [[1]])}", 2),
        ("{... @d(b: [[1]]) {a}}", 2),
        ("{...F @d(b: [[1]])}", 2),
        ("query ($v: T = [{a: 1}]) {a}", 2),
        ("query ($v: T @d(a: [1])) {a}", 1),
        ("query @d(a: [1]) {a}", 1),
        ("{...F} fragment F on T {a(b: [[[1]]])}", 3),
    ],
)
def test_value_depth(text: str, expected: int) -> None:
    assert measured(text).value_depth == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{a b}", 0),
        ("{a a}", 1),
        ("{a b: a}", 0),
        ("{a a: b}", 1),
        ("{a {b} a {b}}", 2),
        ("{a {b} a {c}}", 1),
        ("{a {b {c}} a {b {c}} a {b {d}}}", 5),
        ("{a ... {a} ... on T {a}}", 2),
        ("{a ...F} fragment F on T {a}", 1),
        ("{...F ...F} fragment F on T {a b}", 2),
        ("{x {...F} y {...F}} fragment F on T {a b}", 0),
        ("query A {a} query B {a}", 0),
        ("{u {... on One {id f {id}} ... on Two {id f {id}}}}", 3),
    ],
)
def test_duplicate_fields(text: str, expected: int) -> None:
    assert measured(text).duplicate_fields == expected


def test_counts_are_of_the_expanded_document() -> None:
    text = "{x {...F} y {...F} z {...F}} fragment F on T @d {one: a two: b @d ...G} fragment G on T {... {c}}"
    counts = measured(text)
    assert (counts.fields, counts.aliases, counts.directives, counts.fragments) == (12, 6, 6, 9)


@pytest.mark.parametrize(
    ("limit", "value", "duplicates"),
    [("fields_max", 5, SATURATED), ("fields_max", 6, 3), ("fragments_max", 1, SATURATED), ("fragments_max", 2, 3)],
)
def test_duplicates_are_counted_only_where_they_decide(limit: str, value: int, duplicates: int) -> None:
    limits = dataclasses.replace(LOOSE, **{limit: value})
    assert measure(parse("{a a a b ... {c} ... {a}}"), limits).duplicate_fields == duplicates


def test_all_operations_and_unused_fragments_count() -> None:
    everything = measured("query A {a {b}} query B {...F @d} fragment F on T {one: c} fragment Unused on T {d {e {f}}}")
    assert (everything.depth, everything.fields, everything.fragments) == (3, 6, 2)
    assert (everything.aliases, everything.directives) == (1, 1)


def test_of_two_fragments_with_one_name_both_count() -> None:
    heavy, light = "fragment F on T {a {b {c}}}", "fragment F on T {a}"
    assert measured(f"{{...F}} {heavy} {light}").depth == 3
    assert measured(f"{{...F}} {light} {heavy}").depth == 3


@pytest.mark.parametrize(
    "text",
    [
        "{...A} fragment A on T {...A}",
        "{a} fragment A on T {b {...A}}",
        "{...A} fragment A on T {...B} fragment B on T {a {...C}} fragment C on T {... {...A}}",
    ],
)
def test_circular_fragments_are_refused(text: str) -> None:
    with pytest.raises(LimitExceeded, match=r"Fragment A spreads itself, directly or through others\.") as caught:
        measured(text)
    assert (caught.value.limit, caught.value.measured) == ("depth_max", SATURATED)


def test_definitions_of_types_are_left_to_validation() -> None:
    assert measured("type T {a: Int} {a}").fields == 1


# --- check_limits ---


@pytest.mark.parametrize(
    ("limit", "within", "over", "value"),
    [
        ("document_bytes_max", '{a(b: "é")}', '{a(b: "éé")}', 12),
        ("lines_max", "{a\r\nb\rc\n}", "{a\r\n\r\nb\rc\n}", 4),
        ("tokens_max", "{a # one\n}", "{a # one\n # two\n}", 4),
        ("name_chars_max", "{abc: a(abc: $abc)}", "{abc: a(abcd: $abc)}", 3),
        ("depth_max", "{a {b}}", "{a {b {c}}}", 2),
        ("introspection_depth_max", "{__schema {types}}", "{__schema {types {name}}}", 2),
        ("value_depth_max", "{a(b: [[1]])}", "{a(b: [[{}]])}", 2),
        ("fields_max", "{a b c}", "{a {b} c d}", 3),
        ("aliases_max", "{a: b c: d}", "{a: b c: d ... {e: f}}", 2),
        ("directives_max", "{a @d @d}", "{a @d @d ... @d {b}}", 2),
        ("fragments_max", "{... {... {a}}}", "{... {... {... {a}}}}", 2),
        ("duplicate_fields_max", "{a a a}", "{a a a a}", 2),
    ],
)
def test_each_limit_admits_its_value_and_refuses_one_more(limit: str, within: str, over: str, value: int) -> None:
    limits = dataclasses.replace(LOOSE, **{limit: value})
    check_limits(parse_within(within, limits), limits)
    error = refused(over, limits)
    assert (error.limit, error.allowed) == (limit, value)
    assert error.measured == (14 if limit == "document_bytes_max" else value + 1)


@pytest.mark.parametrize("type_depth", [7, 9])
def test_the_usual_introspection_passes(type_depth: int) -> None:
    text = get_introspection_query(
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
        experimental_directive_deprecation=True,
        one_of=True,
        type_depth=type_depth,
    )
    document = parse_within(text, DEFAULTS)
    counts = check_limits(document, DEFAULTS)
    assert (counts.depth, counts.introspection_depth, counts.duplicate_fields) == (1, type_depth + 6, 0)
    assert validate(build_schema("type Query { id: ID }"), document) == []


# --- parse_within ---


def test_a_text_of_too_many_characters_is_refused_before_its_bytes_are_counted() -> None:
    error = refused('{a(b: "ééééééé")}', dataclasses.replace(LOOSE, document_bytes_max=12))
    assert (error.limit, error.allowed, error.measured) == ("document_bytes_max", 12, 17)


def test_a_syntax_error_stays_one() -> None:
    with pytest.raises(GraphQLSyntaxError, match="Expected Name"):
        parse_within("{a(}", DEFAULTS)
    # What the document says is not taken for the parser's own words.
    with pytest.raises(GraphQLSyntaxError, match="found String"):
        parse_within('{"Document is nested too deeply. Parsing aborted."}', DEFAULTS)


def test_a_lone_surrogate_is_no_crash() -> None:
    with pytest.raises(GraphQLSyntaxError, match="Invalid character"):
        parse_within('{a(b: "\ud800")}', DEFAULTS)


def test_locations_are_kept() -> None:
    assert parse_within("{a}", DEFAULTS).loc is not None


def test_a_document_without_any_name_is_for_validation_to_refuse() -> None:
    assert check_limits(parse_within("{}", DEFAULTS), DEFAULTS).fields == 0


def test_the_token_cap_stops_the_lexer() -> None:
    # What comes after the cap is never read: it would be a syntax error.
    error = refused("{" + "a " * 2_000 + "\x00")
    assert (error.limit, error.allowed, error.measured) == ("tokens_max", 2_000, 2_001)


@pytest.mark.parametrize(
    "text", ["{a" * 10_000, "{a(b:" + "[" * 10_000, "{a(b:" + "{c:" * 10_000, "{" + "...{" * 10_000]
)
def test_deep_nesting_is_no_recursion_error(text: str) -> None:
    error = refused(text, dataclasses.replace(LOOSE, depth_max=15))
    assert (error.limit, error.allowed, error.measured) == ("depth_max", 15, SATURATED)
    assert str(error).startswith("The document is nested too deeply to be read; at most 15 levels are allowed.")
    assert error.__context__ is None


def test_fragments_chained_thousands_deep_are_no_recursion_error() -> None:
    chain = " ".join(f"fragment F{number} on T {{a {{...F{number + 1}}}}}" for number in range(3_000))
    assert measured("{...F0}" + chain).depth == 3_000
