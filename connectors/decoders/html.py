"""HTML: sanitized for display, or converted to plain text. Read only."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from urllib.parse import urljoin

import nh3

from connectors.decoders.protocol import Decoded, OnlyRead
from connectors.decoders.texts import Prose, prose

_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "dd", "del", "dl", "dt", "em", "figcaption",
    "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "li", "mark", "ol", "p", "pre", "q", "s",
    "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"lang", "title"},
    "a": {"href", "title"},
    "abbr": {"title"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
_SCHEMES = {"http", "https", "mailto", "tel"}
_DROPPED = {"script", "style", "iframe", "noembed", "noframes", "noscript", "object", "template", "textarea", "title"}
"""Elements that are removed with their content, which was never meant as text."""

_BLOCKS = {
    "address", "article", "aside", "blockquote", "br", "caption", "center", "dd", "div", "dl", "dt", "figcaption",
    "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre",
    "section", "table", "tbody", "tfoot", "thead", "tr", "ul",
}  # fmt: skip
_CELLS = {"td", "th"}
_TAG = re.compile(r"</?([a-z0-9]+)>")
_OTHER_HOST = re.compile(r"[\x00-\x20]*[/\\][\t\n\r]*[/\\]")
"""A link that names a host without a scheme, as browsers read it: with either slash, and without line ends."""


@cache
def _safe(below: str) -> nh3.Cleaner:
    """What cleans HTML whose relative links lie below a URL; without one they stay as they are."""

    def kept(_: str, attribute: str, value: str) -> str | None:
        if attribute not in {"href", "src"}:
            return value
        if _OTHER_HOST.match(value):
            return None
        try:
            return urljoin(below, value) if below else value
        except ValueError:
            return None

    return nh3.Cleaner(
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=kept,
        url_schemes=_SCHEMES,
        clean_content_tags=_DROPPED,
        strip_comments=True,
    )


_bare = nh3.Cleaner(
    tags=_BLOCKS | _CELLS,
    # For every tag: otherwise the cleaner allows its own two defaults.
    attributes={"*": set()},
    link_rel=None,
    clean_content_tags=_DROPPED,
    strip_comments=True,
)


@dataclass(frozen=True, slots=True)
class Html(OnlyRead):
    """HTML, repaired like prose and then converted; null if nothing is left."""

    prose: Prose
    convert: Callable[[str], str]
    clean_type: type = str
    raw_type: type = str
    arity: int = 1

    def decode(self, *columns: Sequence[object]) -> Decoded:
        repaired = self.prose.decode(*columns)
        values: list[object] = [
            self.convert(value) or None if isinstance(value, str) else None for value in repaired.values
        ]
        return Decoded(values, repaired.flaws)


def safe_html(*, below: str = "", nulls: tuple[str, ...] = ("", "-")) -> Html:
    """HTML that is safe to show: only listed tags and attributes, web links, no scripts.

    `below` is the page that its relative links and pictures are of, such as `https://portal.example.com/berita/`.
    """
    return Html(prose(nulls=nulls), partial(_safe_html, below))


def html_text(*, nulls: tuple[str, ...] = ("", "-")) -> Html:
    """The visible text of HTML: a line per block, blanks collapsed, entities resolved."""
    return Html(prose(nulls=nulls), _plain_text)


def _safe_html(below: str, source: str) -> str:
    return _safe(below).clean(source).strip()


def _plain_text(source: str) -> str:
    """The text of sanitized HTML, in which every `<` begins a listed tag without attributes."""
    if "<" not in source and "&" not in source:
        # Most titles have no tag and no entity.
        return " ".join(source.split())
    broken = _TAG.sub(lambda tag: " " if tag[1] in _CELLS else "\n", _bare.clean(_on_one_line(source)))
    lines = (" ".join(line.split()) for line in html.unescape(broken).split("\n"))
    return "\n".join(line for line in lines if line)


def _on_one_line(source: str) -> str:
    """Replace line ends by blanks, as browsers do."""
    return source.replace("\r", " ").replace("\n", " ")
