"""The islands of the pages are built where Node is, and only when something has changed."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

import build_pages
from api.pages.assets import Assets

BUILT = Path(__file__).resolve().parent.parent / "web" / "dist"


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of sources whose build is noted and writes a manifest of one island."""
    (tmp_path / "islands").mkdir()
    (tmp_path / "islands" / "page.ts").write_text("export {};\n")
    (tmp_path / "package.json").write_text("{}")
    monkeypatch.setattr(build_pages, "WEB", tmp_path)
    monkeypatch.setattr(build_pages, "BUILT", tmp_path / "dist")
    monkeypatch.setattr(build_pages, "STAMP", tmp_path / "dist" / ".built")
    monkeypatch.setattr(build_pages, "_npm", lambda: "npm")
    return tmp_path


def note(web: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    ran: list[str] = []

    def run(command: list[str], _: str) -> None:
        ran.append(" ".join(command[1:3]))
        (web / "dist").mkdir(exist_ok=True)
        (web / "dist" / "manifest.json").write_text('{"islands/page.ts": {"isEntry": true}}')

    monkeypatch.setattr(build_pages, "_run", run)
    return ran


def test_what_is_built_is_built_again_only_when_a_source_changes(
    web: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = note(web, monkeypatch)
    assert build_pages.main() == 0
    assert build_pages.main() == 0
    assert ran == ["ci --ignore-scripts", "run --silent"]
    assert capsys.readouterr().out.splitlines() == [
        "The islands of the pages are built: 1 of them.",
        "The islands of the pages are built already: 1 of them.",
    ]
    (web / "islands" / "more.ts").write_text("export {};\n")
    assert build_pages.main() == 0
    assert len(ran) == 4


def test_without_node_the_pages_go_without_and_say_so(
    web: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(build_pages, "STAMP", web / "nothing")
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert build_pages.main() == 0
    assert capsys.readouterr().out.startswith("There is no Node with npm, so the pages go without scripts.")


def test_a_build_that_fails_leaves_no_stamp(
    web: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build_pages, "_npm", lambda: "false")
    assert build_pages.main() == 0
    assert "could not be installed, so the pages go without" in capsys.readouterr().out
    assert not build_pages.STAMP.exists()


@pytest.fixture(scope="module")
def built() -> Path:
    """What Node makes of the islands of this checkout."""
    if shutil.which("node") is None:
        pytest.skip("no Node, which builds the pages' scripts")
    build_pages.build()
    return BUILT


def test_the_islands_of_this_checkout_are_built(built: Path) -> None:
    assets = Assets(built)
    assert [name for name in ISLANDS if assets.island(name) is None] == []


# --- How much a browser has to load -----------------------------------------------------------------------------------

ISLANDS = {"page": 25_000, "explorer": 392_000, "liveroom": 183_000}
"""By island, how many bytes its page may load at once, compressed: what was measured, and a tenth more."""
EDITOR_BYTES_MAX = 1_707_000
"""The same with what the explorer loads afterwards: an editor, the languages that it knows, and charts if wanted."""
WORKERS_BYTES_MAX = 412_000


def packed_bytes(files: Iterable[Path]) -> int:
    return sum(len(gzip.compress(file.read_bytes(), 9, mtime=0)) for file in files)


def loaded(built: Path, entry: str, *links: str) -> set[Path]:
    """The files that follow from an entry of the manifest by these links."""
    parts = json.loads((built / "manifest.json").read_text(encoding="utf-8"))
    names, found = [next(name for name, part in parts.items() if part.get("name") == entry)], set()
    while names:
        name = names.pop()
        if name not in found:
            found.add(name)
            names += [linked for link in links for linked in parts[name].get(link, ())]
    return {built / file for name in found for file in (parts[name]["file"], *parts[name].get("css", ()))}


@pytest.mark.parametrize("island", ISLANDS)
def test_a_page_loads_no_more_than_its_budget(built: Path, island: str) -> None:
    assert 0 < packed_bytes(loaded(built, island, "imports")) <= ISLANDS[island]


def test_the_editor_loads_no_more_than_its_budget(built: Path) -> None:
    assert packed_bytes(loaded(built, "explorer", "imports", "dynamicImports")) <= EDITOR_BYTES_MAX
    assert 0 < packed_bytes(built.rglob("*.worker-*.js")) <= WORKERS_BYTES_MAX
