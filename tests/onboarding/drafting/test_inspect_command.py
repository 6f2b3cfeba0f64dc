"""The command: what it prints and writes, and that what was foreseen ends in one sentence without an address."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import typer
from sqlalchemy.engine import make_url

import cli
from tests.onboarding.drafting import clipper
from tests.onboarding.drafting.estates import write


class Ended(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    monkeypatch.setenv("HUB_SECRET", "a secret of these tests, which is long enough")
    monkeypatch.setenv("HUB_DATABASE_URL", f"sqlite:///{(tmp_path / 'hub.db').as_posix()}")

    def run_command(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["cli.py", "sources", "inspect", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        written = capsys.readouterr()
        assert "Traceback" not in written.err
        code = ended.value.code
        return Ended(code if isinstance(code, int) else 0, written.out, written.err)

    return run_command


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    found = f"sqlite:///{(tmp_path_factory.mktemp('command') / 'izin.db').as_posix()}"
    write(clipper.estate(), found)
    return found


def test_a_draft_is_printed_and_summed_up(run: Run, url: str) -> None:
    ended = run(url, "--subject", "licenses", "--source", "permits", "--department", "dpmptsp", "--rows", "150")
    assert ended.code == 0
    assert 'SOURCE = Source(name="permits", department="dpmptsp", title="Permits")' in ended.out
    assert "TODO the department" not in ended.out
    lines = ended.err.splitlines()
    assert "licenses - from IZINMST (high), 10 of 10 fields: 10 high" in lines
    assert "  rows where HAPUS is T" in lines
    assert "license_applications - from MOHONIZN (high), 9 of 9 fields: 8 high, 1 medium" in lines
    assert "  medium: submitted_at" in lines
    assert max(map(len, lines)) <= 80
    assert "150 of 150 values" in ended.out


def test_a_draft_is_written_once(run: Run, url: str, tmp_path: Path) -> None:
    path = tmp_path / "draft.py"
    assert run(url, "--subject", "licenses", "--output", str(path)).code == 0
    text = path.read_text(encoding="utf-8")
    assert text.startswith('"""A draft of licenses, made by `sources inspect`.')
    again = run(url, "--subject", "licenses", "--output", str(path))
    assert (again.code, again.out) == (1, "")
    assert again.err == "--output: there is such a file, and a draft does not replace it.\n"
    assert path.read_text(encoding="utf-8") == text


def test_a_department_that_nobody_named_is_to_be_done(run: Run, url: str) -> None:
    assert "# TODO the department that owns it" in run(url, "--subject", "licenses", "--source", "permits").out
    assert 'department="dpmptsp"' in run(url, "--subject", "licenses").out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--subject", "nothing"], "There is no subject 'nothing'. There are: "),
        (["--subject", "licenses", "--department", "nothing"], "The city has no department 'nothing'. It has: bagpem"),
        (["--subject", "licenses", "--source", "A b"], "--source: a source is named in small letters"),
    ],
)
def test_what_is_not_there(run: Run, url: str, arguments: list[str], sentence: str) -> None:
    ended = run(url, *arguments)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith(sentence)
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        (
            "ftp://u:hidden@h/x",
            "The scheme of the URL must be one of mariadb, mssql, mysql, oracle, postgres, postgresql, sqlite.",
        ),
        ("not a url hidden", "The URL cannot be read. Write it like postgresql://"),
        (
            "postgresql://u:hidden@127.0.0.1:1/x",
            "The database cannot be read: nothing listens at this host and port (ConnectionRefusedError).",
        ),
        (
            "mysql://u:hidden@127.0.0.1:1/x",
            "The database cannot be read: nothing listens at this host and port (OperationalError 2003).",
        ),
        ("sqlite:////nowhere/hidden.db", "There is no database at this path."),
    ],
)
def test_a_database_that_cannot_be_read(run: Run, address: str, sentence: str) -> None:
    ended = run(address, "--subject", "licenses")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith(sentence)
    assert "hidden" not in ended.err
    assert ended.err.count("\n") == 1


def test_a_password_is_asked_for_and_is_in_no_argument(
    run: Run, mariadb_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def hidden(prompt: str) -> str:
        asked.append(prompt)
        return "hidden:/@?"

    monkeypatch.setattr(sys.modules[typer.prompt.__module__], "hidden_prompt_func", hidden)
    address = make_url(mariadb_server).set(username="nobody_here").render_as_string(hide_password=False)
    ended = run(address, "--subject", "licenses", "--ask-password")
    assert (ended.code, len(asked)) == (1, 1)
    assert "Password:" in ended.err
    assert ended.err.endswith(
        "The database cannot be read: the user or the password is wrong (OperationalError 1045). "
        "See that it runs and that the URL is right.\n"
    )
    assert "hidden" not in ended.err


def test_rows_are_bounded(run: Run, url: str) -> None:
    assert run(url, "--subject", "licenses", "--rows", "0").code == 2
    assert run(url, "--subject", "licenses", "--rows", "1000000").code == 2
