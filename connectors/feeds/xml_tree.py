"""XML as a tree, parsed safely: no document type, so no entities; bounded depth and number of elements."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from connectors.http.access import AnswerTooLarge, UnusableAnswer

DEPTH_MAX = 64
ELEMENTS_MAX = 500_000
TEXT_BYTES = 1024 * 1024
"""The parser's text buffer: joining many small parts of a long text takes quadratic time."""

_IN_ANOTHER_ENCODING = frozenset(
    expat.errors.codes[message]
    for message in (
        expat.errors.XML_ERROR_INVALID_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_BAD_CHAR_REF,
        expat.errors.XML_ERROR_UNKNOWN_ENCODING,
        expat.errors.XML_ERROR_INCORRECT_ENCODING,
    )
)


@dataclass(slots=True)
class Element:
    """An element: namespace, local name, attributes by local name, children, and the text before its first child."""

    namespace: str
    name: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def child(self, name: str) -> Element | None:
        return next((child for child in self.children if child.name == name), None)

    def all(self, name: str) -> list[Element]:
        return [child for child in self.children if child.name == name]

    def said(self, name: str) -> str | None:
        """The text of the first child of this name; None if there is none or it is blank."""
        child = self.child(name)
        return (child.text.strip() or None) if child is not None else None

    def below(self) -> list[Element]:
        """This element and all its descendants, in document order."""
        found, waiting = [], [self]
        while waiting:
            element = waiting.pop()
            found.append(element)
            waiting.extend(reversed(element.children))
        return found


def tree(body: bytes) -> Element:
    """The root element. Raises UnusableAnswer, AnswerTooLarge.

    A document that is invalid in its declared encoding is read as Windows-1252.
    """
    try:
        return _parsed(body, None)
    except expat.ExpatError as error:
        if error.code not in _IN_ANOTHER_ENCODING:
            raise UnusableAnswer("the answer is no whole XML") from None
    try:
        return _parsed(body, "windows-1252")
    except expat.ExpatError:
        raise UnusableAnswer("the answer is no whole XML") from None


def _parsed(body: bytes, encoding: str | None) -> Element:
    builder = _Builder()
    parser = expat.ParserCreate(encoding, " ")
    parser.buffer_text = True
    parser.buffer_size = TEXT_BYTES
    parser.StartDoctypeDeclHandler = _no_document_type
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    try:
        parser.Parse(body, True)
    except (ValueError, LookupError) as error:
        raise UnusableAnswer("the answer is in no encoding that the hub knows") from error
    return builder.root


def _no_document_type(*_: Any) -> None:
    raise UnusableAnswer("the answer has a document type, and may declare entities")


class _Builder:
    """Builds the tree from the parser's events."""

    def __init__(self) -> None:
        self.root = Element("", "", {})
        self._open: list[Element] = []
        self._elements = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > ELEMENTS_MAX or len(self._open) >= DEPTH_MAX:
            raise AnswerTooLarge(f"more than {ELEMENTS_MAX} elements, or deeper than {DEPTH_MAX}")
        namespace, _, local = name.rpartition(" ")
        element = Element(namespace, local, {key.rpartition(" ")[2]: value for key, value in attributes.items()})
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def end(self, _: str) -> None:
        self._open.pop()

    def text(self, text: str) -> None:
        if not self._open[-1].children:
            self._open[-1].text += text
