"""`schema check` against a released schema: what breaks apps is refused until it is declared, and they are named."""

from __future__ import annotations

import asyncio
import functools
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import typer
from graphql import GraphQLObjectType, build_schema, print_schema

import cli
from commands import changes
from schema.build import sdl
from store.database.engine import HubDatabase
from store.documents import register
from tests.commands.test_cli import Ended
from tests.commands.test_documents import Desk

SDL = sdl() + "\n"
GONE = "Field Area.oldName was removed."
AGREES = "The schema agrees with its records, with schema/schema.graphql and with docs/personal-data.md."
UNKNOWN = "Which apps are met is not known: there is no migrated database of a hub here (HUB_DATABASE_URL)."


# A check builds the same few schemas again and again, which takes longer than all the rest of it.
built = functools.cache(build_schema)


class Release(Desk):
    """A hub whose released schema had `Area.oldName`, and lacked `Area.level`, under a changelog of its own."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        super().__init__(folder, patch, capsys)
        self.released = folder / "released.graphql"
        self.changelog = folder / "schema-changelog.md"
        start = SDL.index("\ntype Area ")
        head, area = SDL[:start], SDL[start:]
        self.released.write_text(head + area.replace("{\n", "{\n  oldName: String\n", 1), encoding="utf-8")
        self.changelog.write_text("# Changes\n\n## Unreleased\n\n## 1.0\n\n- safe: Older.\n", encoding="utf-8")
        patch.setattr("schema.changes.build_schema", built)
        patch.setattr(changes, "RELEASED", self.released)
        patch.setattr(changes, "CHANGELOG", self.changelog)

    def schema(self, *arguments: str) -> Ended:
        self._patch.setattr(sys, "argv", ["cli.py", "schema", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = self._capsys.readouterr()
        assert "Traceback" not in said.err
        return Ended(ended.value.code if isinstance(ended.value.code, int) else 0, said.out, said.err)

    def had_registered(self, client: str, documents: dict[str, str]) -> None:
        async def write() -> None:
            database = HubDatabase(self.url)
            try:
                await register(database, client, documents, lambda: datetime(2026, 5, 1, tzinfo=UTC))
            finally:
                await database.close()

        asyncio.run(write())

    def declares(self, line: str) -> None:
        text = self.changelog.read_text(encoding="utf-8")
        self.changelog.write_text(text.replace("## Unreleased\n", f"## Unreleased\n\n{line}\n"), encoding="utf-8")


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Release:
    return Release(tmp_path, monkeypatch, capsys)


def test_what_breaks_apps_is_refused_until_it_is_declared_with_a_reason(release: Release) -> None:
    release.registers({"a": "{ areas { nodes { name } } }"})
    refusal = (
        f"{GONE} This breaks apps and is not declared. Declare it in docs/schema-changelog.md:\n"
        f"- breaking: {GONE} Because: ...\n"
    )
    told = f"breaking: {GONE} No registered document uses it.\n"
    assert release.schema("check") == (1, told, refusal)
    assert release.schema("check", "--write") == (1, told, refusal), "nobody declares it but a person"
    release.declares(f"- breaking: {GONE}")
    assert release.schema("check").code == 1, "a declaration without a reason"
    release.declares(f"- breaking: {GONE} Because: areas have one name.")
    assert release.schema("check") == (0, f"{told}{AGREES}\n", "")


def test_a_declaration_of_an_older_release_declares_nothing(release: Release) -> None:
    with release.changelog.open("a", encoding="utf-8") as file:
        file.write(f"- breaking: {GONE} Because: of then.\n")
    assert release.schema("check").code == 1


def test_the_apps_that_use_what_goes_are_named(release: Release) -> None:
    # Registered when the graph had it yet: today the desk would refuse them.
    release.had_registered("kiosk", {"k": "{ areas { nodes { oldName } } }"})
    release.had_registered("app", {"a": "{ areas { nodes { ...names } } } fragment names on Area { oldName }"})
    release.registers({"b": "{ __typename }"}, client="other")
    assert release.schema("check").out == f"breaking: {GONE} Used by: app, kiosk.\n"


def test_without_a_database_of_a_hub_the_check_works_and_says_so(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_DATABASE_URL", f"sqlite:///{(tmp_path / 'none.db').as_posix()}")
    ended = release.schema("check")
    assert (ended.code, ended.out) == (1, f"{UNKNOWN}\nbreaking: {GONE}\n")


def test_a_release_closes_the_changelog_and_becomes_what_is_compared_with(release: Release) -> None:
    release.released.write_text(_without_a_root_field(), encoding="utf-8")
    added = "Field Query.areas was added."
    assert release.schema("check").out == f"safe: 1 changes, which no app has to know.\n{AGREES}\n"
    ended = release.schema("release", "1.1")
    assert (ended.code, ended.err) == (0, "")
    expected = f"# Changes\n\n## Unreleased\n\n## 1.1\n\n- safe: {added}\n\n## 1.0\n\n- safe: Older.\n"
    assert release.changelog.read_text(encoding="utf-8") == expected
    assert release.released.read_text(encoding="utf-8") == SDL
    assert release.schema("check") == (0, f"{AGREES}\n", "")
    assert release.schema("release", "1.1").err == "1.1 is in docs/schema-changelog.md already.\n"


def test_a_base_that_is_none(release: Release, tmp_path: Path) -> None:
    missing = release.schema("check", "--against", str(tmp_path / "none.graphql"))
    assert missing.code == 1
    assert missing.err.endswith(
        "none.graphql is no file, and no revision of this repository that has schema/schema.graphql.\n"
    )
    (tmp_path / "wrong.graphql").write_text("type Query {", encoding="utf-8")
    wrong = release.schema("check", "--against", str(tmp_path / "wrong.graphql"))
    assert wrong.code == 1
    assert wrong.err.startswith("wrong.graphql is no schema in GraphQL's schema language: Syntax Error")


@pytest.fixture
def repository(release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose tag `v1` has the schema with `Area.oldName`. The released schema is that of today."""
    sdl = tmp_path / "schema" / "schema.graphql"
    sdl.parent.mkdir()
    sdl.write_text(release.released.read_text(encoding="utf-8"), encoding="utf-8")
    release.released.write_text(SDL, encoding="utf-8")
    who = ("-c", "user.name=Somebody", "-c", "user.email=somebody@simpul.example", "-c", "commit.gpgsign=false")
    for command in (
        ("init", "-q"),
        ("add", "schema"),
        (*who, "commit", "-qm", "Begin"),
        ("tag", "v1"),
        ("rm", "-q", "-r", "schema"),
        (*who, "commit", "-qm", "Go on"),
    ):
        subprocess.run(("git", *command), cwd=tmp_path, check=True)
    monkeypatch.setattr(changes, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize("revision", ["v1", "HEAD~1", "HEAD^"])
def test_a_schema_is_held_against_that_of_a_revision(release: Release, repository: Path, revision: str) -> None:
    assert release.schema("check") == (0, f"{AGREES}\n", "")
    ended = release.schema("check", "--against", revision)
    assert (ended.code, ended.out) == (1, f"breaking: {GONE} No registered document uses it.\n")


@pytest.mark.parametrize("revision", ["HEAD", "v2", "--textconv", "v1:schema/schema.graphql", "v1\n"])
def test_a_revision_without_a_schema_is_refused(release: Release, repository: Path, revision: str) -> None:
    ended = release.schema("check", f"--against={revision}")
    refusal = f"{revision} is no file, and no revision of this repository that has schema/schema.graphql.\n"
    assert ended == (1, "", refusal)


def test_what_is_deprecated_beyond_its_day_stops_the_check(
    release: Release, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    release.released.write_text(SDL, encoding="utf-8")
    head, _, tail = SDL.partition("\ntype Area ")
    head += "\ntype Area " + tail.replace("{\n", '{\n  old: Int @deprecated(reason: "(removal: 2027-06-01)")\n', 1)
    monkeypatch.setattr("schema.build.sdl", lambda: head.removesuffix("\n"))
    changes.check_changes(None, write=False, today=lambda: date(2027, 5, 31))
    with pytest.raises(typer.Exit):
        changes.check_changes(None, write=False, today=lambda: date(2027, 6, 1))
    assert capsys.readouterr().err == "Area.old was to be removed on 2027-06-01: remove it, or promise a later day\n"


def _without_a_root_field() -> str:
    schema = build_schema(SDL)
    query = schema.query_type
    assert isinstance(query, GraphQLObjectType)
    del query.fields["areas"]
    return print_schema(schema)
