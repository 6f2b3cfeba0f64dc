"""The frame around every page: its language, its words, its navigation and what a browser may do on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse, Response

from api.incoming import language_of
from api.pages.assets import Assets
from api.pages.sessions import Sessions
from models.city import City
from models.localized import Language

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
"""What a browser may load on a page: from the hub itself only, and nothing that is written into the page."""

SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A page in the navigation; its name is a message of the catalogue."""

    path: str
    name: str


def gettext_noop(message: str) -> str:
    """Marks a message that is translated where it is shown."""
    return message


_N = gettext_noop

NAVIGATION: tuple[Place, ...] = (
    Place("/", _N("Home")),
    Place("/explorer", _N("Explorer")),
    Place("/liveroom", _N("Control room")),
    Place("/briefing", _N("Morning briefing")),
    Place("/developers", _N("Developers")),
    Place("/my-data", _N("My data")),
    Place("/status", _N("Status")),
)


@cache
def translations(language: Language) -> NullTranslations:
    """The words of a language. The messages themselves are English, so English needs no catalogue."""
    catalogue = WEB / "locale" / language.value / "pages.po"
    if not catalogue.exists():
        return NullTranslations()
    with catalogue.open("rb") as file:
        read = read_po(file, locale=language.value, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, read)
    compiled.seek(0)
    return GNUTranslations(compiled)


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
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    return environment


def language_on(http: HttpRequest) -> Language:
    """The language that the address asks for, else that of an earlier choice, else the browser's."""
    for chosen in (http.query_params.get("lang"), http.cookies.get(LANGUAGE_COOKIE)):
        if chosen in _LANGUAGES:
            return _LANGUAGES[chosen]
    return language_of(http.headers.get("accept-language"))


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
        """A page in the reader's language. Each of `islands` is there where it was built: `built` says of each."""
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
                languages=[(other.value, _with_language(http, other)) for other in Language],
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
        """The words of a language, for what is said outside of templates."""
        return translations(language)

    def part(self, language: Language, template: str, **given: Any) -> Markup:
        """A part of a page, which is the same for all readers of a language."""
        return Markup(_environment(language).get_template(template).render(language=language.value, **given))  # noqa: S704  # the template has escaped it

    def fragment(self, part: Markup) -> Response:
        """A part alone, for a page that has it already. It sets no cookie: nobody chooses a language by it."""
        return HTMLResponse(part, headers=headers_of(POLICY))


def headers_of(policy: tuple[str, ...]) -> Mapping[str, str]:
    return {
        "content-security-policy": "; ".join(policy),
        **SECURITY_HEADERS,
        "vary": "Accept-Language, Cookie",
        "cache-control": "no-store",
    }


def _with_language(http: HttpRequest, language: Language) -> str:
    """The address of this page in a language; what else was asked stays."""
    kept = [(name, value) for name, value in http.query_params.multi_items() if name != "lang"]
    return f"{http.url.path}?{urlencode([*kept, ('lang', language.value)])}"
