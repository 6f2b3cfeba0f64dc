"""`/developers/changes`: what has changed in the schema from release to release, for whoever renews an app."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from api.pages.portal import Portal

CHANGELOG = Path(__file__).resolve().parent.parent.parent / "docs" / "schema-changelog.md"
UNRELEASED = "Unreleased"

_CHANGE = re.compile(r"- (breaking|dangerous|safe): (.+?)(?: Because: (.+))?")


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """One change. `reason` is there for one that breaks apps."""

    severity: str
    description: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class SchemaRelease:
    """The changes of one release, those that break apps first; `name` is None for what is not released yet."""

    name: str | None
    changes: tuple[SchemaChange, ...]


def releases_in(text: str) -> tuple[SchemaRelease, ...]:
    """The releases of the schema's changelog, as `cli.py schema check` and `schema release` write it."""
    _, *parts = re.split(r"^## ", text, flags=re.MULTILINE)
    return tuple(_release(*part.split("\n", 1)) for part in parts)


def _release(name: str, lines: str = "") -> SchemaRelease:
    found = filter(None, map(_CHANGE.fullmatch, lines.splitlines()))
    # The words for how much a change matters are in the order of the alphabet.
    changes = sorted((SchemaChange(*match.groups()) for match in found), key=lambda change: change.severity)
    return SchemaRelease(None if name.strip() == UNRELEASED else name.strip(), tuple(changes))


class ChangesPage:
    """The changes, as they were when the hub started."""

    def __init__(self, portal: Portal, changelog: Path = CHANGELOG) -> None:
        self._portal = portal
        self._releases = releases_in(changelog.read_text(encoding="utf-8"))

    async def __call__(self, http: HttpRequest) -> Response:
        return self._portal.frame.page(http, "developers_changes.html", releases=self._releases)
