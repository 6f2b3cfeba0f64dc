"""Texts of documents: bytes -> text, and text -> storable text. Pure."""

from __future__ import annotations


def text_of(body: bytes) -> str:
    """The text of an answer: UTF-8, else Windows-1252."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def storable(text: str) -> str:
    """The text without lone surrogates, which JSON can contain and nothing can store."""
    if text.isascii():
        return str(text)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
