"""What a draft lacks: it says so first, with what that costs, and leaves out what would not import."""

from __future__ import annotations

from pathlib import Path

import pytest

from onboarding.drafting import mapping_file
from onboarding.drafting.drafter import Draft
from tests.onboarding.hostile import health, reports, trade
from tests.onboarding.hostile.results import imported
from tests.onboarding.hostile.suite import Hostile, drafted, write


def made(hostile: Hostile, folder: Path) -> Draft:
    url = f"sqlite:///{(folder / 'missing.db').as_posix()}"
    write(hostile, url)
    return drafted(hostile, url)


def said(draft: Draft) -> str:
    """The first words of the file, on one line."""
    return " ".join(draft.text.split('"""')[1].split())


def test_a_draft_says_first_what_is_missing_and_what_that_costs(tmp_path: Path) -> None:
    draft = made(reports.flat_export(), tmp_path)
    text = said(draft)
    assert "- complaint_status_changes not found: whoever asks for them is told that nothing is connected" in text
    assert "- complaints: publication not found: nobody but officers will see a row" in text
    assert "- complaints: reporter_nik not found: nobody sees rows of their own" in text
    assert "- complaints: department_code not found: every row counts as one that the source's own department" in text
    assert "- complaints: area_code not found: no row is in an area" in text
    assert "- complaints: ticket_number not found: null in every row" in text
    assert text.index("publication not found") < text.index("ticket_number not found")
    summary = " ".join(" ".join(draft.summary).split())
    assert summary.startswith("complaint_status_changes not found: ")
    assert "complaints: publication not found: nobody but officers will see a row" in summary


def test_a_draft_names_three_tables_that_were_looked_at_and_why_they_are_none(tmp_path: Path) -> None:
    draft = made(health.no_hospital(), tmp_path)
    text = draft.text.replace("\n# ", " ")
    (line,) = [line for line in text.splitlines() if " TODO hospitals " in line]
    assert (
        "no table found; looked at: m_dokter: it holds people (its name, names with titles, private phones); " in line
    )
    assert line.endswith("m_obat: it has 2 of 9 fields; m_ambulans: it has 2 of 9 fields")
    assert "hospitals - no table found; looked at: m_dokter: it holds people" in " ".join(
        " ".join(draft.summary).split()
    )


def test_what_is_of_people_is_named_for_who_may_publish_it(tmp_path: Path) -> None:
    text = " ".join(made(health.doctors_beside(), tmp_path).text.replace("\n        # ", " ").split())
    assert "dokter.nm_dokter holds people's data: it is mapped by hand, with publishes= and the reason" in text


def test_a_mapping_that_does_not_import_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapping_file, "_dotted", lambda table, column: f"{table}.c.{column}")
    draft = made(reports.names_alike(), tmp_path)
    assert [mapping.record.name for mapping in imported(draft, tmp_path).mappings] == ["complaint_categories"]
    assert "looked at: tbl_report: its mapping does not import (SyntaxError)" in draft.text.replace("\n# ", " ")
    assert "complaints not found" in said(draft)


def test_money_that_is_exact_is_an_amount_and_a_year_is_no_area(tmp_path: Path) -> None:
    text = made(trade.years_as_areas(), tmp_path).text
    assert '"fee": column("fee", decoder=amount(TANGERANG.currency, "{}", digits_max=12))' in text
    assert "area_plan_year" not in text
