"""What drafts of the hostile schemas are worth: wrong tables, fields from people, and lines changed by hand."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from connectors.departments.city import TANGERANG
from connectors.sources import CityPackage
from models.records import KEY, PersonalClass
from onboarding.drafting.drafter import Draft
from onboarding.drafting.fits import Confidence
from onboarding.drafting.matching import Match
from tests.onboarding.drafting.estates import module_of
from tests.onboarding.drafting.test_drafts import code_lines
from tests.onboarding.hostile import health, held_out, reports, trade
from tests.onboarding.hostile.suite import Hostile

MAPPINGS = Path(__file__).parent / "mappings"
CHANGED_LINES_MAX = 40

SUITE = (
    health.doctors_beside, health.settings_table, health.room_rows, health.no_hospital,
    reports.village_register, reports.replies_within, reports.tempting_joins, reports.flat_export, reports.names_alike,
    trade.accounts_as_markets, trade.price_pivot, trade.codes_in_comments, trade.years_as_areas, trade.staff_only,
    held_out.care_directory, held_out.traders, held_out.threads, held_out.job_board,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Result:
    """What a draft of a schema is worth. `wrong` are records with a table that is not theirs, `missing` without one."""

    hostile: Hostile
    wrong: tuple[str, ...]
    wrong_high: tuple[str, ...]
    missing: tuple[str, ...]
    from_people: tuple[str, ...]
    changed: int


def finished(hostile: Hostile) -> Path:
    return MAPPINGS / f"{hostile.name}.py"


def changed_lines(draft: str, right: str) -> int:
    """How many lines of code a diff between a draft and the finished mapping adds and removes."""
    lines = difflib.unified_diff(code_lines(draft), code_lines(right), lineterm="", n=0)
    return sum(line[:1] in "+-" and line[:3] not in ("+++", "---") for line in lines)


def base_of(match: Match, draft: Draft) -> str | None:
    """The table of the database that a record was drafted from, perhaps by way of a select."""
    table = match.table
    if table is None:
        return None
    return table.name if table.table.derived is None else draft.bases[table.name]


def result_of(hostile: Hostile, draft: Draft) -> Result:
    tables = {match.record.name: base_of(match, draft) for match in draft.matches}
    sure = {match.record.name for match in draft.matches if match.standing.confidence is Confidence.HIGH}
    wrong = [f"{name} from {table}" for name, table in tables.items() if table and hostile.right.get(name) != table]
    people = [
        f"{match.record.name}.{name} from {looks.column.table}.{looks.column.name}"
        for match in draft.matches
        for name, fit in match.fits.items()
        if name == KEY or match.record.fields[name].personal is PersonalClass.NON_PERSONAL
        for looks in fit.candidate.columns
        if f"{draft.bases.get(looks.column.table, looks.column.table)}.{looks.column.name}" in hostile.people
    ]
    return Result(
        hostile,
        tuple(wrong),
        tuple(one for one in wrong if one.partition(" ")[0] in sure),
        tuple(name for name in hostile.right if tables.get(name) is None),
        tuple(people),
        changed_lines(draft.text, finished(hostile).read_text(encoding="utf-8")),
    )


def imported(draft: Draft, folder: Path) -> CityPackage:
    """The city with what a draft says, as it starts."""
    path = folder / "drafted.py"
    path.write_text(draft.text, encoding="utf-8")
    return CityPackage.of(TANGERANG, module_of(path).SUBJECT)


def table_of(results: Sequence[Result]) -> str:
    """The results as a table for the docs."""
    head = (
        "schema", "trap", "language", "engine", "subject", "wrong tables", "at high", "from people", "missing",
        "changed lines",
    )  # fmt: skip
    rows = [
        (
            f"`{one.hostile.name}`{' ¹' if one.hostile.held_out else ''}", one.hostile.trap, one.hostile.language,
            one.hostile.engine, one.hostile.subject, len(one.wrong), len(one.wrong_high), len(one.from_people),
            len(one.missing), one.changed,
        )
        for one in results
    ]  # fmt: skip
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in (head, *rows)]
    return "\n".join([lines[0], "|" + " --- |" * len(head), *lines[1:]])


def median_of(results: Sequence[Result]) -> float:
    """The median of the changed lines of the schemas that have something to draft."""
    return median(one.changed for one in results if one.hostile.right)
