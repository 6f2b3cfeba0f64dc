"""The command about cities: what its list of areas may look like, and what it refuses before it writes a file."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

import cli
from connectors.sources import CityPackage
from tests.commands.test_cli import Ended

FACTS = ("--department", "works=Public Works", "--time-zone", "Europe/Dublin", "--currency", "EUR")


class Desk:
    """Somebody who makes cities in a folder."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._patch, self._capsys = patch, capsys

    def makes(self, name: str, areas: str, *more: str, facts: tuple[str, ...] = FACTS) -> Ended:
        (self.folder / "areas").write_text(areas, encoding="utf-8")
        words = ["city", "new", name, "--areas", str(self.folder / "areas"), "--into", str(self.folder), *facts, *more]
        self._patch.setattr(sys, "argv", ["cli.py", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = self._capsys.readouterr()
        assert "Traceback" not in said.err
        return Ended(ended.value.code if isinstance(ended.value.code, int) else 0, said.out, said.err)

    def made(self, name: str) -> CityPackage:
        package: CityPackage = sys.modules[name].PACKAGE
        return package

    def list_of(self, name: str) -> list[str]:
        return (self.folder / name / "data" / "areas.csv").read_text(encoding="utf-8").splitlines()[1:]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    before = set(sys.modules)
    yield Desk(tmp_path, monkeypatch, capsys)
    for name in set(sys.modules) - before:
        if name.startswith("test_city_of_"):
            del sys.modules[name]


def feature(code: str, name: str, parent: str, west: float, south: float) -> dict[str, Any]:
    corners = [[west, south], [west + 0.1, south], [west + 0.1, south + 0.1], [west, south + 0.1], [west, south]]
    return {
        "type": "Feature", "id": code, "properties": {"name": name, "parent": parent},
        "geometry": {"type": "Polygon", "coordinates": [corners]},
    }  # fmt: skip


def test_areas_come_from_polygons_too(desk: Desk) -> None:
    areas = [feature("1", "East", "", -6.2, 53.3), feature("2", "West", "", -6.4, 53.3)]
    ended = desk.makes("test_city_of_two", json.dumps({"features": areas}), "--title", "Two Towns", "--code", "both")
    assert (ended.code, ended.err) == (0, "")
    assert desk.list_of("test_city_of_two") == [
        "both,Two Towns,,0,,", "1,East,both,1,53.35,-6.15", "2,West,both,1,53.35,-6.35",
    ]  # fmt: skip
    city = desk.made("test_city_of_two").city
    assert (city.name, city.code, city.area_code_shapes) == ("Two Towns", "both", ("both", "#"))
    assert (city.box.south, city.box.west) == (53.3, -6.4)
    assert (city.departments[0].abbreviation, city.identity.name) == ("WORKS", "e-mail address")


def test_levels_below_the_third_are_told_apart_by_their_name(desk: Desk) -> None:
    areas = "code,name,parent,latitude,longitude\nC,City,,,\nB1,Borough,C,,\nW1,Ward,B1,,\nP1,Block,W1,53.3,-6.2\n"
    levels = ("--level", "City", "--level", "Borough", "--level", "Ward", "--level", "Block", "--language", "id")
    assert desk.makes("test_city_of_four", areas, *levels).code == 0
    city = desk.made("test_city_of_four").city
    assert [(one.level.value, one.name.en) for one in city.area_levels] == [
        ("CITY", "City"), ("DISTRICT", "Borough"), ("VILLAGE", "Ward"), ("VILLAGE", "Block"),
    ]  # fmt: skip
    block = city.area_levels[-1].level
    assert [city.level_name(block, depth).en for depth in (2, 3)] == ["Ward", "Block"]
    assert (city.stemmer, city.examples and city.examples.area) == ("indonesian", "W1")


HEAD = "code,name,parent,latitude,longitude\n"


@pytest.mark.parametrize(
    ("areas", "said"),
    [
        ("kode,nama\n1,a\n", "needs the headings code and name"),
        (HEAD, "must list between 1 and 10000 areas"),
        (HEAD + "a b,Name,,1,1\n", "'a b' is not an area code"),
        (HEAD + "1,A,,1,1\n1,B,,1,1\n", "has the area 1 twice"),
        (HEAD + "1,A,9,1,1\n", "the area 1 lies in 9, which is not listed"),
        (HEAD + "1,A,2,1,1\n2,B,1,1,1\n", "lies in itself"),
        (HEAD + "1,A,,north,1\n", "'north', '1' is no place in degrees"),
        (HEAD + "1,A,,91,1\n", "'91', '1' is no place in degrees"),
        (HEAD + "1,A,,,\n", "the city lies nowhere"),
        (HEAD + "city,A,,1,1\n2,B,,1,1\n", "choose a --code"),
        ('{"features": [{"id": "1"}]}', "is no GeoJSON FeatureCollection"),
    ],
)
def test_a_list_that_makes_no_city_is_refused(desk: Desk, areas: str, said: str) -> None:
    ended = desk.makes("test_city_of_none", areas)
    assert (ended.code, ended.out) == (1, "")
    assert said in ended.err
    assert not (desk.folder / "test_city_of_none").exists()


@pytest.mark.parametrize(
    ("name", "facts", "said"),
    [
        ("Two-Towns", FACTS, "cannot be the name of a package"),
        ("models", FACTS, "A package or module called models is there already"),
        ("test_city_of_x", (*FACTS, "--department", "Works"), "is not written like"),
        ("test_city_of_x", (*FACTS, "--time-zone", "Europe/Atlantis"), "The time zone 'Europe/Atlantis' is not known"),
        ("test_city_of_x", (*FACTS, "--currency", "euro"), "'euro' is no code of a currency"),
        ("test_city_of_x", (*FACTS, "--opens", "18"), "offices open before they close"),
    ],
)
def test_facts_that_cannot_be_are_refused(desk: Desk, name: str, facts: tuple[str, ...], said: str) -> None:
    ended = desk.makes(name, HEAD + "1,A,,1,1\n", facts=facts)
    assert (ended.code, ended.out) == (1, "")
    assert said in ended.err


def test_nothing_is_written_over_what_is_there(desk: Desk) -> None:
    (desk.folder / "test_city_of_here").mkdir()
    ended = desk.makes("test_city_of_here", HEAD + "1,A,,1,1\n")
    assert ended.code == 1
    assert ended.err.endswith("test_city_of_here is there already.\n")
