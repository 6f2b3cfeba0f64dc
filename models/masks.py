"""Masks: what remains of a text when the resident numbers, phones, e-mails and plates in it are covered."""

from __future__ import annotations

import re

COVER = "•"
"""The sign that stands for each covered character, so that the text keeps its form."""

_NIK = r"(?<!\d)\d{2}(?:[ .-]?\d){14}(?!\d)"
_PHONE = r"(?<!\d)(?:\+?62|0)[ .-]?\d(?:[ .-]?\d){6,12}(?!\d)"
_EMAIL = r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"
_PLATE = r"\b[A-Z]{1,2}[ -]?\d{1,4}[ -]?[A-Z]{1,3}\b"
_LONG_NUMBER = r"(?<!\d)\d{7,}(?!\d)"
_COVERED = re.compile("|".join((_EMAIL, _NIK, _PHONE, _PLATE, _LONG_NUMBER)), re.ASCII)
_SIGN = re.compile(r"[^\s]")


def masked_text(text: str) -> str:
    """The text with every such pattern covered; its length and the words around stay."""
    return _COVERED.sub(lambda match: _SIGN.sub(COVER, match.group()), text)
