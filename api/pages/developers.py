"""`/developers`: what the hub has, keys, limits and first programs, for whoever builds something with its data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from api.charging import Charged
from api.pages.forms import FormRefused, form_of
from api.pages.frame import language_on
from api.pages.portal import Portal
from api.pages.quick_starts import address_of, quick_starts
from api.pages.wording import moment_in, number_in
from api.viewers import NOBODY, Authenticated
from models.errors import SignInUnavailable, Unauthenticated
from models.localized import Language
from models.viewer import Role

SEARCH_CHARS_MAX = 200


@dataclass(frozen=True, slots=True)
class DevelopersPage:
    """The first page of the portal, or what a search finds."""

    portal: Portal

    async def __call__(self, http: HttpRequest) -> Response:
        language = language_on(http)
        asked = http.query_params.get("q", "")[:SEARCH_CHARS_MAX].strip()
        catalogue = self.portal.catalogue
        left = await self.portal.charging.left(NOBODY.viewer, http.scope)
        return self.portal.frame.page(
            http,
            "developers.html",
            types=catalogue.types(language),
            asked=asked,
            found=catalogue.found(asked, language) if asked else [],
            is_sandbox=self.portal.is_sandbox,
            left=shown_limits(left, language),
            address=address_of(http),
            quick_starts=quick_starts(address_of(http)),
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
    """`/developers/limits`: what a key may still ask for, and until when it is good."""

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
        left = await self.portal.charging.left(known.viewer, http.scope) if known is not None else None
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
        """Whose key it is, None for nobody's; and whether that can be told now."""
        try:
            known = await self.portal.viewers.read(key)
        except Unauthenticated:
            return None, True
        except SignInUnavailable:
            return None, False
        return (known if known.viewer.role is Role.DEVELOPER else None), True


@dataclass(frozen=True, slots=True)
class QuickStartFile:
    """`/developers/quickstarts/<name>`: one of the programs as a file, for this hub's address."""

    async def __call__(self, http: HttpRequest) -> Response:
        for one in quick_starts(address_of(http)):
            if one.name == http.path_params["name"]:
                headers = {
                    "content-disposition": f'attachment; filename="{one.name}"',
                    "cache-control": "no-store",
                }
                return PlainTextResponse(one.text, headers=headers)
        return PlainTextResponse("404\n", 404)


def shown_limits(left: Charged, language: Language) -> dict[str, Any]:
    """What a bucket holds, as a page says it."""
    budget = left.budget
    return {
        "remaining": number_in(language, left.remaining),
        "most": number_in(language, budget.units_max),
        "inflow": number_in(language, budget.units_per_second),
        "operation": number_in(language, budget.operation_units_max),
    }
