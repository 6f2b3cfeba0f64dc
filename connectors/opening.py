"""Opening: make the connector of each source of a city."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from connectors.http.access import HttpAccess
from connectors.kinds import Opening, SourceUrlError
from connectors.mapping import MappingError
from connectors.protocol import Connector
from connectors.sources import CityPackage, Source
from connectors.sql.connector import SqlConnector
from models.sources.findings import Finding


@dataclass(frozen=True, slots=True)
class SourceAddress:
    """The URL of a source, and the credential that signs the hub in."""

    url: str
    credential: str | None = None


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens the sources of a city. Its fields are those of Opening that all sources share."""

    package: CityPackage
    replicas: Path
    note: Callable[[Finding], None]
    http: HttpAccess

    def connectors(self, addresses: Dictionary[str, SourceAddress]) -> dict[str, Connector]:
        """Connectors by source; they connect lazily. Raises SourceUrlError, which names the setting."""
        return {name: self._connector(self.package.source(name), address) for name, address in addresses.items()}

    def _connector(self, source: Source, address: SourceAddress) -> Connector:
        variable = f"HUB_SOURCE_{source.name.upper()}_URL"
        try:
            if source.kind is not None:
                return source.kind.connector(self._opening(source, address))
            return SqlConnector(signed_in(address), source.load)
        except SourceUrlError as error:
            raise SourceUrlError(f"{variable}: {error}") from None
        except MappingError as error:
            raise SourceUrlError(f"The source {source.name} cannot be opened: {error}") from None
        except ValueError:
            # Its text may quote the URL, and so the password.
            raise SourceUrlError(f"{variable}: The URL cannot be read.") from None

    def _opening(self, source: Source, address: SourceAddress) -> Opening:
        mappings = self.package.mappings_of(source.name)
        return Opening(
            source.name, address.url, address.credential, source.load, mappings, self.replicas, self.note, self.http
        )


def signed_in(address: SourceAddress) -> str:
    """The URL of a database with the credential `user:password` in it."""
    if address.credential is None:
        return address.url
    user, _, password = address.credential.partition(":")
    try:
        return make_url(address.url).set(username=user, password=password or None).render_as_string(hide_password=False)
    except (ArgumentError, ValueError):
        raise SourceUrlError("The URL cannot be read.") from None
