"""Loads the city's package, and nothing of what connects it: commands that ask the city alone start at once."""

from __future__ import annotations

import importlib

from connectors.mapping import MappingError
from connectors.sources import CityPackage
from settings import SettingsError


def city_package(name: str) -> CityPackage:
    """The package that HUB_CITY names. Raises SettingsError if it is no city package."""
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
