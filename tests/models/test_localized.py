"""Texts in two languages."""

from __future__ import annotations

from models.values.localized import Language, Localized


def test_a_text_in_each_language() -> None:
    text = Localized(id="Kota", en="City")
    assert [text.in_language(language) for language in Language] == ["Kota", "City"]
    assert [language.value for language in Language] == ["id", "en"]
