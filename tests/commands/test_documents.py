"""The commands about trusted documents: a manifest is taken whole or not at all, and every reason is said."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

import cli
from store.database.engine import HubDatabase
from store.database.migrate import upgrade
from store.documents import documents_in
from tests.api.test_trusted_documents import ALL, MANIFEST, OF_AREA
from tests.commands.test_cli import Ended


class Desk:
    """An operator at a terminal, with a hub whose database is migrated."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.url = f"sqlite:///{(folder / 'hub.db').as_posix()}"
        self.folder = folder
        self._patch = patch
        self._capsys = capsys
        patch.setenv("HUB_DATABASE_URL", self.url)
        upgrade(self.url)

    def runs(self, *arguments: str) -> Ended:
        self._patch.setattr(sys, "argv", ["cli.py", "documents", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = self._capsys.readouterr()
        assert "Traceback" not in said.err
        return Ended(ended.value.code if isinstance(ended.value.code, int) else 0, said.out, said.err)

    def registers(self, manifest: object, client: str = "app") -> Ended:
        file = self.folder / "manifest.json"
        file.write_text(manifest if isinstance(manifest, str) else json.dumps(manifest), encoding="utf-8")
        return self.runs("register", str(file), "--client", client)

    @property
    def registered(self) -> dict[str, str]:
        async def read() -> dict[str, str]:
            database = HubDatabase(self.url)
            try:
                return await documents_in(database)
            finally:
                await database.close()

        return asyncio.run(read())


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, monkeypatch, capsys)


def test_a_manifest_is_registered_once(desk: Desk) -> None:
    assert desk.runs("list").out == "No documents are registered.\n"
    assert desk.registers(MANIFEST).out == "app: 2 documents registered, 0 were before.\n"
    assert desk.registers(MANIFEST).out == "app: 0 documents registered, 2 were before.\n"
    assert desk.registered == MANIFEST
    assert desk.registers({ALL: MANIFEST[ALL]}, client="kiosk").out == "kiosk: 1 documents registered, 0 were before.\n"
    lines = desk.runs("list").out.splitlines()
    assert [line.partition(", the last")[0] for line in lines] == ["app: 2 documents", "kiosk: 1 documents"]


def test_documents_are_removed(desk: Desk) -> None:
    desk.registers(MANIFEST)
    desk.registers(MANIFEST, client="kiosk")
    assert desk.runs("remove", "--client", "app", "--identifier", ALL).out == "app: 1 documents removed.\n"
    assert desk.registered == MANIFEST, "the other app has it yet"
    assert desk.runs("remove", "--client", "kiosk").out == "kiosk: 2 documents removed.\n"
    assert desk.registered == {OF_AREA: MANIFEST[OF_AREA]}
    ended = desk.runs("remove", "--client", "kiosk")
    assert (ended.code, ended.err) == (1, "kiosk: nothing of the kind is registered.\n")


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ({"a": "{ nothing }"}, ["a: Cannot query field 'nothing' on type 'Query'.", "Nothing was registered."]),
        ({"a": "{"}, ["a: Syntax Error: Expected Name, found <EOF>.", "Nothing was registered."]),
        (
            {"a": "{ " + " ".join(f"a{number}: __typename" for number in range(101)) + " }"},
            ["a: goes beyond aliases_max: at most 100 are allowed", "Nothing was registered."],
        ),
        ({"a b": "{ __typename }"}, ["'a b' is no identifier: letters, digits and : . _ -, at most 128"]),
        ({"sha256:" + "0" * 64: "{ __typename }"}, [f"sha256:{'0' * 64} is not the SHA-256 of its document"]),
        ([], ["manifest.json is no manifest: a JSON object from identifiers to the texts of documents."]),
        ({}, ["manifest.json is no manifest: a JSON object from identifiers to the texts of documents."]),
        ({"a": 1}, ["manifest.json is no manifest: a JSON object from identifiers to the texts of documents."]),
        ("{", ["manifest.json is no JSON."]),
        ("[" * 100_000, ["manifest.json is no JSON."]),
    ],
)
def test_what_cannot_be_registered(desk: Desk, manifest: object, said: list[str]) -> None:
    if isinstance(manifest, dict):
        manifest = {"good": "{ __typename }", **manifest} if manifest else manifest
    ended = desk.registers(manifest)
    assert (ended.code, ended.out, ended.err.splitlines()) == (1, "", said)
    assert desk.registered == {}


def test_an_identifier_stands_for_one_text(desk: Desk) -> None:
    desk.registers({"a": "{ __typename }"})
    ended = desk.registers({"a": "{ t: __typename }", "b": "{ __typename }"}, client="kiosk")
    assert (ended.code, ended.err) == (1, "a: another document is registered by this identifier\n")
    assert desk.registered == {"a": "{ __typename }"}


def test_a_file_that_is_not_there(desk: Desk) -> None:
    ended = desk.runs("register", str(desk.folder / "none.json"))
    assert (ended.code, ended.err) == (1, "none.json cannot be read: no such file or directory.\n")
