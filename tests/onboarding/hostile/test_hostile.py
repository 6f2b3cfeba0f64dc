"""Drafts of hostile schemas: nothing public from people, no wrong table, and few lines to change by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connectors.departments.city import TANGERANG
from onboarding.drafting.drafter import Draft, draft
from onboarding.drafting.mapping_file import Heading
from onboarding.drafting.reading import Limits
from settings import ROOT
from tests import servers
from tests.onboarding.drafting.estates import module_of, read
from tests.onboarding.hostile.large import SYSTEMS
from tests.onboarding.hostile.results import (
    CHANGED_LINES_MAX,
    SUITE,
    Result,
    finished,
    imported,
    median_of,
    result_of,
    table_of,
)
from tests.onboarding.hostile.suite import ENGINES, Hostile, drafted, write, write_tables

PAGE = ROOT / "docs" / "onboarding-results.md"
ON_ITS_ENGINE = [(make, None) for make in SUITE]
ELSEWHERE = [
    pytest.param(make, engine, marks=pytest.mark.slow)
    for make in SUITE
    for engine in ENGINES
    if engine != make().engine
]


@pytest.fixture(scope="module")
def databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Iterator[str]]:
    """Empty databases of an engine, one after the other."""

    def of(engine: str) -> Iterator[str]:
        if engine == "sqlite":
            yield f"sqlite:///{(tmp_path_factory.mktemp('hostile') / 'hostile.db').as_posix()}"
        elif engine == "postgresql":
            with servers.postgres_database(request.getfixturevalue("postgres_server")) as url:
                yield url
        else:
            with servers.mariadb_database(request.getfixturevalue("mariadb_server")) as url:
                yield url

    return of


@pytest.fixture(scope="module")
def results(databases: Callable[[str], Iterator[str]]) -> list[tuple[Result, Draft]]:
    """Every schema on its engine, drafted; the finished mapping of each reads the truth."""
    found: list[tuple[Result, Draft]] = []
    for make in SUITE:
        hostile = make()
        for url in databases(hostile.engine):
            write(hostile, url)
            made = drafted(hostile, url)
            assert read(module_of(finished(hostile)).SUBJECT.mappings, url) == hostile.truth, hostile.name
            found.append((result_of(hostile, made), made))
    return found


def test_nothing_public_is_drafted_from_people(results: list[tuple[Result, Draft]]) -> None:
    assert {one.hostile.name: one.from_people for one, _ in results if one.from_people} == {}


def test_no_table_is_wrong(results: list[tuple[Result, Draft]]) -> None:
    assert {one.hostile.name: one.wrong_high for one, _ in results if one.wrong_high} == {}
    assert {one.hostile.name: one.wrong for one, _ in results if one.wrong} == {}


def test_each_draft_imports_and_maps_what_is_there(results: list[tuple[Result, Draft]], tmp_path: Path) -> None:
    for one, made in results:
        mapped = {mapping.record.name for mapping in imported(made, tmp_path).mappings}
        assert mapped == {match.record.name for match in made.matches if match.table is not None}
        assert mapped == set(one.hostile.right) - set(one.missing)


def test_few_lines_are_changed_by_hand(results: list[tuple[Result, Draft]]) -> None:
    assert median_of([one for one, _ in results]) <= CHANGED_LINES_MAX


def test_the_page_has_these_results(results: list[tuple[Result, Draft]]) -> None:
    found = [one for one, _ in results]
    print(table_of(found))  # noqa: T201  # what the page has to say
    page = PAGE.read_text(encoding="utf-8")
    assert table_of(found) in page
    assert f"The median is {median_of(found):g} changed lines" in page


def test_no_value_of_a_person_is_in_a_draft(results: list[tuple[Result, Draft]]) -> None:
    for one, made in results:
        said = made.text + "\n".join(made.summary)
        cells = {
            str(cell)
            for name, table in one.hostile.tables.items()
            for row in table.rows
            for column, cell in zip(table.columns, row, strict=True)
            if f"{name}.{column.rpartition(' ')[0]}" in one.hostile.people
        }
        assert {cell for cell in cells if len(cell) > 4 and cell in said} == set()


@pytest.mark.parametrize(("make", "engine"), ELSEWHERE)
def test_other_engines_say_the_same(
    make: Callable[[], Hostile], engine: str, databases: Callable[[str], Iterator[str]], tmp_path: Path
) -> None:
    hostile = make()
    for url in databases(engine):
        write(hostile, url)
        made = drafted(hostile, url)
        result = result_of(hostile, made)
        assert (result.wrong_high, result.from_people) == ((), ())
        imported(made, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("system", "subject", "tables"),
    [
        ("office", "complaints", {"m_jenis_aduan", "t_aduan", "t_aduan_riwayat"}),
        ("exchange", "prices", {"daily_prices", "commodities", "markets"}),
    ],
)
def test_the_right_tables_are_found_among_more_than_fifty(
    system: str, subject: str, tables: set[str], tmp_path: Path
) -> None:
    url = f"sqlite:///{(tmp_path / 'large.db').as_posix()}"
    asyncio.run(write_tables(SYSTEMS[system](), url))
    heading = Heading(subject, system, "diskominfo", True, "connectors.departments.city", "TANGERANG")
    made = asyncio.run(draft(url, heading, TANGERANG, Limits(), lambda *_: None))
    assert {match.table.name for match in made.matches if match.table is not None} == tables
    own = [fit for match in made.matches for fit in match.fits.values() if fit.name in ("at", "requested_at", "day")]
    assert all(fit.candidate.link is None for fit in own)
