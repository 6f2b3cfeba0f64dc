"""Drafts of the sample city's own sources: they agree with its mapping files but for what is named here."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from connectors.departments import PACKAGE
from connectors.departments.city import TANGERANG
from connectors.mapping import MappedColumn
from onboarding.drafting.drafter import draft
from onboarding.drafting.mapping_file import Heading
from onboarding.drafting.reading import Limits
from sample import areas
from sample.citizens import source as citizens
from sample.city import SEED, SIZES
from sample.complaints import source as complaints
from sample.hospitals import source as hospitals
from sample.jobs import source as jobs
from sample.licenses import source as licenses
from sample.news import source as news
from sample.shapes import Source
from sample.write import _into_file, say_nothing
from tests.onboarding.drafting.estates import module_of

SOURCES = (
    areas.SOURCE,
    citizens.SOURCE,
    complaints.SOURCE,
    hospitals.SOURCE,
    jobs.SOURCE,
    licenses.SOURCE,
    news.SOURCE,
)
PERSONAL_COLUMNS = re.compile(
    r"nik|nama$|izin_nama|nm_pelapor|telp|telepon|email|isi_laporan|lokasi|npwp|no_kk|surat|ktp|no_ident"
)

# What somebody has to do by hand: by record, the fields that are read otherwise.
BY_HAND = {
    # Beds are counted from rooms.
    "bed_availability": {"id", "capacity", "available"},
    # Two categories were entered twice.
    "complaints": {"category_code"},
    "job_applications": {"applicant_name"},
    "job_postings": {"location", "verification"},
    # What became of a license and of an application is the latest step of a history.
    "license_applications": {"status", "area_bps_code"},
    "licenses": {"status", "holder_name"},
    # The names of people are published by whom they work for, and never by a draft.
    "practitioner_schedules": {"practitioner_name"},
    # Where the files of pictures lie, no table says.
    "news_articles": {"image"},
}
# What says that a row is alive comes from its own table; steps of deleted complaints are hidden by hand.
ALIVE_BY_HAND = {"bed_availability", "complaint_categories", "complaint_status_changes", "job_postings"}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city")
    for source in SOURCES:
        _into_file(folder / f"{source.name}.db", source, SIZES["small"], SEED, say_nothing)
    return folder


async def drafted(city: Path, source: Source) -> tuple[str, str]:
    heading = Heading(source.name, source.name, "diskominfo", True, "connectors.departments.city", "TANGERANG")
    url = f"sqlite:///{(city / source.name).as_posix()}.db"
    made = await draft(url, heading, TANGERANG, Limits(), lambda *_: None)
    return made.text, "\n".join(made.summary)


def reads_alike(here: MappedColumn, there: MappedColumn | None) -> bool:
    """Whether a field is read from the same columns by the same kind of decoder."""
    return there is not None and (here.legacy, type(here.decoder)) == (there.legacy, type(there.decoder))


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
async def test_a_draft_is_nearly_what_stands_there(city: Path, tmp_path: Path, source: Source) -> None:
    path = tmp_path / f"{source.name}.py"
    path.write_text((await drafted(city, source))[0], encoding="utf-8")
    found = {mapping.record.name: mapping for mapping in module_of(path).SUBJECT.mappings}
    of_source = [mapping for mapping in PACKAGE.mappings if mapping.source == source.name]
    known = [mapping for mapping in of_source if mapping.record.measures is None]
    assert found.keys() >= {mapping.record.name for mapping in known}
    for mapping in known:
        mine = found[mapping.record.name].columns
        other = {name for name, column in mapping.columns.items() if not reads_alike(column, mine.get(name))}
        assert other == BY_HAND.get(mapping.record.name, set()), mapping.record.name
        same_rows = set(found[mapping.record.name].conditions_alive) == set(mapping.conditions_alive)
        assert same_rows is (mapping.record.name not in ALIVE_BY_HAND), mapping.record.name


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
async def test_nobody_is_in_a_draft(city: Path, source: Source) -> None:
    said = "\n".join(await drafted(city, source))
    cells: set[str] = set()
    with closing(sqlite3.connect(city / f"{source.name}.db")) as connection:
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            for name in filter(PERSONAL_COLUMNS.search, names):
                cells |= {str(row[0]) for row in connection.execute(f"SELECT DISTINCT {name} FROM {table}")}
    secrets = {cell for cell in cells if len(cell) > 4 and cell != "tidak ada"}
    assert {secret for secret in secrets if secret in said} == set()
