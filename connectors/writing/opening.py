"""Opening: make the writer of each source for which the hub has a credential to write."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from functools import partial

from connectors.catalog import Catalog
from connectors.guard.guard import Guard
from connectors.http.access import HttpAccess
from connectors.http.client import HttpClient
from connectors.kinds import SourceUrlError
from connectors.mapping import MappingError
from connectors.mocking import MockedConnector, behind
from connectors.opening import SourceAddress, signed_in
from connectors.rest.by_key import RestConnector
from connectors.sources import CityPackage, Source
from connectors.sql.connector import SqlConnector
from connectors.sql.engines import parsed_url
from connectors.sql.sessions.writing import writing_opener_of
from connectors.writing.protocol import Writer
from connectors.writing.rest import RestWriter
from connectors.writing.sql import SqlWriter
from connectors.writing.statements import WriteStatements
from connectors.writing.writings import Writing


@dataclass(frozen=True, slots=True)
class WriterOpener:
    """Opens the writers of a city, beside the connectors of its catalog."""

    package: CityPackage
    catalog: Catalog
    guard: Guard
    http: HttpAccess

    def writers(self, addresses: Dictionary[str, SourceAddress]) -> dict[str, Writer]:
        """Writers by source; they connect for each delivery. Raises SourceUrlError, which names the setting."""
        return {name: self._writer(self.package.source(name), address) for name, address in addresses.items()}

    def _writer(self, source: Source, address: SourceAddress) -> Writer:
        setting = f"HUB_SOURCE_{source.name.upper()}_WRITER"
        writings = {writing.record: writing for writing in self.package.writings if writing.source == source.name}
        try:
            return self._opened(source, address, writings)
        except SourceUrlError as error:
            raise SourceUrlError(f"{setting}: {error}") from None
        except MappingError as error:
            raise SourceUrlError(f"The source {source.name} cannot be written to: {error}") from None

    def _opened(self, source: Source, address: SourceAddress, writings: dict[str, Writing]) -> Writer:
        outer = self.catalog.connectors[source.name]
        connector, left_alone = behind(outer), partial(self.guard.left_alone, source)
        if isinstance(connector, RestConnector):
            kind = connector.kind
            client = HttpClient.of(address.url, self.http, source.load, kind.limits, kind.sign_in, address.credential)
            client.connections = connector.connections
            return RestWriter(writings, connector, client, left_alone)
        if not isinstance(connector, SqlConnector):
            raise SourceUrlError("The hub cannot write to this kind of source.")
        url = parsed_url(signed_in(address))
        return SqlWriter(
            writings,
            WriteStatements(connector.dialect),
            writing_opener_of(connector.dialect.name, url, source.load),
            partial(outer.after_trouble, connector.room) if isinstance(outer, MockedConnector) else connector.room,
            connector.connections.paced,
            left_alone,
            source.marker,
        )
