"""The commands about views: what is no public table is refused, with the reason, and nothing is registered."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import cli
from store.database.migrate import upgrade
from tests.commands.test_cli import Ended

DOCUMENTS = {
    "board": "query ($first: Int!) { complaintGroups(by: [STATUS], first: $first) { groups { key { status } count }}}",
    "reporters": "{ complaints(first: 3) { nodes { ticketNumber reporterNik } } }",
    "totals": "{ complaintGroups { totals { count } } }",
    "two": "{ areas { nodes { code } } complaints { nodes { id } } }",
}


class Desk:
    """An operator at a terminal, with a hub whose database has documents."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._patch = patch
        self._capsys = capsys
        url = f"sqlite:///{(folder / 'hub.db').as_posix()}"
        patch.setenv("HUB_DATABASE_URL", url)
        upgrade(url)

    def runs(self, *arguments: str) -> Ended:
        self._patch.setattr(sys, "argv", ["cli.py", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = self._capsys.readouterr()
        assert "Traceback" not in said.err
        return Ended(ended.value.code if isinstance(ended.value.code, int) else 0, said.out, said.err)

    def file(self, name: str, content: object) -> str:
        file = self.folder / name
        file.write_text(json.dumps(content), encoding="utf-8")
        return str(file)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    made = Desk(tmp_path, monkeypatch, capsys)

    assert made.runs("documents", "register", made.file("manifest.json", DOCUMENTS)).code == 0
    return made


def test_a_view_is_registered_listed_and_removed(desk: Desk) -> None:
    assert desk.runs("views", "list").out == "No views are registered.\n"
    variables = desk.file("variables.json", {"first": 3})
    made = desk.runs("views", "register", "rapat", "--document", "board", "--variables", variables, "--every", "30")
    assert (made.code, made.err) == (0, "")
    assert made.out.splitlines() == [
        "rapat: /views/rapat.json and /views/rapat.csv, worked out anew every 30 seconds or sooner.",
        "Columns: key.status, count",
    ]
    assert desk.runs("views", "list").out == "rapat: board, every 30 seconds, id\n"
    assert desk.runs("views", "remove", "rapat").out == "rapat: removed.\n"
    again = desk.runs("views", "remove", "rapat")
    assert (again.code, again.err) == (1, "rapat: no view of this name is registered.\n")


@pytest.mark.parametrize(
    ("document", "variables", "reason"),
    [
        ("reporters", {}, "a view shows public data only"),
        ("totals", {}, "a table has the rows of one list; the lists of this document are: none"),
        ("two", {}, "the lists of this document are: areas.nodes, complaints.nodes"),
        ("board", {}, "the variables do not fit the document"),
        ("unknown", {}, "no trusted document is registered as unknown"),
    ],
)
def test_what_is_no_public_table_is_refused(desk: Desk, document: str, variables: object, reason: str) -> None:
    file = desk.file("variables.json", variables)
    refused = desk.runs("views", "register", "rapat", "--document", document, "--variables", file)
    assert (refused.code, refused.out) == (1, "")
    assert reason in " ".join(refused.err.split())
    assert desk.runs("views", "list").out == "No views are registered.\n"


def test_variables_that_are_none_are_refused(desk: Desk) -> None:
    for content in ([1], "x"):
        file = desk.file("variables.json", content)
        refused = desk.runs("views", "register", "rapat", "--document", "board", "--variables", file)
        assert (refused.code, refused.err) == (1, "variables.json holds no JSON object.\n")
