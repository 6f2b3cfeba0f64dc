"""Bounds a GraphQL document before validation, in one pass whose work never exceeds the limits themselves."""

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

from engine.tally import (
    SATURATED,
    CircularFragment,
    Definition,
    Tally,
    add,
    callees_first,
    duplicates_of,
    expand,
    tally_of,
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
    "variable_values_used_max": (
        "The fields that use variables would take {} values from them",
        "Use large filters in fewer fields, or make them smaller.",
    ),
    "duplicate_fields_max": ("The query repeats {} fields that it already selects", "Select each field once."),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may be at most; every number is above 0 and below `SATURATED`, else ValueError.

    The first four are of the text. The others are of the *expanded* document, in which each spread is replaced by the
    fields of its fragment, however often it is spread; all operations of the document are added up, because validation
    walks them all. The defaults keep parsing and validation of the worst admitted document far below 250 ms.
    """

    document_bytes_max: int = 65_536
    # Each of up to 100 validation errors scans all lines before its position: 60,000 empty lines cost a second.
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
    # Values in the variables, times the reads that use variables: each of them converts a filter for itself, and takes
    # 15 microseconds for a value.
    variable_values_used_max: int = 10_000

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if type(value) is not int or not 0 < value < SATURATED:
                raise ValueError(f"{field.name} must be a whole number from 1 to {SATURATED - 1}, not {value!r}.")


@dataclass(frozen=True, slots=True)
class Measure:
    """What a document is, in the words of `Limits`. Every number saturates at `SATURATED`.

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


class LimitExceeded(Exception):
    """The document is over a limit. The client sends a smaller one; the message says how.

    `limit` is the name of the field of `Limits`, `allowed` its value, `measured` what the document has, saturated.
    """

    def __init__(self, limit: str, allowed: int, measured: int, message: str | None = None) -> None:
        self.limit = limit
        self.allowed = allowed
        self.measured = min(measured, SATURATED)
        super().__init__(message or _message(limit, allowed, self.measured))

    def __reduce__(self) -> tuple[type[LimitExceeded], tuple[str, int, int, str]]:
        return LimitExceeded, (self.limit, self.allowed, self.measured, str(self))


def parse_within(text: str, limits: Limits) -> DocumentNode:
    """Parse a document whose text is within the limits of bytes, lines, tokens and names.

    Lexing stops at the first token too many. Raises LimitExceeded, or GraphQLSyntaxError for what is not GraphQL.
    """
    # The length in characters first: it is never above the length in bytes, and costs nothing on a huge text.
    # Lone surrogates, which JSON lets through, are the lexer's to refuse.
    _check("document_bytes_max", limits, len(text))
    _check("document_bytes_max", limits, len(text.encode("utf-8", "surrogatepass")))
    _check("lines_max", limits, 1 + text.count("\n") + text.count("\r") - text.count("\r\n"))
    try:
        document = parse(text, max_tokens=limits.tokens_max)
    except RecursionError:
        refusal = _too_nested(limits)
    except GraphQLSyntaxError as error:
        # The parser has no type for these two. Compared whole: a part of the message could come from the document.
        if error.message == f"Syntax Error: Document contains more than {limits.tokens_max} tokens. Parsing aborted.":
            refusal = LimitExceeded("tokens_max", limits.tokens_max, limits.tokens_max + 1)
        elif error.message == "Syntax Error: Document is nested too deeply. Parsing aborted.":
            refusal = _too_nested(limits)
        else:
            raise
    else:
        _check("name_chars_max", limits, max(_name_lengths(document), default=0))
        return document
    # Raised out here, so that the frames of a deep recursion are not kept alive as its context.
    raise refusal


def measure(document: DocumentNode, limits: Limits, operation_name: str | None = None) -> Measure:
    """Measure the whole document, or only the operations called `operation_name` with what they spread.

    Each definition is analysed once, without recursion; spreads of unknown fragments count but add nothing, and
    definitions that cannot be executed are ignored: validation reports both. Raises LimitExceeded (`depth_max`) for
    fragments that spread themselves, and LookupError for a name that no operation has.
    """
    definitions = [node for node in document.definitions if isinstance(node, FragmentDefinitionNode)]
    # Of two fragments with one name validation takes the last, and walks the other as well.
    fragments = {node.name.value: node for node in definitions}
    tallies = {name: tally_of(node) for name, node in fragments.items()}
    try:
        for name in callees_first(tallies):
            expand(tallies[name], tallies)
    except CircularFragment as error:
        raise LimitExceeded("depth_max", limits.depth_max, SATURATED, str(error)) from error

    roots: list[Definition] = _operations(document, operation_name)
    parts = [tally_of(node) for node in roots]
    loose: list[FragmentDefinitionNode] = []
    if operation_name is None:
        spread = {name for tally in (*parts, *tallies.values()) for name, _, _ in tally.spreads}
        loose = [
            node for node in definitions if node.name.value not in spread or node is not fragments[node.name.value]
        ]
    roots += loose
    parts += [tally_of(node) for node in loose]

    total = Tally(spreads=[], fragments=len(loose))
    for part in parts:
        expand(part, tallies)
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
    )


def check_limits(document: DocumentNode, limits: Limits) -> Measure:
    """Measure the whole document and raise LimitExceeded for the first limit that it is over."""
    measured = measure(document, limits)
    for field in fields(measured):
        _check(f"{field.name}_max", limits, getattr(measured, field.name))
    return measured


def _operations(document: DocumentNode, name: str | None) -> list[Definition]:
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if name is None:
        return list(operations)
    named: list[Definition] = [node for node in operations if node.name and node.name.value == name]
    if not named:
        raise LookupError(f"The document has no operation named {name}.")
    return named


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
