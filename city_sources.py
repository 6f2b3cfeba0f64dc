"""The city's sources: which package the city is, where each of its sources is, and the connectors that reach them."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import httpx2

from connectors.cache import ReadCache
from connectors.cache_keys import CacheKeys
from connectors.cache_store import store_at
from connectors.catalog import Catalog
from connectors.guard import Guard
from connectors.http import HttpAccess
from connectors.kinds import SourceUrlError
from connectors.mapping import MappingError
from connectors.mocking import mocked
from connectors.opening import Opener, Place
from connectors.sources import CityPackage, NotShared
from models.findings import Finding
from resolvers.geography import GeographyError, Polygons, read_polygons
from sample import places as sample_places
from sample import web as sample_web
from settings import DEFAULT_CITY, VAR, Profile, Settings, SettingsError

SAMPLE = VAR / "sample" / "small"
REPLICAS = VAR / "replicas"


def index_of(process_id: int) -> Path:
    """The search of a process, as a name that its files begin with."""
    return REPLICAS / f"search-{process_id}"


def remove_index_of(process_id: int) -> None:
    """Remove what a process that was killed has left of its search."""
    for file in REPLICAS.glob(f"search-{process_id}.*"):
        file.unlink(missing_ok=True)


def city_package(name: str) -> CityPackage:
    """The package that HUB_CITY names. Raises SettingsError when it is none."""
    try:
        package = importlib.import_module(name).PACKAGE
    except (MappingError, ValueError) as error:
        raise SettingsError(f"HUB_CITY: {name!r} cannot be used: {error}") from error
    except (ImportError, AttributeError, SyntaxError, TypeError) as error:
        raise SettingsError(
            f"HUB_CITY: {name!r} is no importable package with a PACKAGE ({type(error).__name__}: {error}), "
            "see docs/adding-a-department.md."
        ) from error
    if not isinstance(package, CityPackage):
        raise SettingsError(f"HUB_CITY: {name}.PACKAGE is no CityPackage.")
    return package


def source_places(configured: Settings, package: CityPackage) -> dict[str, Place]:
    """Where every connected source is; in dev the default city's are the sample city's unless stated otherwise.

    Raises SettingsError for a source that the city does not have, and for a credential without a URL.
    """
    known = {source.name for source in package.sources}
    for name in (*configured.source_urls, *configured.source_credentials):
        if name not in known:
            names = ", ".join(sorted(known))
            raise SettingsError(f"HUB_SOURCE_{name.upper()}_...: the city has no such source. It has: {names}.")
    urls = {name: url.get_secret_value() for name, url in configured.source_urls.items()}
    if _is_sample(configured):
        urls = {name: url for name, url in sample_places.urls(SAMPLE).items() if name in known} | urls
    for name in configured.source_credentials:
        if name not in urls:
            raise SettingsError(
                f"HUB_SOURCE_{name.upper()}_CREDENTIAL is set, but HUB_SOURCE_{name.upper()}_URL is not."
            )
    secrets = {name: secret.get_secret_value() for name, secret in configured.source_credentials.items()}
    return {name: Place(url, secrets.get(name)) for name, url in urls.items()}


def _is_sample(configured: Settings) -> bool:
    """Whether sources that are given no URL are those of the sample city."""
    return configured.profile is Profile.DEV and configured.city == DEFAULT_CITY


def _sample_web() -> dict[str, httpx2.AsyncBaseTransport]:
    return {sample_places.HOST: httpx2.ASGITransport(sample_web.app(SAMPLE))}


def catalog_of(configured: Settings, package: CityPackage, note: Callable[[Finding], None]) -> Catalog:
    http = HttpAccess(frozenset(configured.private_hosts), _sample_web() if _is_sample(configured) else {})
    try:
        connectors = Opener(package, REPLICAS, note, http).connectors(source_places(configured, package))
    except SourceUrlError as error:
        raise SettingsError(str(error)) from None
    for name in configured.mock:
        if name not in connectors:
            names = ", ".join(sorted(connectors))
            raise SettingsError(f"HUB_MOCK: {name} is no source that is connected. Connected are: {names}.")
    return Catalog(package, mocked(connectors, configured.mock))


def read_cache_of(configured: Settings, package: CityPackage, guard: Guard) -> ReadCache:
    """The cache of reads. What is shared by several hubs tells them apart by where they read."""
    urls = sorted((name, place.url) for name, place in source_places(configured, package).items())
    # What a source in trouble said must not be given to a hub that reads it without.
    troubles = sorted((name, trouble.kind.value) for name, trouble in configured.mock.items())
    keys = CacheKeys(configured.secret_bytes, repr((configured.city, urls, *troubles)))
    url = configured.cache_url.get_secret_value() if configured.cache_url is not None else None
    return ReadCache(keys, store_at(url), guard)


def polygons_in(file: Path | None) -> Polygons | None:
    try:
        return read_polygons(file) if file is not None else None
    except GeographyError as error:
        raise SettingsError(f"HUB_AREAS_GEOJSON: {error}") from error


def package_shared_by(processes: int, package: CityPackage, configured: Settings) -> CityPackage:
    """What one of so many processes may ask, of the sources that are connected."""
    places = source_places(configured, package)
    try:
        return package.shared_by(processes, places)
    except NotShared as error:
        raise SettingsError(f"HUB_WORKERS: {error}") from None
