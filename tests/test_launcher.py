"""The launcher `simpul`: it finds the environment wherever it is called from, and the docs name only what it runs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import cli

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "clients").glob("*/README.md"))
    if path.name != "CHANGELOG.md"
)
COMMAND = re.compile(r"\./simpul((?: [a-z][a-z-]*)+)")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a shell script: Windows is given no launcher")


def run(*command: str | Path, folder: Path) -> tuple[int, str, str]:
    done = subprocess.run(list(map(str, command)), cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A root with a blank in its name, whose Python says where it is run and with what."""
    root = tmp_path / "our simpul"
    (root / ".venv" / "bin").mkdir(parents=True)
    (root / ".venv" / "lib" / "python3.12" / "site-packages" / "typer").mkdir(parents=True)
    python = root / ".venv" / "bin" / "python"
    python.write_text('#!/bin/sh\nprintf "%s|" "$(pwd -P)" "$@"\nexit 3\n', encoding="ascii")
    python.chmod(0o755)
    shutil.copy(ROOT / "simpul", root)
    return root


def test_it_runs_from_the_root_and_from_elsewhere_with_what_it_is_given(house: Path, tmp_path: Path) -> None:
    words = ("sources", "inspect", "two words", "--ask-password")
    told = f"{house}/cli.py|{'|'.join(words)}|"
    assert run("./simpul", *words, folder=house) == (3, f"{house}|{told}", "")
    # Files that are named on the command line are those of the caller's folder.
    assert run(house / "simpul", *words, folder=tmp_path) == (3, f"{tmp_path}|{told}", "")
    assert run("sh", "simpul", *words, folder=house) == (3, f"{house}|{told}", "")


def test_it_follows_symbolic_links(house: Path, tmp_path: Path) -> None:
    places = tmp_path / "bin"
    places.mkdir()
    (places / "absolute").symlink_to(house / "simpul")
    (places / "relative").symlink_to("../our simpul/simpul")
    (tmp_path / "chain").symlink_to("bin/relative")
    for link in (places / "absolute", places / "relative", tmp_path / "chain"):
        assert run(link, "doctor", folder=tmp_path) == (3, f"{tmp_path}|{house}/cli.py|doctor|", "")


@pytest.mark.parametrize("lost", [".venv", ".venv/lib/python3.12/site-packages/typer"])
def test_before_the_set_up_it_says_what_to_run(house: Path, tmp_path: Path, lost: str) -> None:
    shutil.rmtree(house / lost)
    sentence = f"Simpul is not set up here yet. Run: python3 {house}/dev.py run\n"
    assert run(house / "simpul", "serve", folder=tmp_path) == (1, "", sentence)


def test_it_is_the_name_of_the_commands(tmp_path: Path) -> None:
    code, told, complained = run(ROOT / "simpul", "keys", "creat", folder=tmp_path)
    assert (code, told) == (2, "")
    assert complained.startswith("Usage: simpul keys [OPTIONS] COMMAND [ARGS]...\nTry 'simpul keys --help' for help.")


def test_the_docs_name_commands_that_there_are_and_no_other_way_to_run_them() -> None:
    named = {found.strip() for page in PAGES for found in COMMAND.findall(page.read_text(encoding="utf-8"))}
    assert len(named) >= 30
    assert sorted(words for words in named if not leads_to_a_command(words.split())) == []
    elsewhere = [
        f"{page.name}: {found}"
        for page in PAGES
        for found in re.findall(r"cli\.py [a-z]+", page.read_text(encoding="utf-8"))
    ]
    assert elsewhere == []


def leads_to_a_command(words: list[str]) -> bool:
    return CliRunner().invoke(cli, [*words, "--help"]).exit_code == 0
