"""Sources in the graph: the legacy systems of a department, who answers for them, and under which terms."""

from __future__ import annotations

import strawberry

from connectors.catalog import Catalog
from connectors.sources import Source as StatedSource
from models.data_terms import SourceForm, UpdateRhythm
from models.localized import Language
from schema.vocabularies import words

words(SourceForm)
words(UpdateRhythm)


@strawberry.type(description="A legacy system of a department that the hub reads.")
class Source:
    name: str = strawberry.field(description="Its name in this hub, as in `extensions.sources`.")
    title: str = strawberry.field(description="What the department calls it.")
    form: SourceForm = strawberry.field(description="How the hub reads it.")
    form_label: str = strawberry.field(description="The label of `form` in the language of the request.")
    connected: bool = strawberry.field(description="Whether this hub has been given its address.")
    publisher: str | None = strawberry.field(description="Who answers for its data.")
    contact: str | None = strawberry.field(description="Whom to ask about its data.")
    license: str | None = strawberry.field(description="Under which terms its data may be used.")
    update_rhythm: UpdateRhythm = strawberry.field(description="How often its data changes.")
    update_rhythm_label: str = strawberry.field(
        description="The label of `updateRhythm` in the language of the request."
    )


def sources_of(catalog: Catalog, department: str, language: Language) -> list[Source]:
    """The sources of a department, connected or not, in the order in which the city states them."""
    return [_shown(source, catalog, language) for source in catalog.sources if source.department == department]


def source_named(catalog: Catalog, name: str, language: Language) -> Source:
    """A source of the city by its name. Raises StopIteration where it has none of that name."""
    return _shown(next(source for source in catalog.sources if source.name == name), catalog, language)


def _shown(source: StatedSource, catalog: Catalog, language: Language) -> Source:
    stated = source.terms
    rhythm = stated.rhythm if stated is not None else UpdateRhythm.UNKNOWN
    return Source(
        name=source.name,
        title=source.title,
        form=source.form,
        form_label=source.form.label_in(language),
        connected=source.name in catalog.connectors,
        publisher=stated.publisher if stated is not None else None,
        contact=stated.contact if stated is not None else None,
        license=stated.license if stated is not None else None,
        update_rhythm=rhythm,
        update_rhythm_label=rhythm.label_in(language),
    )
