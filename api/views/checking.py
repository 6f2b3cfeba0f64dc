"""Checking: whether a document may be a view: one public query whose answer holds one table."""

from __future__ import annotations

from dataclasses import dataclass

from graphql import GraphQLSyntaxError, OperationType

from api.incoming import Incoming
from api.operations import Ready
from api.personal_arguments import has_personal_arguments
from api.response_life import is_public
from api.views.tables import NotTabular, ViewTable, table_of
from connectors.catalog import Catalog
from engine.documents import InvalidDocument
from engine.lanes import Lanes
from engine.limits import LimitExceeded
from store.views import View, ViewRefused


@dataclass(frozen=True, slots=True)
class Checked:
    """A view that may be shown to everybody: what is run for it, and the table in its answer."""

    view: View
    ready: Ready
    table: ViewTable

    @property
    def asks(self) -> tuple[View, str]:
        """What its answer depends on."""
        return self.view, self.ready.incoming.query


def checked(view: View, text: str | None, lanes: Lanes, catalog: Catalog) -> Checked:
    """Raises ViewRefused, with the reason, for what is no view of this city. `text` is that of the document."""
    if text is None:
        raise ViewRefused(f"no trusted document is registered as {view.identifier}")
    try:
        prepared = lanes.prepare(text)
    except (LimitExceeded, GraphQLSyntaxError, InvalidDocument):
        raise ViewRefused(f"{view.identifier} is no document of this hub's schema") from None
    operation = prepared.operation(None)
    if operation is None or operation.operation is not OperationType.QUERY:
        raise ViewRefused(f"{view.identifier} must hold one operation, and that a query")
    priced = lanes.priced(prepared, None, view.variables)
    if priced is None:
        raise ViewRefused("the variables do not fit the document, or the hub cannot plan it")
    if not is_public(priced.plan, catalog) or has_personal_arguments(priced):
        raise ViewRefused("a view shows public data only, of sources that state how long it is fresh")
    try:
        table = table_of(lanes.schema, prepared.fragments, operation)
    except NotTabular as reason:
        raise ViewRefused(str(reason)) from None
    incoming = Incoming(text, None, dict(view.variables), is_trusted=True)
    return Checked(view, Ready(incoming, prepared, operation), table)
