"""Bounds a GraphQL document before validation, in one pass whose own work stays within those limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    TokenKind,
    parse,
)

from engine.documents.totals import (
    SATURATED,
    CircularFragment,
    Definition,
    DefinitionTotals,
    add,
    callees_first,
    duplicates_of,
    expand,
    totals_of,
)

# One sentence for each field of Limits: what was measured, and what the client can do about it.
_SENTENCES: Mapping[str, tuple[str, str]] = {
    "document_bytes_max": ("The document is {} bytes long", "Send a shorter query, and long values as variables."),
    "lines_max": ("The document has {} lines", "Remove empty lines and comments."),
    "tokens_max": ("The document has {} or more tokens", "Ask for less in one query, and send lists as variables."),
    "name_chars_max": ("A name in the document is {} characters long", "Use shorter names."),
    "depth_max": ("The query is {} levels deep", "Ask for less in one query."),
    "introspection_depth_max": ("The introspection is {} levels deep", "Ask for fewer levels of ofType."),
    "value_depth_max": ("A value in the query is nested {} levels deep", "Use a flatter filter."),
    "fields_max": ("The query selects {} fields, fragments included", "Ask for less in one query."),
    "aliases_max": ("The query uses {} aliases, fragments included", "Split it into several queries."),
    "directives_max": (
        "The query uses {} directives, fragments included",
        "Leave fields out instead of skipping them.",
    ),
    "fragments_max": ("The query uses fragments {} times", "Use fewer fragments, or write their fields out."),
    "schemas_max": ("The document asks for __schema {} times", "Ask for it once, with all that is wanted below it."),
    "types_max": ("The document asks for __type {} times", "Ask for __schema instead, or in several queries."),
    "schema_answer_fields_max": (
        "What the query asks of the schema has {} fields",
        "Ask for less of it, or read /schema.json.",
    ),
    "schema_fields_beside_max": (
        "What the query asks of the schema beside other fields has {} fields",
        "Ask for the schema in a query of its own.",
    ),
    "variable_values_used_max": (
        "The fields that use variables would take {} values from them",
        "Use large filters in fewer fields, or make them smaller.",
    ),
    "duplicate_fields_max": ("The query repeats {} fields that it already selects", "Select each field once."),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one document. Raises ValueError for a number that is not between 0 and `SATURATED`.

    The first four bound the text. The others bound the *expanded* document, in which each spread is replaced by the
    fields of its fragment. All operations of the document are added up, because validation walks them all. The defaults
    keep parsing and validation of the worst admitted document far below 250 ms.
    """

    document_bytes_max: int = 65_536
    # Each validation error scans all lines before its position: 60,000 empty lines cost a second.
    lines_max: int = 1_000
    tokens_max: int = 2_000
    # Validation repeats the names of operations and variables in each error: a name of 60 kB becomes 6 MB of errors.
    name_chars_max: int = 128
    # Levels of fields, except below __schema and __type.
    depth_max: int = 15
    # Levels from __schema or __type on, which count as 1. The usual introspection query has 15.
    introspection_depth_max: int = 16
    # Levels of lists and input objects in one literal. A filter over a relation with `and`, `or`, `not` has about 8.
    value_depth_max: int = 12
    fields_max: int = 2_000
    aliases_max: int = 100
    directives_max: int = 50
    # Spreads and inline fragments, plus fragments that nothing spreads.
    fragments_max: int = 100
    # Fields whose response path another field has already; type conditions are ignored, as a union of twelve types may
    # select a few same names in each. Validation compares n duplicates in at most n * (n + 1) / 2 pairs.
    duplicate_fields_max: int = 100
    # Fields `__schema` and `__type`, aliases and fragments included.
    schemas_max: int = 1
    types_max: int = 20
    # Fields of the answer to introspection. The usual query of tools has 30,000 and takes 0.1 s.
    schema_answer_fields_max: int = 60_000
    # The same in a query that selects other fields too: it runs on the event loop, where this many take 8 ms.
    schema_fields_beside_max: int = 2_000
    # Values in the variables, times the reads that use variables: each read converts its filter, 15 microseconds per
    # value.
    variable_values_used_max: int = 4_000

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if type(value) is not int or not 0 < value < SATURATED:
                raise ValueError(f"{field.name} must be a whole number from 1 to {SATURATED - 1}, not {value!r}.")


@dataclass(frozen=True, slots=True)
class Measure:
    """The size of a document, in the terms of `Limits`. Every number saturates at `SATURATED`.

    `tokens` is 0 for a document that was not parsed from text. `duplicate_fields` is `SATURATED` where `fields` or
    `fragments` are over their limit: the document is refused anyway, and counting on could take exponential time.
    """

    tokens: int
    depth: int
    introspection_depth: int
    value_depth: int
    fields: int
    aliases: int
    directives: int
    fragments: int
    duplicate_fields: int
    schemas: int
    types: int


class LimitExceeded(Exception):
    """The document is over a limit. The message says how to send a smaller one.

    `limit` is the name of the field of `Limits`, `allowed` its value, `measured` the size of the document, saturated.
    """

    def __init__(self, limit: str, allowed: int, measured: int, message: str | None = None) -> None:
        self.limit = limit
        self.allowed = allowed
        self.measured = min(measured, SATURATED)
        super().__init__(message or _message(limit, allowed, self.measured))


def parse_within(text: str, limits: Limits) -> DocumentNode:
    """Parse a document whose text is within the limits of bytes, lines, tokens and names.

    Lexing stops at the first token too many. Raises LimitExceeded, or GraphQLSyntaxError for what is not GraphQL.
    """
    # The length in characters first: it is never above the length in bytes, and costs nothing for a huge text.
    # The lexer refuses lone surrogates, which JSON lets through.
    _check("document_bytes_max", limits, len(text))
    _check("document_bytes_max", limits, len(text.encode("utf-8", "surrogatepass")))
    _check("lines_max", limits, 1 + text.count("\n") + text.count("\r") - text.count("\r\n"))
    try:
        document = parse(text, max_tokens=limits.tokens_max)
    except RecursionError:
        refusal = _too_nested(limits)
    except GraphQLSyntaxError as error:
        # The parser has no error types for these two. The whole message is compared: part of one may be client text.
        if error.message == f"Syntax Error: Document contains more than {limits.tokens_max} tokens. Parsing aborted.":
            refusal = LimitExceeded("tokens_max", limits.tokens_max, limits.tokens_max + 1)
        elif error.message == "Syntax Error: Document is nested too deeply. Parsing aborted.":
            refusal = _too_nested(limits)
        else:
            raise
    else:
        _check("name_chars_max", limits, max(_name_lengths(document), default=0))
        return document
    # Raised outside the handler, so that its context does not keep the frames of a deep recursion alive.
    raise refusal


def measure(document: DocumentNode, limits: Limits) -> Measure:
    """Measure a document, each definition once and without recursion.

    Spreads of unknown fragments count but add nothing, and definitions that cannot be executed are ignored: validation
    reports both. Raises LimitExceeded (`depth_max`) for fragments that spread themselves.
    """
    definitions = [node for node in document.definitions if isinstance(node, FragmentDefinitionNode)]
    # Of two fragments with one name validation takes the last, and walks the other as well.
    fragments = {node.name.value: node for node in definitions}
    totals_by_name = {name: totals_of(node) for name, node in fragments.items()}
    try:
        for name in callees_first(totals_by_name):
            expand(totals_by_name[name], totals_by_name)
    except CircularFragment as error:
        raise LimitExceeded("depth_max", limits.depth_max, SATURATED, str(error)) from error

    roots: list[Definition] = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    parts = [totals_of(node) for node in roots]
    spread = {name for totals in (*parts, *totals_by_name.values()) for name, _, _ in totals.spreads}
    loose = [node for node in definitions if node.name.value not in spread or node is not fragments[node.name.value]]
    roots += loose
    parts += [totals_of(node) for node in loose]

    total = DefinitionTotals(spreads=[], fragments=len(loose))
    for part in parts:
        expand(part, totals_by_name)
        add(total, part, level=0, introspection=0)
    small = total.fields <= limits.fields_max and total.fragments <= limits.fragments_max
    return Measure(
        tokens=min(SATURATED, document.token_count),
        depth=total.depth,
        introspection_depth=total.introspection_depth,
        value_depth=total.value_depth,
        fields=total.fields,
        aliases=total.aliases,
        directives=total.directives,
        fragments=total.fragments,
        duplicate_fields=duplicates_of(roots, fragments) if small else SATURATED,
        schemas=total.schemas,
        types=total.types,
    )


def check_limits(document: DocumentNode, limits: Limits) -> Measure:
    """Measure the whole document and raise LimitExceeded for the first limit that it is over."""
    measured = measure(document, limits)
    for field in fields(measured):
        _check(f"{field.name}_max", limits, getattr(measured, field.name))
    return measured


def _message(limit: str, allowed: int, measured: int) -> str:
    what, advice = _SENTENCES[limit]
    amount = f"{SATURATED} or more" if measured == SATURATED else str(measured)
    return f"{what.format(amount)}; at most {allowed} are allowed. {advice}"


def _check(limit: str, limits: Limits, measured: int) -> None:
    allowed: int = getattr(limits, limit)
    if measured > allowed:
        raise LimitExceeded(limit, allowed, measured)


def _too_nested(limits: Limits) -> LimitExceeded:
    message = "The document is nested too deeply to be read; at most {} levels are allowed. Ask for less in one query."
    return LimitExceeded("depth_max", limits.depth_max, SATURATED, message.format(limits.depth_max))


def _name_lengths(document: DocumentNode) -> Iterator[int]:
    token = document.loc.start_token if document.loc else None
    while token:
        if token.kind is TokenKind.NAME:
            yield len(token.value or "")
        token = token.next
