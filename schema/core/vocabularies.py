"""The enums of the graph with their labels, and the list of all values for clients that build menus."""

from __future__ import annotations

from functools import cache
from typing import Annotated

import strawberry
from strawberry import Info
from strawberry.types.enum import StrawberryEnumDefinition

from models.batch import Freshness, ServedFrom
from models.errors import NotFound
from models.values.types import DurationUnit
from models.values.vocabulary import Vocabulary
from schema.core.context import context_of

VOCABULARIES: dict[str, type[Vocabulary]] = {}
"""The enums of the graph by name: those of its records, and those of provenance."""


@cache
def words(vocabulary: type[Vocabulary]) -> type[Vocabulary]:
    """Make a vocabulary an enum of the graph, with the descriptions of its members."""
    strawberry.enum(vocabulary, description=vocabulary.__doc__)
    definition: StrawberryEnumDefinition = vocabulary.__strawberry_definition__  # type: ignore[attr-defined]  # set by the line above
    for value in definition.values:
        value.description = vocabulary[value.name].description
    VOCABULARIES[vocabulary.__name__] = vocabulary
    return vocabulary


for _own in (DurationUnit, Freshness, ServedFrom):
    words(_own)


@strawberry.type(description="One word of a vocabulary.")
class Term:
    value: str = strawberry.field(description="The value as the enum writes it.")
    label: str = strawberry.field(description="What people call it, in the language of the request.")
    description: str = strawberry.field(description="What it means.")


def _vocabulary(
    info: Info, name: Annotated[str, strawberry.argument(description="The name of the enum.")]
) -> list[Term]:
    vocabulary = VOCABULARIES.get(name)
    if vocabulary is None:
        raise NotFound("vocabulary_unknown", known=", ".join(sorted(VOCABULARIES)))
    language = context_of(info).request.language
    return [
        Term(value=str(member.value), label=member.label_in(language), description=member.description)
        for member in vocabulary
    ]


@strawberry.type
class VocabularyQuery:
    vocabulary: list[Term] | None = strawberry.field(
        resolver=_vocabulary, description="The words of an enum of this graph, for menus and legends."
    )
