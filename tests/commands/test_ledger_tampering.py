"""Whatever somebody does to the files of a ledger, `./simpul ledger verify` ends with 1 and names it."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

import cli
from tests.store.tampering import SECRET, TAMPERINGS, Scene, Tampering, scene_in


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return scene_in(tmp_path_factory.mktemp("tampering") / "model")


def verify(
    scene: Scene, patched: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, with_copies: bool
) -> tuple[int, str]:
    """The exit code of the command, and what it says is wrong."""
    patched.setenv("HUB_DATABASE_URL", scene.url)
    patched.setenv("HUB_SECRET", SECRET)
    patched.setattr("commands.ledger.VAR", scene.folder)
    if with_copies:
        patched.setenv("HUB_ANCHORS_URL", scene.second_place)
    patched.setattr(sys, "argv", ["cli.py", "ledger", "verify"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    return (ended.value.code if isinstance(ended.value.code, int) else 0), said.err


@pytest.mark.parametrize("with_copies", [False, True])
def test_what_nobody_has_touched_is_whole(
    model: Scene,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    with_copies: bool,
) -> None:
    scene = model.copied_to(tmp_path / "hub")
    assert verify(scene, monkeypatch, capsys, with_copies=with_copies) == (
        0,
        "2 entries wait in journals for the database.\n",
    )


def test_a_backup_that_is_restored_by_its_command_is_declared_and_verified(
    model: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = model.copied_to(tmp_path / "hub")
    file = tmp_path / "may.zip"

    def runs(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["cli.py", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code in (None, 0)
        return capsys.readouterr().err

    assert verify(scene, monkeypatch, capsys, with_copies=False)[0] == 0
    newest = scene.database.read_bytes()
    scene.database.write_bytes((scene.folder / "old.db").read_bytes())
    runs("backup", str(file))
    scene.database.write_bytes(newest)
    # What waits in the journal is brought in first, behind which the backup's entries are missing.
    said = runs("restore", str(file), "--force")
    assert said == "1 gaps are declared in the ledger: what was recorded after the backup is lost.\n"
    monkeypatch.setattr(sys, "argv", ["cli.py", "ledger", "verify"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code in (None, 0)
    declared = f"declared gap: writer {scene.second}, entries 1 to 4: restored may.zip\n"
    assert capsys.readouterr().out.startswith(declared)


@pytest.mark.parametrize("way", TAMPERINGS, ids=str)
def test_tampering_is_named(
    way: Tampering,
    model: Scene,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    scene = model.copied_to(tmp_path / "hub")
    way.tamper(scene)
    code, said = verify(scene, monkeypatch, capsys, with_copies=way.in_second_place)
    names = way.names.format(first=scene.first, second=scene.second, third=scene.third)
    assert (code, re.search(names, said) is not None) == (1, True), said


def test_a_second_place_that_cannot_be_opened_is_said_in_a_sentence(
    model: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = model.copied_to(tmp_path / "hub")
    shutil.rmtree(scene.folder / "second")
    (scene.folder / "second").write_text("no folder")
    code, said = verify(scene, monkeypatch, capsys, with_copies=True)
    assert (code, said.startswith("The second place of the anchors cannot be used (")) == (1, True)
