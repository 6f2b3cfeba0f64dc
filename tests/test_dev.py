"""dev.py sets up once, says what is wrong in one sentence, and starts the right commands in the right order."""

from __future__ import annotations

import ast
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

import dev


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root with both locks and no virtual environment."""
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.setattr(dev, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(dev, "SAMPLE_COMPLETE", tmp_path / "complete")
    monkeypatch.setattr(dev, "SAMPLE_JOURNAL", tmp_path / "live.jsonl")
    monkeypatch.setattr(dev, "SAMPLE_CITY", tmp_path / "city.py")
    (tmp_path / "city.py").write_text("VERSION = 7\nSEED = 1\n")
    for lock in (dev.LOCK_RUN, dev.LOCK_DEV):
        (tmp_path / lock).write_text(f"{lock}, first\n")
    return tmp_path


def give_venv(version: str, stamp: str = "") -> None:
    dev.venv_python().parent.mkdir(parents=True, exist_ok=True)
    dev.venv_python().touch()
    (dev.VENV / "pyvenv.cfg").write_text(f"home = somewhere\nversion = {version}\n")
    dev.stamp_file().write_text(stamp)


def test_an_old_python_can_read_it() -> None:
    ast.parse(Path(dev.__file__).read_text(encoding="utf-8"), feature_version=(3, 8))


def test_an_old_python_gets_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.main(["help"], version=(3, 8)) == 1
    sentence = (
        "Simpul needs Python 3.11 or newer and this is Python 3.8: install a newer one and start dev.py with it, "
        "for example `python3.13 dev.py help`.\n"
    )
    assert capsys.readouterr() == ("", sentence)


def test_a_python_without_venv_gets_one_sentence() -> None:
    with pytest.raises(dev.Stop, match=r"^This Python lacks its module ensurepip, .* `apt install python3-venv`"):
        dev.refuse_missing_venv(lambda name: None if name == "ensurepip" else object())


@pytest.mark.parametrize("arguments", [[], ["help"], ["--help"], ["-h"]])
def test_help_lists_every_command(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines if line.startswith("  ")] == [
        "run", "test", "check", "conformance", "format", "bench", "fuzz", "soak", "kill", "attack", "lock", "release",
        "help",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["serve"], "There is no command `serve`: see `python3 dev.py help`.\n"),
        (["run", "--port", "1"], "`run` takes no arguments, and got: --port 1\n"),
        (["lock", "-U"], "`lock` takes nothing, or --upgrade to move every dependency to its newest version.\n"),
    ],
)
def test_what_it_does_not_know_it_says(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.main(arguments) == 2
    assert capsys.readouterr() == ("", sentence)


def test_nothing_is_installed_when_the_stamp_matches(house: Path) -> None:
    give_venv("3.12.1", dev.stamp_of(dev.LOCK_RUN, "3.12.1"))
    assert dev.lock_to_install(dev.LOCK_RUN) is None
    assert dev.lock_to_install(dev.LOCK_DEV) == dev.LOCK_DEV


def test_an_environment_for_development_also_serves_and_stays_one(house: Path) -> None:
    give_venv("3.12.1", dev.stamp_of(dev.LOCK_DEV, "3.12.1"))
    assert dev.lock_to_install(dev.LOCK_RUN) is None
    (house / dev.LOCK_DEV).write_text("second\n")
    assert dev.lock_to_install(dev.LOCK_RUN) == dev.LOCK_DEV


@pytest.mark.parametrize("version", ["3.13.0", "3.12.2"])
def test_another_python_is_another_environment(house: Path, version: str) -> None:
    give_venv(version, dev.stamp_of(dev.LOCK_RUN, "3.12.1"))
    assert dev.lock_to_install(dev.LOCK_RUN) == dev.LOCK_RUN


def test_a_changed_lock_is_installed(house: Path) -> None:
    give_venv("3.12.1", dev.stamp_of(dev.LOCK_RUN, "3.12.1"))
    (house / dev.LOCK_RUN).write_text("second\n")
    assert dev.lock_to_install(dev.LOCK_RUN) == dev.LOCK_RUN


def test_an_environment_that_works_is_adopted(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    give_venv("3.12.1")
    assert dev.make_venv(dev.Progress(3)) == "3.12.1"
    assert capsys.readouterr().out == "[1/3] virtual environment: .venv, Python 3.12.1, is there\n"


def test_an_environment_that_is_old_or_broken_is_none(house: Path) -> None:
    assert dev.venv_version() is None
    give_venv("3.10.13")
    assert dev.venv_version() is None
    give_venv("3.12.1")
    dev.venv_python().unlink()
    assert dev.venv_version() is None


def test_a_folder_that_is_no_environment_is_left_alone(house: Path) -> None:
    (house / ".venv").mkdir()
    (house / ".venv" / "precious").touch()
    with pytest.raises(dev.Stop, match="is there but is no virtual environment: move it away"):
        dev.make_venv(dev.Progress(3))
    assert (house / ".venv" / "precious").exists()


def test_the_locks_name_the_uv_that_installs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[str] = []

    def is_installed(folder: str) -> bool:
        installed.append(folder)
        return True

    monkeypatch.setattr(dev, "is_installed", is_installed)
    dev.install_uv(dev.LOCK_RUN)
    dev.install_uv(dev.LOCK_DEV)
    first, second = installed
    assert first == second
    assert first.startswith("uv-")
    assert first.endswith(".dist-info")


@pytest.mark.parametrize(
    ("sample_is_there", "started"),
    [
        (True, ["build_pages.py", "cli.py migrate"]),
        (False, ["build_pages.py", "cli.py migrate", "cli.py sample --size small"]),
    ],
)
def test_run_starts_what_is_needed(
    house: Path, monkeypatch: pytest.MonkeyPatch, sample_is_there: bool, started: list[str]
) -> None:
    give_venv("3.12.1", dev.stamp_of(dev.LOCK_RUN, "3.12.1"))
    if sample_is_there:
        dev.SAMPLE_COMPLETE.write_text("7")
    assert calls_of(monkeypatch, ["run"]) == [*started, "cli.py sample live --beside", "cli.py serve"]
    assert calls_of(monkeypatch, ["run", "--still"]) == [*started, "cli.py serve"]


@pytest.mark.parametrize(
    ("days", "still", "answer", "moved"),
    [
        (0, True, "", False),
        (1, True, "", True),
        (1, True, "n", False),
        (14, False, "", False),
        (15, False, "", True),
        (-1, False, "y", True),
        (None, True, "", False),
    ],
)
def test_a_sample_city_of_another_day_is_moved_if_its_owner_wants(
    house: Path, monkeypatch: pytest.MonkeyPatch, days: int | None, still: bool, answer: str, moved: bool
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    if days is not None:
        lived = datetime.now(dev.SAMPLE_ZONE).date() - timedelta(days=days)
        dev.SAMPLE_JOURNAL.write_text(
            f'{{"size": "small", "seed": 1, "day": "2026-01-01", "at": null}}\n{{"at": "{lived}T10:00:00+07:00"}}\n'
        )
    assert dev.is_to_move(still, lambda _question: answer) is moved


def test_a_sample_city_of_another_day_stays_where_nobody_can_be_asked(
    house: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: False))
    dev.SAMPLE_JOURNAL.write_text('{"size": "small", "seed": 1, "day": "2024-02-29", "at": null}\n')
    assert dev.is_to_move(still=False) is False
    said = "The sample city is of 2024-02-29. `./simpul sample` moves it to today, in seconds.\n"
    assert capsys.readouterr().out == said


@pytest.mark.parametrize(
    ("arguments", "started"),
    [
        ([], ["build_pages.py", "-m tests.everything"]),
        (["--all"], ["build_pages.py", "-m tests.everything --all"]),
        (["tests/store", "--all"], ["-m pytest tests/store --all"]),
    ],
)
def test_tests_run_in_parts_unless_some_are_named(
    house: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], started: list[str]
) -> None:
    give_venv("3.12.1", dev.stamp_of(dev.LOCK_DEV, "3.12.1"))
    assert calls_of(monkeypatch, ["test", *arguments]) == started


def calls_of(monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> list[str]:
    """What a command of dev.py would have started, each as one would type it."""
    calls: list[str] = []

    def call(command: list[str], sentence: str = "") -> int:
        calls.append(" ".join(command))
        return 0

    monkeypatch.setattr(dev, "call", call)
    monkeypatch.setattr(dev, "start_beside", call)
    monkeypatch.setattr(dev, "hand_over", call)
    assert dev.main(arguments) == 0
    return calls


def use_this_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "venv_python", lambda: Path(sys.executable))
    monkeypatch.setattr(dev, "set_up", lambda wanted, steps_after: dev.Progress(steps_after))


def test_check_goes_on_after_a_failure(
    house: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    use_this_python(monkeypatch)
    monkeypatch.setattr(
        dev, "CHECKS", [("format", "one", ["-c", "exit(3)"]), ("lint", "other", ["-c", "print('second ran')"])]
    )
    assert dev.main(["check"]) == 1
    lines = capfd.readouterr().out.splitlines()
    assert [line for line in lines if line == "second ran"] == ["second ran"]
    assert [line.split()[:2] for line in lines[-3:-1]] == [["format", "FAILED"], ["lint", "ok"]]
    assert lines[-1] == "`dev.py format` puts the format right."


def test_a_command_that_fails_ends_with_its_code_and_a_sentence(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_this_python(monkeypatch)
    with pytest.raises(dev.Stop, match="no luck") as stop:
        dev.call(["-c", "exit(7)"], "no luck")
    assert stop.value.code == 7


@pytest.mark.skipif(os.name == "nt", reason="only POSIX replaces a process")
def test_serving_replaces_the_process(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_this_python(monkeypatch)
    monkeypatch.chdir(house)
    replaced: list[object] = []

    def execv(path: str, arguments: list[str]) -> None:
        replaced.append((path, arguments))
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "execv", execv)
    assert dev.main(["test", "-k", "ledger"]) == 130
    assert replaced == [(sys.executable, [sys.executable, "-m", "pytest", "-k", "ledger"])]


@pytest.mark.parametrize(
    ("written", "expected"), [(None, False), ("", False), ("6", False), ("7", True), ("77", False)]
)
def test_a_sample_city_of_another_version_is_made_again(house: Path, written: str | None, expected: bool) -> None:
    if written is not None:
        dev.SAMPLE_COMPLETE.write_text(written)
    assert dev.is_sample_there() is expected


def test_the_sample_city_says_its_version() -> None:
    text = dev.SAMPLE_CITY.read_text(encoding="utf-8")
    assert len([line for line in text.splitlines() if line.startswith("VERSION = ")]) == 1
