"""Makes the connectors of a city's sources from the settings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx2

from connectors.cache.keys import CacheKeys
from connectors.cache.reads import ReadCache
from connectors.cache.store import store_at
from connectors.catalog import Catalog
from connectors.guard.guard import Guard
from connectors.http.access import HttpAccess
from connectors.kinds import SourceUrlError
from connectors.mocking import mocked
from connectors.opening import Opener, SourceAddress
from connectors.sources import CityPackage, NotShared
from connectors.writing.opening import WriterOpener
from connectors.writing.protocol import Writer
from models.changes import NewestChanges
from models.sources.findings import Finding
from resolvers.areas.geography import GeographyError, Polygons, read_polygons
from sample import places as sample_places
from sample import web as sample_web
from settings import DEFAULT_CITY, VAR, Profile, Settings, SettingsError

SAMPLE = VAR / "sample" / "small"
REPLICAS = VAR / "replicas"


def index_of(process_id: int) -> Path:
    """The path prefix of the search index of a process."""
    return REPLICAS / f"search-{process_id}"


def remove_index_of(process_id: int) -> None:
    """Remove the search index of a process that has ended."""
    for file in REPLICAS.glob(f"search-{process_id}.*"):
        file.unlink(missing_ok=True)


def source_places(configured: Settings, package: CityPackage) -> dict[str, SourceAddress]:
    """The address of every connected source. In dev those of the default city default to the sample city.

    Raises SettingsError for a source that the city does not have, and for a credential without a URL.
    """
    known = {source.name for source in package.sources}
    for name in (*configured.source_urls, *configured.source_credentials, *configured.source_writers):
        if name not in known:
            names = ", ".join(sorted(known))
            raise SettingsError(f"HUB_SOURCE_{name.upper()}_...: the city has no such source. It has: {names}.")
    urls = {name: url.get_secret_value() for name, url in configured.source_urls.items()}
    urls = {one.name: one.folder.as_uri() for one in package.sources if one.folder is not None} | urls
    if _is_sample(configured):
        urls = {name: url for name, url in sample_places.urls(SAMPLE).items() if name in known} | urls
    for what, given in (("CREDENTIAL", configured.source_credentials), ("WRITER", configured.source_writers)):
        for name in given:
            if name not in urls:
                raise SettingsError(
                    f"HUB_SOURCE_{name.upper()}_{what} is set, but HUB_SOURCE_{name.upper()}_URL is not."
                )
    secrets = {name: secret.get_secret_value() for name, secret in configured.source_credentials.items()}
    return {name: SourceAddress(url, secrets.get(name)) for name, url in urls.items()}


def _is_sample(configured: Settings) -> bool:
    """Whether sources without a URL are those of the sample city."""
    return configured.profile is Profile.DEV and configured.city == DEFAULT_CITY


def _sample_web() -> dict[str, httpx2.AsyncBaseTransport]:
    return {sample_places.HOST: httpx2.ASGITransport(sample_web.app(SAMPLE))}


def _http(configured: Settings) -> HttpAccess:
    return HttpAccess(frozenset(configured.private_hosts), _sample_web() if _is_sample(configured) else {})


def catalog_of(configured: Settings, package: CityPackage, note: Callable[[Finding], None]) -> Catalog:
    try:
        connectors = Opener(package, REPLICAS, note, _http(configured)).connectors(source_places(configured, package))
    except SourceUrlError as error:
        raise SettingsError(str(error)) from None
    for name in configured.mock:
        if name not in connectors:
            names = ", ".join(sorted(connectors))
            raise SettingsError(f"HUB_MOCK: {name} is no source that is connected. Connected are: {names}.")
    return Catalog(package, mocked(connectors, configured.mock))


def writers_of(configured: Settings, package: CityPackage, catalog: Catalog, guard: Guard) -> dict[str, Writer]:
    """The writers of the sources for which the hub has a credential to write. In dev, the sample city needs none.

    Raises SettingsError for a source that the city package does not write to.
    """
    places = source_places(configured, package)
    credentials = {name: secret.get_secret_value() for name, secret in configured.source_writers.items()}
    written = {writing.source for writing in package.writings}
    for name in credentials:
        if name not in written:
            names = ", ".join(sorted(written)) or "none"
            raise SettingsError(f"HUB_SOURCE_{name.upper()}_WRITER: the city writes to these sources only: {names}.")
    if _is_sample(configured):
        own = sample_places.urls(SAMPLE)
        credentials = {name: "" for name in sorted(written) if places[name].url == own.get(name)} | credentials
    addresses = {name: SourceAddress(places[name].url, secret or None) for name, secret in credentials.items()}
    try:
        return WriterOpener(package, catalog, guard, _http(configured)).writers(addresses)
    except SourceUrlError as error:
        raise SettingsError(str(error)) from None


def read_cache_of(configured: Settings, package: CityPackage, guard: Guard, changes: NewestChanges) -> ReadCache:
    """The cache of reads. Hubs that share a Redis but not their sources have different keys."""
    urls = sorted((name, place.url) for name, place in source_places(configured, package).items())
    # Answers of a source with mocked trouble must not reach a hub without it.
    troubles = sorted((name, trouble.kind.value) for name, trouble in configured.mock.items())
    keys = CacheKeys(configured.secret_bytes, repr((configured.city, urls, *troubles)), changes)
    url = configured.cache_url.get_secret_value() if configured.cache_url is not None else None
    return ReadCache(keys, store_at(url), guard)


def polygons_in(file: Path | None) -> Polygons | None:
    try:
        return read_polygons(file) if file is not None else None
    except GeographyError as error:
        raise SettingsError(f"HUB_AREAS_GEOJSON: {error}") from error


def package_shared_by(processes: int, package: CityPackage, configured: Settings) -> CityPackage:
    """The package with the limits of its connected sources divided among the processes."""
    places = source_places(configured, package)
    try:
        return package.shared_by(processes, places)
    except NotShared as error:
        raise SettingsError(f"HUB_WORKERS: {error}") from None
