"""The page of results: what is measured by itself stays when something else is measured anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import results
from bench.results import Section, merged

PAGE = "# Results\n\nOld words.\n\n## One\n\n| a | 1 |\n\n### Of it\n\nmore\n\n## Two\n\n| b | 2 |\n"


def test_a_newer_section_takes_the_place_of_the_earlier_one() -> None:
    assert (
        merged(PAGE, "## One\n\n| a | 9 |\n")
        == "# Results\n\nOld words.\n\n## One\n\n| a | 9 |\n\n## Two\n\n| b | 2 |\n"
    )
    assert merged(PAGE, "## Three\n\nc\n") == f"{PAGE}\n## Three\n\nc\n"


def test_a_new_report_keeps_the_sections_that_it_does_not_have() -> None:
    assert merged(PAGE, "# Results\n\nNew.\n\n## Two\n\nn\n") == (
        "# Results\n\nNew.\n\n## One\n\n| a | 1 |\n\n### Of it\n\nmore\n\n## Two\n\nn\n"
    )


def test_what_is_said_is_printed_and_put_with_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(results, "PAGE", tmp_path / "RESULTS.md")
    results.PAGE.write_text(PAGE, encoding="utf-8")
    section = Section("Two", "What is asked.")
    section.say("| b | 5 |", "| c | 6 |")
    section.put()
    assert capsys.readouterr().out == "| b | 5 |\n| c | 6 |\n"
    text = results.PAGE.read_text(encoding="utf-8")
    assert text.startswith(PAGE.partition("## Two")[0] + "## Two\n\nWhat is asked. Measured on ")
    assert text.endswith(".\n\n| b | 5 |\n| c | 6 |\n")
