"""`/developers`: the data catalogue, keys, limits and quick starts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from api.graphql.charging import Charged
from api.identity.viewers import NOBODY, Authenticated
from api.pages.frame import WEB, language_on
from api.pages.portal import FormRefused, Portal, form_of
from api.pages.wording import moment_in, number_in
from api.serving.frozen_head import head_of
from models.city import City
from models.errors import SignInUnavailable, Unauthenticated
from models.policy.viewer import Role
from models.values.localized import Language

SEARCH_CHARS_MAX = 200
ADDRESS_THERE = "http://127.0.0.1:8000"
"""The address in the files, so that they run unchanged with a hub on the same machine."""
LEVEL_THERE = "DISTRICT"
"""The level of the areas that they ask about."""


@dataclass(frozen=True, slots=True)
class QuickStart:
    """One program: its file name, language, command and text."""

    name: str
    language: str
    run: str
    text: str


@cache
def _files() -> tuple[QuickStart, ...]:
    folder = WEB / "quickstarts"
    return (
        _file(folder / "question.sh", "curl", "sh question.sh"),
        _file(folder / "chart.py", "Python", "python3 chart.py"),
        _file(folder / "chart.mjs", "JavaScript", "node chart.mjs"),
        _file(folder / "chart.R", "R", "Rscript chart.R"),
    )


def _file(path: Path, language: str, run: str) -> QuickStart:
    return QuickStart(path.name, language, run, path.read_text(encoding="utf-8"))


def quick_starts(address: str, city: City) -> list[QuickStart]:
    """All programs, for a hub of this city at this address."""
    level = city.parts.level.value
    return [replace(one, text=one.text.replace(ADDRESS_THERE, address).replace(LEVEL_THERE, level)) for one in _files()]


def address_of(http: HttpRequest) -> str:
    """The URL of this hub as the reader's browser sees it."""
    host = head_of(http.scope).fields.get("host")
    return f"{http.url.scheme}://{host}" if host is not None else ADDRESS_THERE


@dataclass(frozen=True, slots=True)
class DevelopersPage:
    """The first page of the portal, with the results of a search."""

    portal: Portal

    async def __call__(self, http: HttpRequest) -> Response:
        language = language_on(http)
        asked = http.query_params.get("q", "")[:SEARCH_CHARS_MAX].strip()
        catalogue = self.portal.catalogue
        left = await self.portal.charging.left(NOBODY.viewer, head_of(http.scope))
        return self.portal.frame.page(
            http,
            "developers.html",
            types=catalogue.types(language),
            asked=asked,
            found=catalogue.found(asked, language) if asked else [],
            is_sandbox=self.portal.is_sandbox,
            left=shown_limits(left, language),
            address=address_of(http),
            quick_starts=quick_starts(address_of(http), self.portal.frame.city),
        )


@dataclass(frozen=True, slots=True)
class TypePage:
    """`/developers/data/<Type>`: every field of a type."""

    portal: Portal

    async def __call__(self, http: HttpRequest) -> Response:
        shown = self.portal.catalogue.named(http.path_params["name"], language_on(http))
        status = 200 if shown is not None else 404
        return self.portal.frame.page(http, "developers_type.html", status=status, shown=shown)


@dataclass(frozen=True, slots=True)
class LimitsPage:
    """`/developers/limits`: the remaining budget of a key, and when it expires."""

    portal: Portal

    async def __call__(self, http: HttpRequest) -> Response:
        if http.method != "POST":
            return RedirectResponse("/developers#limits", 303)
        try:
            key = (await form_of(http)).get("key", "")
        except FormRefused as refusal:
            return self.portal.refused(http, refusal)
        known, is_known_now = await self._read(key)
        language, city = language_on(http), self.portal.frame.city
        left = await self.portal.charging.left(known.viewer, head_of(http.scope)) if known is not None else None
        ends = known.expires_at if known is not None else None
        return self.portal.frame.page(
            http,
            "developers_limits.html",
            is_known_now=is_known_now,
            left=shown_limits(left, language) if left is not None else None,
            ends=moment_in(language, ends, city.time_zone) if ends is not None else None,
            scopes=sorted(scope.value for scope in known.viewer.scopes or ()) if known is not None else [],
        )

    async def _read(self, key: str) -> tuple[Authenticated | None, bool]:
        """The developer of a key or None, and whether keys can be checked now."""
        try:
            known = await self.portal.viewers.read(key)
        except Unauthenticated:
            return None, True
        except SignInUnavailable:
            return None, False
        return (known if known.viewer.role is Role.DEVELOPER else None), True


@dataclass(frozen=True, slots=True)
class QuickStartFile:
    """`/developers/quickstarts/<name>`: one program as a file, with this hub's address."""

    city: City

    async def __call__(self, http: HttpRequest) -> Response:
        for one in quick_starts(address_of(http), self.city):
            if one.name == http.path_params["name"]:
                headers = {
                    "content-disposition": f'attachment; filename="{one.name}"',
                    "cache-control": "no-store",
                }
                return PlainTextResponse(one.text, headers=headers)
        return PlainTextResponse("404\n", 404)


def shown_limits(left: Charged, language: Language) -> dict[str, Any]:
    """The numbers of a token bucket, formatted for a page."""
    budget = left.budget
    return {
        "remaining": number_in(language, left.remaining),
        "most": number_in(language, budget.units_max),
        "inflow": number_in(language, budget.units_per_second),
        "operation": number_in(language, budget.operation_units_max),
    }
