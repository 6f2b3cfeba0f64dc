"""Sources in the graph: the legacy systems of a department, who is responsible, and the terms of use."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry import Info

from connectors.catalog import Catalog
from connectors.sources import Source as StatedSource
from models.sources.data_terms import SourceForm, UpdateRhythm
from models.sources.states import SourceCondition
from models.values.localized import Language
from schema.core.context import context_of
from schema.core.vocabularies import words

words(SourceForm)
words(UpdateRhythm)
words(SourceCondition)


def _state(root: Source, info: Info) -> SourceCondition:
    board = context_of(info).services.source_board
    present = board.present if board is not None else ()
    return next((change.condition for change in present if change.source == root.name), SourceCondition.UNKNOWN)


def _state_label(root: Source, info: Info) -> str:
    return _state(root, info).label_in(context_of(info).request.language)


def _as_of(root: Source, info: Info) -> datetime | None:
    services = context_of(info).services
    as_of = services.records.reader.newest.get(root.name)
    return as_of.astimezone(services.city.time_zone) if as_of is not None else None


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
    state: SourceCondition = strawberry.field(
        resolver=_state, description="How it is, by what all processes of the hub see of it."
    )
    state_label: str = strawberry.field(
        resolver=_state_label, description="The label of `state` in the language of the request."
    )
    as_of: datetime | None = strawberry.field(
        resolver=_as_of,
        description="When the youngest data was true that this process of the hub has shown everybody; null before.",
    )


def sources_of(catalog: Catalog, department: str, language: Language) -> list[Source]:
    """The sources of a department, connected or not, in the city's order."""
    return [_shown(source, catalog, language) for source in catalog.sources if source.department == department]


def source_named(catalog: Catalog, name: str, language: Language) -> Source:
    """A source of the city by name. Raises StopIteration if there is none."""
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
