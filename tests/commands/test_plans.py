"""The operator's commands about plans: what would scan a table, and the sheet that the owner of a source signs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.test_cli import Operator, operator
from tests.connectors.sheets import write_complaints

__all__ = ["operator"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("complaints")
    write_complaints(made)
    return made


@pytest.fixture
def laksa(folder: Path, operator: Operator) -> Operator:
    operator.sets(HUB_SOURCE_COMPLAINTS_URL=f"sqlite:///{(folder / 'complaints.db').as_posix()}")
    return operator


def test_the_small_city_has_nothing_switched_off(laksa: Operator) -> None:
    ended = laksa.runs("sources", "check", "--explain", "--source", "complaints")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "complaints: complaint_categories - nothing switched off, 14 questions explained",
        "complaints: complaints - nothing switched off, 23 questions explained",
        "complaints: complaint_handlings - nothing switched off, 27 questions explained",
        "complaints: complaint_status_changes - nothing switched off, 9 questions explained",
        "4 records: 0 switched off; 0 without plans",
    ]


def test_explaining_for_machines(laksa: Operator) -> None:
    ended = laksa.runs("sources", "check", "--explain", "--json", "--source", "complaints")
    said = json.loads(ended.out)
    assert said["summary"] == "4 records: 0 switched off; 0 without plans"
    assert [(one["record"], one["failure"], one["scanRowsMax"], one["scans"]) for one in said["records"]] == [
        ("complaint_categories", None, 100_000, []),
        ("complaints", None, 100_000, []),
        ("complaint_handlings", None, 100_000, []),
        ("complaint_status_changes", None, 100_000, []),
    ]


def test_a_sheet_is_printed_or_written(laksa: Operator, tmp_path: Path) -> None:
    printed = laksa.runs("sources", "sheet", "complaints", "--language", "id")
    assert (printed.code, printed.err) == (0, "")
    assert printed.out.startswith("# Lembar sumber data complaints\n")
    file = tmp_path / "laksa.html"
    written = laksa.runs("sources", "sheet", "complaints", "--format", "html", "--output", str(file))
    assert written == (0, "", "")
    assert file.read_text(encoding="utf-8").startswith('<!doctype html>\n<html lang="en">')


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nothing",), "The city has no source 'nothing'. It has: "),
        (("complaints", "--output", "."), "--output: the file cannot be written: is a directory."),
    ],
)
def test_a_sheet_that_cannot_be_made(laksa: Operator, arguments: tuple[str, ...], sentence: str) -> None:
    ended = laksa.runs("sources", "sheet", *arguments)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith(sentence)
    assert ended.err.count("\n") == 1


def test_a_sheet_of_a_source_that_is_not_connected(laksa: Operator) -> None:
    laksa.sets(HUB_PROFILE="prod")
    ended = laksa.runs("sources", "sheet", "licenses")
    assert ended.code == 0
    assert "GRANT SELECT (biaya, kode, nama, waktu) ON dp_jenisizin TO simpul;" in ended.out
    assert "Plan: the source is not reached, so no plan" in ended.out
