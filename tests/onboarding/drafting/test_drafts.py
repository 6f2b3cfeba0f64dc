"""Drafts of five databases that no city of ours has: beside each stands the mapping file that is right, by hand."""

from __future__ import annotations

import difflib
import io
import re
import subprocess
import sys
import tokenize
from dataclasses import dataclass
from pathlib import Path

import pytest

from connectors.departments.city import TANGERANG
from connectors.sources import CityPackage
from onboarding.drafting.drafter import Draft
from settings import ROOT
from tests.onboarding.drafting import clinics, clipper, desk, permits, vacancies
from tests.onboarding.drafting.estates import MAPPINGS, Estate, drafted, mapping_file, module_of, read, write

SHARE_BY_HAND_MAX = 1 / 3
CONFIDENCE = re.compile(r" {8}# (?:high|medium|low): \w")


@dataclass(frozen=True)
class Case:
    """An estate that is written somewhere, and what was drafted of it."""

    estate: Estate
    url: str
    draft: Draft


ESTATES = {"desk": desk, "clipper": clipper, "clinics": clinics, "vacancies": vacancies, "permits": permits}
SERVERS = {"desk": "postgres_url", "clinics": "mariadb_url", "vacancies": "mariadb_url", "permits": "mariadb_url"}
"""The permits were written when the drafting was finished, and nothing was changed to fit them."""


@pytest.fixture(scope="module", params=ESTATES)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    name = str(request.param)
    estate = ESTATES[name].estate()
    if name in SERVERS:
        url = request.getfixturevalue(SERVERS[name])
    else:
        url = f"sqlite:///{(tmp_path_factory.mktemp('estate') / name).as_posix()}.db"
    write(estate, url)
    return Case(estate, url, drafted(estate, url))


def code_lines(text: str) -> list[str]:
    """The lines of a file that are code: without comments, blank lines and what its first lines say of it."""
    lines = text.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, at = token.start
            lines[row - 1] = lines[row - 1][:at]
    start = next(number for number, line in enumerate(lines) if line.startswith("from __future__"))
    return [line.rstrip() for line in lines[start:] if line.strip()]


def changes_by_hand(draft: str, right: str) -> tuple[int, int]:
    """How many lines somebody changes, removes or adds to make a draft right, and how many lines it has."""
    before, after = code_lines(draft), code_lines(right)
    blocks = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return sum(max(e1 - s1, e2 - s2) for kind, s1, e1, s2, e2 in blocks if kind != "equal"), len(before)


def test_the_right_mapping_reads_the_truth(case: Case) -> None:
    module = module_of(MAPPINGS / f"{case.estate.name}.py")
    assert read(module.SUBJECT.mappings, case.url) == case.estate.truth


def test_at_most_a_third_of_the_lines_are_changed_by_hand(case: Case) -> None:
    changed, lines = changes_by_hand(case.draft.text, mapping_file(case.estate.name))
    print(f"{case.estate.name}: {changed} of {lines} lines change by hand, {changed / lines:.1%}")  # noqa: T201  # the share is asked for
    assert changed / lines <= SHARE_BY_HAND_MAX


def test_what_is_counted_as_changed_by_hand() -> None:
    draft = '"""A."""\n\nfrom __future__ import annotations\n\n# a guess\nA = 1\nB = 2  # another\nC = "# none"\n'
    right = '"""B."""\n\nfrom __future__ import annotations\n\nA = 1\nB = 3\nC = "# none"\nD = 4\n'
    assert changes_by_hand(draft, right) == (2, 4)
    assert changes_by_hand(draft, draft) == (0, 4)
    assert changes_by_hand(right, draft) == (2, 5)


def test_no_value_of_a_person_is_in_the_draft(case: Case) -> None:
    said = case.draft.text + "\n".join(case.draft.summary)
    assert len(case.estate.secrets) > 10
    assert {secret for secret in case.estate.secrets if secret in said} == set()


def test_a_draft_is_a_mapping_file_of_the_house(case: Case, tmp_path: Path) -> None:
    path = tmp_path / f"{case.estate.name}.py"
    path.write_text(case.draft.text, encoding="utf-8")
    for arguments in (("format", "--check"), ("check", "--select", "E501,F,I")):
        config = str(ROOT / "pyproject.toml")
        ended = subprocess.run(
            [sys.executable, "-m", "ruff", *arguments, "--no-cache", "--config", config, str(path)],
            capture_output=True, encoding="utf-8", check=False, timeout=30, cwd=ROOT,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stdout + ended.stderr
    subject = module_of(path).SUBJECT
    package = CityPackage.of(TANGERANG, subject)
    assert [mapping.record.name for mapping in package.mappings] == list(case.estate.truth)


# What a draft reads otherwise than it is, before anybody has changed a line.
BY_HAND: dict[str, set[tuple[str, str]]] = {
    # Codes that do not tell.
    "desk": {("complaint_status_changes", "status_detail"), ("complaints", "status_detail")},
    "clipper": set(),
    # The names of people are not published by a draft.
    "clinics": {("practitioner_schedules", "practitioner_name")},
    # A range in two columns, of which one was found; an unusual word.
    "vacancies": {("job_applications", "status"), ("job_postings", "base_salary")},
    # `Diterima Loket`, handed in at the counter, was taken for accepted.
    "permits": {("license_applications", "status")},
}


WITH_DEAD_OWNERS = {("desk", "complaint_status_changes")}
"""What says that a row is alive is of its own table: steps of deleted complaints are read, and a comment says so."""


def test_what_a_draft_reads_as_it_is(case: Case, tmp_path: Path) -> None:
    path = tmp_path / f"{case.estate.name}.py"
    path.write_text(case.draft.text, encoding="utf-8")
    found = read(module_of(path).SUBJECT.mappings, case.url)
    for name, rows in case.estate.truth.items():
        more = found[name].keys() - rows.keys()
        assert found[name].keys() >= rows.keys()
        assert bool(more) is ((case.estate.name, name) in WITH_DEAD_OWNERS)
    wrong = {
        (record, field)
        for record, rows in case.estate.truth.items()
        for key, row in rows.items()
        for field, value in row.items()
        if found[record][key].get(field) != value
    }
    assert wrong == BY_HAND[case.estate.name]


def test_what_sorts_the_same_is_said_where_it_does(case: Case, tmp_path: Path) -> None:
    path = tmp_path / f"{case.estate.name}.py"
    path.write_text(case.draft.text, encoding="utf-8")

    def sorts(of: Path) -> dict[tuple[str, str], str]:
        columns = [
            (mapping.record.name, *one) for mapping in module_of(of).SUBJECT.mappings for one in mapping.columns.items()
        ]
        return {(record, name): mapped.sorts_as for record, name, mapped in columns if mapped.sorts_as is not None}

    right = sorts(MAPPINGS / f"{case.estate.name}.py")
    assert len(right) >= (case.estate.name != "clinics")
    assert sorts(path) == right


def test_each_guess_has_its_evidence_and_a_confidence(case: Case) -> None:
    lines = case.draft.text.splitlines()
    guesses = [at for at, line in enumerate(lines) if line.startswith('        "') and ": column(" in line]
    assert len(guesses) >= 20
    for at in guesses:
        above = at - 1
        while lines[above].startswith("        # ") and not CONFIDENCE.match(lines[above]):
            above -= 1
        assert CONFIDENCE.match(lines[above]), lines[at]
