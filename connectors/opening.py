"""Opening: the sources of a city, each as the connector of its kind."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from connectors.http import HttpAccess
from connectors.kinds import Opening, SourceUrlError
from connectors.mapping import MappingError
from connectors.protocol import Connector
from connectors.sources import CityPackage, Source
from connectors.sql.connector import SqlConnector
from models.findings import Finding


@dataclass(frozen=True, slots=True)
class Place:
    """Where a source is, and what signs the hub in there."""

    url: str
    credential: str | None = None


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens the sources of a city. Its fields are those of an Opening, for all of them."""

    package: CityPackage
    replicas: Path
    note: Callable[[Finding], None]
    http: HttpAccess

    def connectors(self, places: Dictionary[str, Place]) -> dict[str, Connector]:
        """By the name of the source; nothing is connected to yet. Raises SourceUrlError, which names the variable."""
        return {name: self._connector(self.package.source(name), place) for name, place in places.items()}

    def _connector(self, source: Source, place: Place) -> Connector:
        variable = f"HUB_SOURCE_{source.name.upper()}_URL"
        try:
            if source.kind is not None:
                return source.kind.connector(self._opening(source, place))
            return SqlConnector(signed_in(place), source.load)
        except SourceUrlError as error:
            raise SourceUrlError(f"{variable}: {error}") from None
        except MappingError as error:
            raise SourceUrlError(f"The source {source.name} cannot be opened: {error}") from None
        except ValueError:
            # Its words may be a part of the URL, and so of the password.
            raise SourceUrlError(f"{variable}: The URL cannot be read.") from None

    def _opening(self, source: Source, place: Place) -> Opening:
        mappings = self.package.mappings_of(source.name)
        return Opening(
            source.name, place.url, place.credential, source.load, mappings, self.replicas, self.note, self.http
        )


def signed_in(place: Place) -> str:
    """The URL of a database with `user:password` in it."""
    if place.credential is None:
        return place.url
    user, _, password = place.credential.partition(":")
    try:
        return make_url(place.url).set(username=user, password=password or None).render_as_string(hide_password=False)
    except (ArgumentError, ValueError):
        raise SourceUrlError("The URL cannot be read.") from None
