"""Capabilities: what a database can do, by its dialect and the version of its server. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from connectors.protocol import Capabilities, SourceBroken
from connectors.sql.dialects import Dialect

ARRAY_KEYS_MAX = 5_000
VALUES_MAX = 10_000
_VALUES_MAX = {"mssql": 1_000}
"""SQL Server takes 2,100 parameters, and a value may have two spellings."""
COMPOUND_TERMS_MAX = 500
"""SQLite's limit on the terms of a compound select; more bring nothing in other databases."""

VERSION_QUERIES: Mapping[str, str] = {
    "sqlite": "SELECT sqlite_version()",
    "postgresql": "SHOW server_version",
    "mariadb": "SELECT version()",
    "mssql": "SELECT CAST(SERVERPROPERTY('ProductVersion') AS VARCHAR(128))",
    "oracle": "SELECT max(version) FROM product_component_version WHERE product LIKE 'Oracle%'",
}

_OLDEST: Mapping[str, tuple[int, int]] = {
    "sqlite": (3, 32),
    "postgresql": (12, 0),
    "mariadb": (10, 6),
    "mssql": (14, 0),  # SQL Server 2017, the first that has translate()
    "oracle": (12, 2),
}


def declared(dialect: Dialect) -> Capabilities:
    """What the dialect can do, before its server was probed."""
    keys_max = ARRAY_KEYS_MAX if dialect.keys_form == "arrays" else COMPOUND_TERMS_MAX
    values_max = _VALUES_MAX.get(dialect.name, VALUES_MAX)
    return Capabilities(joins=True, keys_max=keys_max, values_max=values_max, groups=dialect.groups_exactly)


def probed(dialect: Dialect, version: str) -> Capabilities:
    """What a server of this version can do. Raises SourceBroken if it is too old or another product."""
    if dialect.name == "mariadb" and "mariadb" not in version.lower():
        raise SourceBroken(f"MySQL {_shown(version)} is not MariaDB, and no dialect for it is there")
    oldest = _OLDEST[dialect.name]
    numbers = re.match(r"(\d+)(?:\.(\d+))?", _own(version))
    if numbers is None or (int(numbers[1]), int(numbers[2] or 0)) < oldest:
        raise SourceBroken(f"{dialect.name} {_shown(version)} is older than {oldest[0]}.{oldest[1]}")
    return replace(declared(dialect), server=f"{dialect.name} {_shown(_own(version))}")


def _own(version: str) -> str:
    """MariaDB's own version: some servers prefix one of MySQL for old clients."""
    return version.removeprefix("5.5.5-")


def _shown(version: str) -> str:
    """The numbers of a version, without what a server appends."""
    match = re.match(r"[\d.]+", version)
    return match.group() if match is not None else "of an unknown version"
