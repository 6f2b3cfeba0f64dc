"""Vocabularies: the enums of the graph with their words, and the list of each for clients that build menus."""

from __future__ import annotations

from functools import cache

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from models.batch import Freshness, ServedFrom
from models.errors import NotFound
from models.registry import RECORDS
from models.vocabulary import Vocabulary
from schema.context import context_of


@cache
def words(vocabulary: type[Vocabulary]) -> type[Vocabulary]:
    """Make a vocabulary an enum of the graph; its members bring their descriptions."""
    strawberry.enum(vocabulary, description=vocabulary.__doc__)
    definition: StrawberryEnumDefinition = vocabulary.__strawberry_definition__  # type: ignore[attr-defined]  # set by the line above
    for value in definition.values:
        value.description = vocabulary[value.name].description
    return vocabulary


def _vocabularies() -> dict[str, type[Vocabulary]]:
    used = {
        field.clean_type
        for record in RECORDS
        for field in record.fields.values()
        if issubclass(field.clean_type, Vocabulary)
    }
    return {
        vocabulary.__name__: vocabulary
        for vocabulary in sorted((*used, Freshness, ServedFrom), key=lambda v: v.__name__)
    }


VOCABULARIES = _vocabularies()
for _vocabulary in VOCABULARIES.values():
    words(_vocabulary)


@strawberry.type(description="One word of a vocabulary.")
class Term:
    value: str = strawberry.field(description="The value as the enum writes it.")
    label: str = strawberry.field(description="What people call it, in the language of the request.")
    description: str = strawberry.field(description="What it means.")


@strawberry.type
class VocabularyQuery:
    @strawberry.field(description="The words of an enum of this graph, for menus and legends.")
    def vocabulary(self, info: strawberry.Info, name: str) -> list[Term]:
        vocabulary = VOCABULARIES.get(name)
        if vocabulary is None:
            raise NotFound("vocabulary_unknown", known=", ".join(VOCABULARIES))
        language = context_of(info).request.language
        return [
            Term(value=str(member.value), label=member.label_in(language), description=member.description)
            for member in vocabulary
        ]
