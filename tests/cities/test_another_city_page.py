"""docs/another-city.md, followed as it stands: its list makes its city, and its identity is one."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

import cli
from connectors.decoders import person
from models.values.identity import EMAIL, NIK, Identity
from settings import ROOT

PAGE = (ROOT / "docs" / "another-city.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_command_makes_the_city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wards.csv").write_text(block("csv"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    command, *_ = block("sh").replace("\\\n", " ").splitlines()
    monkeypatch.setattr(sys, "argv", shlex.split(command))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code
    assert sorted(file.name for file in (tmp_path / "milltown").glob("*.py")) == [
        "__init__.py", "areas.py", "city.py", "complaints.py", "test_milltown.py",
    ]  # fmt: skip
    facts = sys.modules.pop("milltown").PACKAGE.city
    for name in [name for name in sys.modules if name.startswith("milltown.")]:
        del sys.modules[name]
    assert [(one.code, one.abbreviation) for one in facts.departments] == [("works", "DPW"), ("health", "HEALTH")]
    assert [one.name.en for one in facts.area_levels] == ["City", "Ward"]


def library_card() -> Identity:
    made: dict[str, Identity] = {}
    exec(block("python"), made)
    return made["LIBRARY_CARD"]


@pytest.mark.parametrize(
    ("identity", "clean"),
    [(NIK, "3671016505909001"), (EMAIL, "ann@example.org"), (library_card(), "M-1234")],
    ids=["NIK", "EMAIL", "LIBRARY_CARD"],
)
def test_every_spelling_of_an_identity_is_one_person(identity: Identity, clean: str) -> None:
    decoder = person(identity)
    spellings = decoder.encode(identity.parse(clean)).values
    assert spellings[0] == clean
    assert len(set(spellings)) == len(spellings) >= 3
    decoded = decoder.decode(spellings)
    assert (decoded.values, decoded.flaws) == ([clean] * len(spellings), {})
    assert {type(value) for value in decoded.values} == {identity.kind}


def test_a_city_of_its_own_identity_covers_it_in_texts() -> None:
    pattern = library_card().in_texts
    assert pattern is not None
    assert pattern.sub("*", "card M1234, m-1234 and M-12345") == "card *, * and M-12345"
