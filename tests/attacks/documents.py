"""Attacks by the form of a document: they ask for more than anybody may, or for what has no end."""

from __future__ import annotations

import json
from typing import Any, Final

from tests.attacks.attack import REQUEST_BYTES_MAX, Attack, AttackClass, Judge, answered, got, posted, refused

ROLES: Final = ("anonymous", "citizen", "officer", "developer")
"""Who sends each of these: the same limits are everybody's."""
TOO_MUCH: Final = refused("BAD_REQUEST", "TOO_EXPENSIVE")
CODE: Final = "departments { code }"
QUOTED: Final = '"a#"'


def many(template: str, count: int, separator: str = " ") -> str:
    """The template once for each number below `count`, with the number for each #."""
    return separator.join(template.replace("#", str(number)) for number in range(count))


def filled(unit: str, start: str = "{", end: str = "}") -> str:
    """As often as there is room for in one request of the largest size that may not hold the loop."""
    room = REQUEST_BYTES_MAX - len(json.dumps({"query": start + end})) - 1
    return start + unit * (room // len(json.dumps(unit)[1:-1])) + end


def nested(field: str, levels: int, inner: str) -> str:
    return f"{field} {{ " * levels + inner + " }" * levels


def chained(length: int, twice: str = "...F# ...F#") -> str:
    """2 ** length fields, by spreading each fragment twice in the one before."""
    links = " ".join(
        f"fragment F{number} on Query {{ {twice.replace('#', str(number + 1))} }}" for number in range(length)
    )
    return f"{{ ...F0 }} {links} fragment F{length} on Query {{ {CODE} }}"


def doubled(levels: int) -> str:
    """Fields that are nested and repeated on each level, so that they have to be merged pair by pair."""
    return "code" if levels == 0 else f"parent {{ {doubled(levels - 1)} }} " * 2


def each(kind: AttackClass, rows: dict[str, str], judge: Judge = TOO_MUCH, **variables: Any) -> list[Attack]:
    """A row for each document, by each role."""
    return [
        Attack(kind, name, judge, posted(query, **variables), role) for name, query in rows.items() for role in ROLES
    ]


TYPE_OF_ALL: Final = "name description fields { name description args { name type { name fields { name } } } }"
FIELDS_OF_ALL: Final = (
    "fields { name description type { name ofType { name ofType { name } } } args { name description } }"
)
QUERY_TYPE: Final = '"Query"'
FILTERED: Final = "query ($x: ComplaintFilter) { complaints(filter: $x) { totalCount } }"
NUMBERED: Final = "query ($x: [String!]) { complaints(filter: {ticketNumber: {in: $x}}) { totalCount } }"
AMONG: Final = "query ($x: [ComplaintStatus!]) { complaints(filter: {status: {in: $x}}) { totalCount } }"
LARGE_VARIABLES: Final[list[tuple[str, str, Any]]] = [
    ("a filter with many alternatives", FILTERED, {"or": [{"ticketNumber": {"eq": "a"}}] * 650}),
    (
        "a filter that is used often",
        f"query ($x: ComplaintFilter) {{ {many('a#: complaints(filter: $x) { totalCount }', 5)} }}",
        {"or": [{"ticketNumber": {"eq": "a"}}] * 650},
    ),
    (
        "a small filter that is used often",
        f"query ($x: ComplaintFilter) {{ {many('a#: complaints(filter: $x) { totalCount }', 60)} }}",
        {"or": [{"ticketNumber": {"eq": "a"}}] * 49},
    ),
    ("a filter that is nested", FILTERED, json.loads('{"not": ' * 14 + '{"status": {"eq": "OPEN"}}' + "}" * 14)),
    ("values of an enum", AMONG, ["OPEN"] * 1_990),
    ("wrong values of an enum", AMONG, ["OPNE"] * 1_990),
    ("wrong fields of a filter", FILTERED, {f"statuz{number}": 1 for number in range(1_990)}),
    ("texts", NUMBERED, ["a" * 25] * 1_990),
    ("one text", NUMBERED, ["a" * 60_000]),
    ("a number of many digits", "query ($x: Int) { complaints(first: $x) { totalCount } }", 10**4_000),
]

FORMS: Final[list[Attack]] = [
    *each(
        AttackClass.ALIASES,
        {
            "one field under a thousand names": f"{{ {many(f'a#: {CODE}', 1_000)} }}",
            "just over the limit": f"{{ {many(f'a#: {CODE}', 101)} }}",
            "in a fragment that is spread often": (
                f"{{ {'...F ' * 90} }} fragment F on Query {{ {many(f'a#: {CODE}', 5)} }}"
            ),
            "of leaves": f"{{ departments {{ {many('a#: code', 600)} }} }}",
        },
    ),
    *each(
        AttackClass.DUPLICATED_FIELDS,
        {
            "one leaf a thousand times": f"{{ departments {{ {'code ' * 1_000} }} }}",
            "one list two hundred times": f"{{ {(CODE + ' ') * 200} }}",
            "nested and repeated": f'{{ area(code: "36.71") {{ {doubled(9)} }} }}',
        },
    ),
    *each(
        AttackClass.DIRECTIVES,
        {
            "a thousand on one field": f"{{ departments {'@include(if: true) ' * 1_000} {{ code }} }}",
            "on each of many fields": f"{{ {many('a#: __typename @skip(if: false)', 90)} }}",
            "unknown ones": f"{{ departments {many('@x#', 60)} {{ code }} }}",
            "on fragments": f"{{ {'... @include(if: true) { __typename } ' * 60} }}",
        },
    ),
    *each(
        AttackClass.DEEP_FRAGMENTS,
        {
            "a chain of two hundred": chained(200, "...F#"),
            "inline, five hundred deep": f"{{ {nested('...', 500, CODE)} }}",
            "fields, two hundred deep": f'{{ area(code: "36.71") {{ {nested("parent", 200, "code")} }} }}',
            "back and forth between departments": (
                f"{{ complaints(first: 1) {{ nodes {{ {nested('area { complaints(first: 1) { nodes', 6, 'id')}"
                f"{' } }' * 6} }} }} }}"
            ),
        },
    ),
    *each(
        AttackClass.CIRCULAR_FRAGMENTS,
        {
            "of itself": "{ ...A } fragment A on Query { __typename ...A }",
            "of two": "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
            "of fifty": "{ ...F0 } "
            + many("fragment F# on Query { ...X# }", 50).replace("X49", "F0").replace("X", "F0 ...F"),
            "that nothing spreads": f"{{ {CODE} }} fragment A on Query {{ ...B }} fragment B on Query {{ ...A }}",
        },
    ),
    *each(
        AttackClass.EXPONENTIAL_FRAGMENTS,
        {
            "2 to the 40": chained(40),
            "2 to the 90": chained(90),
            "without a field": chained(40).replace(CODE, ""),
            "3 to the 30": chained(30, "...F# ...F# ...F#"),
        },
    ),
    *each(
        AttackClass.OVERLAPPING_FIELDS,
        {
            "different arguments under one name": f"{{ {many('a: areas(first: #) { totalCount }', 300)} }}",
            "in fragments of one level": f"{{ {many('...F#', 90)} }} "
            + many("fragment F# on Query { a: areas(first: #) { nodes { code } } }", 90),
            "nested": f"{{ {(nested('departments', 1, 'code') + ' ') * 150} }}",
        },
    ),
    *each(
        AttackClass.HUGE_LISTS,
        {
            "a million rows": "{ complaints(first: 1000000) { nodes { id } } }",
            "minus one row": "{ complaints(first: -1) { nodes { id } } }",
            "rows of rows of rows": (
                "{ areas(first: 100) { nodes { complaints(first: 100) { nodes { history(first: 100) { nodes { id } } }"
                " } } } }"
            ),
            "rows that fewer than none are to pay for": (
                '{ search(text: "x", first: -2000000000) { __typename } areas(first: 100) { nodes { '
                "complaints(first: 100) { nodes { history(first: 100) { nodes { id } } } } } } }"
            ),
            "a filter with a thousand values": (
                f"{{ complaints(filter: {{ticketNumber: {{in: [{many(QUOTED, 1_900, ', ')}]}}}}) {{ totalCount }} }}"
            ),
            "a filter that is nested": (
                f"{{ complaints(filter: {'{not: ' * 60}{{status: {{eq: OPEN}}}}{'}' * 60}) {{ totalCount }} }}"
            ),
            "ids": f"{{ nodes(ids: [{many(QUOTED, 500, ', ')}]) {{ id }} }}",
        },
        refused("BAD_REQUEST", "TOO_EXPENSIVE", "BAD_INPUT"),
    ),
    *each(
        AttackClass.TOKEN_FLOODS,
        {
            "braces": filled("{"),
            "brackets": filled("[", "{ departments(a: "),
            "numbers": filled("1 ", "{ departments(a: [", "]) { code } }"),
            "comments": filled("#\n"),
            "empty lines": filled("\n"),
            "names": filled("a "),
            "one name": filled("a"),
            "a block of text": filled("\n x", '{ departments(a: """', '""") { code } }'),
            "escapes": filled("\\u0041", '{ departments(a: "', '") { code } }'),
            "variables": filled("$a:Int ", "query (", f") {{ {CODE} }}"),
            "operations": many(f"query Q# {{ {CODE} }}", 900),
            "dollars": filled("$"),
            "wide characters": filled("é"),
        },
    ),
    *each(
        AttackClass.SCHEMA_FLOODS,
        {
            "under thirty names": f"{{ {many('a#: __schema { types { ' + TYPE_OF_ALL + ' } }', 30)} }}",
            "in two fragments": "{ ...A ...B } fragment A on Query { a: __schema { types { name } } } "
            "fragment B on Query { b: __schema { types { name } } }",
            "fields under many names": f"{{ __schema {{ types {{ {many('f#: ' + FIELDS_OF_ALL, 20)} }} }} }}",
            "types of fields of types": (
                f"{{ __schema {{ types {{ {many('f#: fields { type { ofType { fields { name } } } }', 20)} }} }} }}"
            ),
            "descriptions under many names": (
                f"{{ __schema {{ types {{ {many('f#: fields { ' + many('d#: description', 3) + ' }', 30)} }} }} }}"
            ),
            "one type many times": f"{{ {many('t#: __type(name: ' + QUERY_TYPE + ') { fields { name } }', 40)} }}",
            "beside a question": f"{{ {CODE} __schema {{ types {{ {FIELDS_OF_ALL} }} }} }}",
            "where another part fails": (
                "query ($x: Boolean = true) { __schema { types { " + FIELDS_OF_ALL + " } } "
                "departments { code @include(if: $x) } }"
            ),
        },
        refused("BAD_REQUEST", "TOO_EXPENSIVE", "BAD_INPUT"),
        variables={"x": None},
    ),
    *each(
        AttackClass.WRONG_NAMES,
        {
            "fields": f"{{ {many('complaintCategoryz#', 600)} }}",
            "fields of a list": f"{{ complaints {{ nodes {{ {many('ticketNumbr#', 1_800)} }} }} }}",
            "arguments": f"{{ complaints({many('fitler#: 1', 600)}) {{ totalCount }} }}",
            "types": f"{{ {many('... on ComplaintAggregateFiltr# { id }', 90)} }}",
            "types of variables": f"query ({many('$v#: ComplaintFiltr#', 450)}) {{ {CODE} }}",
            "values of an enum": (
                f"{{ complaints(filter: {{status: {{in: [{many('OPN#', 1_900)}]}}}}) {{ totalCount }} }}"
            ),
            "fields of a filter": f"{{ complaints(filter: {{{many('statuz#: 1', 600)}}}) {{ totalCount }} }}",
            "a long text that is repeated": filled(
                '\\"', f'{{ complaints(filter: {{{many("t#: 1", 300)} z: "', '"}) { totalCount } }'
            ),
            "a number of many digits": filled("9", "{ complaints(first: ", ") { totalCount } }"),
            "directives": f"{{ departments {many('@includ#(if: true)', 49)} {{ code }} }}",
            "fragments that nothing spreads": f"{{ {CODE} }} {many('fragment F# on Query { ' + CODE + ' }', 99)}",
        },
        refused("BAD_REQUEST"),
    ),
    *(
        Attack(AttackClass.LARGE_VARIABLES, name, got(200, 400), posted(query, variables={"x": value}), role)
        for name, query, value in LARGE_VARIABLES
        for role in ROLES
    ),
    *each(AttackClass.TOKEN_FLOODS, {"commas": filled(",", "{ __typename")}, answered({"__typename": "Query"})),
]


def nested_json(levels: int) -> bytes:
    return b'{"query":"{ __typename }","variables":{"a":' + b"[" * levels + b"]" * levels + b"}}"


BODIES: Final[list[Attack]] = [
    Attack(kind, name, refused("BAD_REQUEST", "TOO_EXPENSIVE"), content, role)
    for kind, name, content in (
        (AttackClass.BIG_BODIES, "ten megabytes of blanks", b" " * 10_000_000),
        (AttackClass.BIG_BODIES, "a document of 200 kB", posted(f"{{ {'a ' * 100_000} }}")),
        (AttackClass.BIG_BODIES, "one long text", posted('{ search(text: "%s") { __typename } }' % ("a" * 200_000))),
        (AttackClass.BIG_BODIES, "JSON that is nested deeply", nested_json(30_000)),
        (AttackClass.BIG_BODIES, "JSON that never ends", b'{"query":' * 7_000),
        (AttackClass.BIG_BODIES, "variables without end", posted("{ __typename }", variables={"a": [0] * 20_000})),
        (AttackClass.BIG_BODIES, "one number of 60,000 digits", b'{"query":' + b"9" * 60_000 + b"}"),
        (AttackClass.BATCHES, "an array of operations", b"[" + b",".join([posted("{ __typename }")] * 50) + b"]"),
        (AttackClass.BATCHES, "an empty array", b"[]"),
        (AttackClass.BATCHES, "an array in an array", b"[[" + posted("{ __typename }") + b"]]"),
        (AttackClass.BATCHES, "many operations and no name", posted(many(f"query Q# {{ {CODE} }}", 40))),
        (AttackClass.BATCHES, "a list of queries", b'{"query":["{ __typename }","{ __typename }"]}'),
    )
    for role in ("anonymous", "citizen")
]
BODIES.append(
    # What is not known is not read.
    Attack(
        AttackClass.BIG_BODIES,
        "names without end",
        answered({"__typename": "Query"}),
        posted("{ __typename }", **{f"k{n}": n for n in range(4_000)}),
    )
)
