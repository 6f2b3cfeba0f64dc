"""Renders every page: language, translations, navigation and content security policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from gettext import NullTranslations
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse, Response

from api.pages.assets import Assets
from api.pages.sign_in.sessions import Sessions
from api.serving.frozen_head import head_of
from models.city import City
from models.values.localized import Language
from models.words.catalogue import catalogue

WEB = Path(__file__).resolve().parent.parent.parent / "web"
LANGUAGE_COOKIE = "simpul_language"
_LANGUAGES: Mapping[str | None, Language] = {language.value: language for language in Language}
LANGUAGE_COOKIE_S = 365 * 24 * 3600

POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
)
"""A page may load from the hub only, and run nothing inline."""

SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    # Not `no-referrer`: with it, browsers send `Origin: null` with the hub's own forms.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """A page in the navigation. Its name is a message of the catalogue."""

    path: str
    name: str


def gettext_noop(message: str) -> str:
    """Mark a message that is translated when it is shown."""
    return message


_N = gettext_noop

NAVIGATION: tuple[NavigationItem, ...] = (
    NavigationItem("/", _N("Home")),
    NavigationItem("/report", _N("Report a problem")),
    NavigationItem("/data", _N("Data")),
    NavigationItem("/explorer", _N("Explorer")),
    NavigationItem("/liveroom", _N("Control room")),
    NavigationItem("/briefing", _N("Morning briefing")),
    NavigationItem("/developers", _N("Developers")),
    NavigationItem("/my-data", _N("My data")),
    NavigationItem("/status", _N("Status")),
)


@cache
def _environment(language: Language) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(WEB / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    return environment


def language_on(http: HttpRequest) -> Language:
    """The language of the URL, else of the cookie, else of the browser."""
    for chosen in (http.query_params.get("lang"), http.cookies.get(LANGUAGE_COOKIE)):
        if chosen in _LANGUAGES and _LANGUAGES[chosen] in head_of(http.scope).spoken:
            return _LANGUAGES[chosen]
    return head_of(http.scope).language


@dataclass(frozen=True, slots=True)
class Frame:
    """Renders the pages of one city. Without `sessions` nobody can sign in on them."""

    city: City
    assets: Assets
    sessions: Sessions | None = None

    def page(
        self,
        http: HttpRequest,
        template: str,
        *,
        status: int = 200,
        policy: tuple[str, ...] = POLICY,
        islands: tuple[str, ...] = (),
        **given: Any,
    ) -> Response:
        """A page in the reader's language. `built` tells the template which of the scripts `islands` were built."""
        language = language_on(http)
        wanted = ("page", *islands)
        session = self.sessions.of(http) if self.sessions is not None else None
        found = {name: self.assets.island(name) for name in wanted}
        html = (
            _environment(language)
            .get_template(template)
            .render(
                city=self.city,
                language=language.value,
                languages=[(other.value, _with_language(http, other)) for other in self.city.languages],
                navigation=NAVIGATION,
                here=http.url.path,
                session=session,
                form_token=self.sessions.form_token(session) if self.sessions is not None and session else "",
                islands=[island for island in found.values() if island is not None],
                built={name: island is not None for name, island in found.items()},
                **given,
            )
        )
        response = HTMLResponse(html, status, headers=headers_of(policy))
        if http.query_params.get("lang") == language.value:
            response.set_cookie(
                LANGUAGE_COOKIE,
                language.value,
                LANGUAGE_COOKIE_S,
                secure=http.url.scheme == "https",
                httponly=True,
                samesite="lax",
            )
        return response

    def words_in(self, language: Language) -> NullTranslations:
        """The translations of a language, for texts outside of templates."""
        return catalogue(language)

    def part(self, language: Language, template: str, **given: Any) -> Markup:
        """A rendered part of a page, the same for all readers of a language."""
        return Markup(_environment(language).get_template(template).render(language=language.value, **given))  # noqa: S704  # the template has escaped it

    def fragment(self, part: Markup) -> Response:
        """A part alone, which replaces an older one in a page. It sets no language cookie."""
        return HTMLResponse(part, headers=headers_of(POLICY))


def headers_of(policy: tuple[str, ...]) -> Mapping[str, str]:
    return {
        "content-security-policy": "; ".join(policy),
        **SECURITY_HEADERS,
        "vary": "Accept-Language, Cookie",
        "cache-control": "no-store",
    }


def _with_language(http: HttpRequest, language: Language) -> str:
    """The URL of this page in a language, with its other parameters."""
    kept = [(name, value) for name, value in http.query_params.multi_items() if name != "lang"]
    return f"{http.url.path}?{urlencode([*kept, ('lang', language.value)])}"
