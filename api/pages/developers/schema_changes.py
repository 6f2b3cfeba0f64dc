"""`/developers/changes`: the changes of the schema by release."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from api.pages.portal import Portal

CHANGELOG = Path(__file__).resolve().parents[3] / "docs" / "schema-changelog.md"
UNRELEASED = "Unreleased"

_CHANGE = re.compile(r"- (breaking|dangerous|safe): (.+?)(?: Because: (.+))?")


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """One change. A breaking one has a `reason`."""

    severity: str
    description: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class SchemaRelease:
    """The changes of one release, breaking ones first. `name` is None for unreleased changes."""

    name: str | None
    changes: tuple[SchemaChange, ...]


def releases_in(text: str) -> tuple[SchemaRelease, ...]:
    """Parse the schema changelog, as `./simpul schema check` and `schema release` write it."""
    _, *parts = re.split(r"^## ", text, flags=re.MULTILINE)
    return tuple(_release(*part.split("\n", 1)) for part in parts)


def _release(name: str, lines: str = "") -> SchemaRelease:
    found = filter(None, map(_CHANGE.fullmatch, lines.splitlines()))
    # The severities sort alphabetically: breaking, dangerous, safe.
    changes = sorted((SchemaChange(*match.groups()) for match in found), key=lambda change: change.severity)
    return SchemaRelease(None if name.strip() == UNRELEASED else name.strip(), tuple(changes))


class ChangesPage:
    """Shows the changes as of the start of the hub."""

    def __init__(self, portal: Portal, changelog: Path = CHANGELOG) -> None:
        self._portal = portal
        self._releases = releases_in(changelog.read_text(encoding="utf-8"))

    async def __call__(self, http: HttpRequest) -> Response:
        return self._portal.frame.page(http, "developers_changes.html", releases=self._releases)
