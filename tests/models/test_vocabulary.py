"""Vocabularies: what the hub refuses in one, and that every one of the house is complete."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import models
from models.areas import AreaLevel
from models.values.localized import Language, Localized
from models.values.vocabulary import Vocabulary

for _module in pkgutil.iter_modules(models.__path__):
    importlib.import_module(f"models.{_module.name}")

OURS = [kind for kind in Vocabulary.__subclasses__() if kind.__module__.startswith("models.")]


def test_a_member_carries_label_and_description() -> None:
    assert AreaLevel.DISTRICT.value == "DISTRICT"
    assert AreaLevel.DISTRICT.label == Localized("Kecamatan", "District")
    assert AreaLevel.DISTRICT.label_in(Language.ID) == "Kecamatan"
    assert AreaLevel.DISTRICT.label_in(Language.EN) == "District"
    assert AreaLevel.DISTRICT.description == "The parts of the city: districts (kecamatan), wards"


def test_a_vocabulary_without_unknown_is_refused() -> None:
    with pytest.raises(TypeError, match="Colour has no member UNKNOWN"):

        class Colour(Vocabulary):
            RED = "RED", "Merah", "Red", "The colour of stop"


def test_a_member_is_called_as_its_code() -> None:
    with pytest.raises(TypeError, match=r"Colour\.RED has the code red"):

        class Colour(Vocabulary):
            RED = "red", "Merah", "Red", "The colour of stop"
            UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "Not known"


def test_two_members_with_one_code_are_refused() -> None:
    with pytest.raises(TypeError, match=r"Colour\.CRIMSON has the code RED"):

        class Colour(Vocabulary):
            RED = "RED", "Merah", "Red", "The colour of stop"
            CRIMSON = "RED", "Merah tua", "Crimson", "The same colour"
            UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "Not known"


@pytest.mark.parametrize("kind", OURS)
def test_every_member_can_be_shown(kind: type[Vocabulary]) -> None:
    assert kind.__doc__
    for member in kind:
        assert all((member.label.id, member.label.en, member.description)), member
    labels = [(member.label.id, member.label.en) for member in kind]
    assert len(set(labels)) == len(labels)
