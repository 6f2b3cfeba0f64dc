"""The islands of the pages are built where Node is, and only when something has changed."""

from __future__ import annotations

import shutil
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


def test_the_islands_of_this_checkout_are_built() -> None:
    if shutil.which("node") is None:
        pytest.skip("no Node, which builds the pages' scripts")
    build_pages.build()
    assert Assets(BUILT).island("page") is not None
