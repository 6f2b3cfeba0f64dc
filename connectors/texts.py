"""Texts of documents: bytes -> text, and text -> what can be stored. Pure."""

from __future__ import annotations


def text_of(body: bytes) -> str:
    """The text of an answer: UTF-8, or Windows-1252 where it cannot be that."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def storable(text: str) -> str:
    """A text without halves of characters, which JSON can write and nothing can store."""
    if text.isascii():
        return str(text)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
