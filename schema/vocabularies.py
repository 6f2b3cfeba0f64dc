"""Vocabularies: the enums of the graph with their words, and the list of each for clients that build menus."""

from __future__ import annotations

from functools import cache
from typing import Annotated

import strawberry
from strawberry import Info
from strawberry.types.enum import StrawberryEnumDefinition

from models.batch import Freshness, ServedFrom
from models.durations import DurationUnit
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
    """Those of the records, by name, and those of provenance."""
    used: set[type[Vocabulary]] = {DurationUnit, Freshness, ServedFrom}
    for record in RECORDS:
        used.update(field.clean_type for field in record.fields.values() if issubclass(field.clean_type, Vocabulary))
    return {vocabulary.__name__: vocabulary for vocabulary in sorted(used, key=lambda one: one.__name__)}


VOCABULARIES = _vocabularies()
for _used in VOCABULARIES.values():
    words(_used)


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
        raise NotFound("vocabulary_unknown", known=", ".join(VOCABULARIES))
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
