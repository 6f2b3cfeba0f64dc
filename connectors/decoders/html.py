"""HTML: what an editor pasted, made safe to show, or turned into plain text. It can be read, and nothing else."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import nh3

from connectors.decoders.protocol import Decoded
from connectors.decoders.read_only import OnlyRead
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
"""What goes with its content: no reader was meant to see that as text."""

_BLOCKS = {
    "address", "article", "aside", "blockquote", "br", "caption", "center", "dd", "div", "dl", "dt", "figcaption",
    "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre",
    "section", "table", "tbody", "tfoot", "thead", "tr", "ul",
}  # fmt: skip
_CELLS = {"td", "th"}
_TAG = re.compile(r"</?([a-z0-9]+)>")

_safe = nh3.Cleaner(
    tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, clean_content_tags=_DROPPED, strip_comments=True
)
_bare = nh3.Cleaner(
    tags=_BLOCKS | _CELLS,
    # Said of every tag: without it, the cleaner leaves the two of a list of its own.
    attributes={"*": set()},
    link_rel=None,
    clean_content_tags=_DROPPED,
    strip_comments=True,
)


@dataclass(frozen=True, slots=True)
class Html(OnlyRead):
    """HTML in a column, repaired like any prose and then converted; a text of which nothing is left is null."""

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


def safe_html(*, nulls: tuple[str, ...] = ("", "-")) -> Html:
    """HTML that a page may show: only tags and attributes of a list, links to the web only, nothing that runs."""
    return Html(prose(nulls=nulls), _safe_html)


def html_text(*, nulls: tuple[str, ...] = ("", "-")) -> Html:
    """The text that a reader of the HTML would see: a line for each block, blanks collapsed, entities resolved."""
    return Html(prose(nulls=nulls), _plain_text)


def _safe_html(source: str) -> str:
    return _safe.clean(source).strip()


def _plain_text(source: str) -> str:
    """From the cleaner's own output, in which every `<` begins a tag of the list, without attributes."""
    if "<" not in source and "&" not in source:
        # No tag and no entity, as in most titles: there is nothing to clean.
        return " ".join(source.split())
    broken = _TAG.sub(lambda tag: " " if tag[1] in _CELLS else "\n", _bare.clean(_on_one_line(source)))
    lines = (" ".join(line.split()) for line in html.unescape(broken).split("\n"))
    return "\n".join(line for line in lines if line)


def _on_one_line(source: str) -> str:
    """The line ends of the source are blanks to a browser."""
    return source.replace("\r", " ").replace("\n", " ")
