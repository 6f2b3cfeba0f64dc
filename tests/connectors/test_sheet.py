"""A sheet says everything that is read, in both languages; nothing of a row is in it, and it loads nothing."""

from __future__ import annotations

import dataclasses
import re
import sqlite3
from contextlib import closing
from datetime import time, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import ClassVar

import pytest

from connectors.departments import PACKAGE
from connectors.http.client import bearer
from connectors.kinds import Opening
from connectors.load import LoadContract, QuietHours
from connectors.protocol import Connector
from connectors.replica.replica import Bounds
from connectors.rest import RestByKey
from connectors.sources import CityPackage, Source
from connectors.sql.grants import columns_read
from connectors.writing.protocol import Rung
from connectors.writing.statements import Write
from models.policy.decisions import Rule
from models.policy.viewer import Role
from models.records import PersonalClass
from models.sources.data_terms import SourceForm
from models.values.localized import Language
from onboarding.sheet import Ask, SourceSheet
from onboarding.sheet_pages import Teller, rendered
from onboarding.sheet_words import ASKS, CLASSES, REASONS, ROLES, RULES, RUNGS, WORDS, WRITES
from tests.connectors.sheets import BOTH, sheet, write_complaints
from tests.connectors.writing.wishes import NUMBERED, WISHES, WISHES_RESOURCE

KEPT = "t.hapus IN ('T')"
HAS_KEY = "CASE WHEN (typeof(t.id_pengaduan) = 'integer') THEN t.id_pengaduan END IS NOT NULL"
GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("complaints")
    write_complaints(made)
    return made


@pytest.fixture(scope="module")
def complaints(folder: Path) -> SourceSheet:
    return sheet("complaints", f"sqlite:///{(folder / 'complaints.db').as_posix()}")


# --- Exactly ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", BOTH)
def test_the_sheet_of_complaints(complaints: SourceSheet, language: Language, update_golden: bool) -> None:
    file = GOLDEN / f"sheet.{language.value}.md"
    text = rendered(complaints, language, "md")
    if update_golden:
        file.write_text(text, encoding="utf-8", newline="\n")
    assert text == file.read_text(encoding="utf-8")


def test_every_column_that_is_read_stands_in_the_sheet_with_a_reason() -> None:
    for source in PACKAGE.sources:
        for record in sheet(source.name, None).records:
            told = {(table, use.column) for table, uses in record.tables for use in uses}
            assert told == columns_read(record.mapping)
            assert [use for _, uses in record.tables for use in uses if not use.field and use.reason is None] == []
            fields = {use.field for _, uses in record.tables for use in uses if use.field}
            # A field that the mapping computes of no column is read from none.
            assert fields <= record.mapping.columns.keys()


def test_statements_are_those_that_the_hub_sends(complaints: SourceSheet) -> None:
    record = next(record for record in complaints.records if record.name == "complaints")
    texts = {asked.ask: asked.statement.text for asked in record.statements}
    assert set(texts) == set(Ask)
    assert texts[Ask.COUNT] == f"SELECT count(*) AS c FROM tbl_pengaduan AS t WHERE {KEPT} AND {HAS_KEY}"
    assert texts[Ask.BY_KEY].endswith(
        f"FROM tbl_pengaduan AS t WHERE t.id_pengaduan = ? AND {KEPT} ORDER BY t.id_pengaduan ASC LIMIT 2"
    )
    assert f"WHERE t.kd_desa = ? AND {KEPT} AND {HAS_KEY} ORDER BY t.id_pengaduan ASC LIMIT 21" in texts[Ask.OF_PARENTS]


def test_a_source_that_is_not_connected_has_the_rights_of_both_servers_and_no_plans() -> None:
    made = sheet("complaints", None)
    assert (made.connected, made.dialects) == (False, ("postgresql", "mariadb"))
    text = rendered(made, Language.EN, "md")
    assert "CREATE USER simpul PASSWORD '<password>' CONNECTION LIMIT 4;" in text
    assert "CREATE USER 'simpul'@'<host of the hub>' IDENTIFIED BY '<password>' WITH MAX_USER_CONNECTIONS 4;" in text
    plans = re.findall(r"^Plan: (.+)$", text, re.MULTILINE)
    assert (len(plans), set(plans)) == (15, {"the source is not reached, so no plan"})


def test_the_rights_to_write_are_a_second_users_and_cover_every_statement() -> None:
    lines = rendered(sheet("complaints", None), Language.EN, "md").split("\n")
    inserted = "hapus, no_tiket, tgl_pengaduan, kd_kategori, isi_laporan, lat, lng, kd_desa, lokasi, publikasi, stts"
    step = "id_pengaduan, tgl_tanggapan, stts, tanggapan"
    assert "CREATE USER simpul_writer PASSWORD '<password>' CONNECTION LIMIT 4;" in lines
    assert f"GRANT SELECT (id_tanggapan, {step}), INSERT ({step}) ON tbl_tanggapan TO simpul_writer;" in lines
    assert (
        "GRANT SELECT (id_pengaduan, no_tiket, hapus, stts, kd_opd, publikasi), "
        f"INSERT ({inserted}, kd_opd, nik, sumber), UPDATE (stts, kd_opd, publikasi) "
        "ON <database>.tbl_pengaduan TO 'simpul_writer'@'<host of the hub>';" in lines
    )
    asked = "the server is asked what became of the transaction before."
    assert f"How surely it is done once: exactly once: {asked}" in lines
    doubt = "at most once; whatever is in doubt is looked at by a person."
    assert f"Tables without transactions, such as those of MyISAM: {doubt}" in lines


def test_a_marker_is_granted_as_a_table_of_its_own() -> None:
    source = dataclasses.replace(PACKAGE.source("complaints"), marker="simpul_kiriman")
    others = tuple(one for one in PACKAGE.sources if one.name != source.name)
    text = rendered(
        sheet("complaints", None, dataclasses.replace(PACKAGE, sources=(source, *others))), Language.EN, "md"
    )
    assert (
        "CREATE TABLE simpul_kiriman (delivery varchar(64) PRIMARY KEY, row_key varchar(64), written_at varchar(64));"
        "\n" in text
    )
    assert "GRANT SELECT, INSERT ON simpul_kiriman TO simpul_writer;\n" in text
    assert "How surely it is done once: exactly once, by a marker in the transaction of what is written.\n" in text


def test_a_service_is_told_the_requests_that_write() -> None:
    source = Source(WISHES.source, "diskominfo", "Wishes", kind=RestByKey((WISHES_RESOURCE,), sign_in=bearer()))
    package = CityPackage(PACKAGE.city, (source,), (WISHES,), writings=(NUMBERED,))
    text = rendered(sheet(source.name, None, package), Language.EN, "md")
    assert "writes nothing" not in text
    assert '\nPOST /wishes {"nomor": "?", "isi": "?", "tahap": "?", "pemilik": "?"}\n' in text
    assert "\nGET /wishes?nomor={key}\n" in text
    assert '\nPATCH /wishes/{key} {"tahap": "?"}\n' in text
    assert "How surely it is done once: the hub looks for it before it asks again.\n" in text
    assert "SQLite" not in text


def test_a_source_that_nobody_writes_to_says_nothing_of_writing() -> None:
    assert "What is written" not in rendered(sheet("areas", None), Language.EN, "md")
    assert "The hub reads the following. It writes nothing there.\n" in rendered(
        sheet("news_feed", None), Language.EN, "md"
    )


def test_a_source_that_is_away_says_why_there_is_no_plan() -> None:
    made = sheet("complaints", "postgresql://nobody@127.0.0.1:1/nothing")
    plans = re.findall(r"^Rencana: (.+)$", rendered(made, Language.ID, "md"), re.MULTILINE)
    assert plans[0] == (
        "tidak ada rencana: cannot be reached (nothing listens at this host and port (ConnectionRefusedError))"
    )
    assert {plan.partition(" (")[0] for plan in plans} == {"tidak ada rencana: cannot be reached"}


# --- Both languages ---------------------------------------------------------------------------------------------------


def test_there_are_words_for_all_that_can_be_said() -> None:
    assert (set(ROLES), set(CLASSES)) == (set(Role), set(PersonalClass))
    assert (set(ASKS), len(REASONS)) == (set(Ask), 4)
    assert (set(WRITES), set(RUNGS)) == (set(Write), set(Rung))
    assert {rule for role, rule in RULES if role is None} == set(Rule)
    assert [each.name for each in dataclasses.fields(LoadContract) if each.name not in WORDS] == []


def test_every_bound_of_a_load_contract_is_a_sentence() -> None:
    hours = (QuietHours(time(22), time(4)), QuietHours(time(12), time(13, 30)))
    load = LoadContract(1, 50, statements_per_second_max=2.5, quiet_hours=hours, scan_rows_max=1_000)
    said = Teller(Language.EN).load(load)
    assert len(said) == len(dataclasses.fields(LoadContract)) == 5
    assert "Quiet hours, local time, in which the system is not asked at all: 22:00 - 04:00, 12:00 - 13:30." in said
    assert "At most 2.5 statements in a second, for the whole hub." in said
    assert len(Teller(Language.ID).load(LoadContract())) == 3


def test_numbers_are_grouped_as_the_language_does(complaints: SourceSheet) -> None:
    assert "lebih dari 100.000 baris" in rendered(complaints, Language.ID, "md")
    assert "more than 100,000 rows" in rendered(complaints, Language.EN, "md")


# --- HTML -------------------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """Notes whether every element is closed in its turn, and what a page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)
        self.loads += [f"{tag} {name}" for name, _ in attrs if name in ("src", "href", "srcset", "data", "action")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data.split()


@pytest.mark.parametrize("language", BOTH)
def test_the_page_is_whole_and_stands_alone(complaints: SourceSheet, language: Language) -> None:
    text = rendered(complaints, language, "html")
    page = Page()
    page.feed(text)
    page.close()
    assert (page.open, page.loads) == ([], [])
    assert re.findall(r"https?:|//\w|url\(|@import|<script|<link|<img", text) == []
    assert text.startswith("<!doctype html>")
    assert f'<html lang="{language.value}">' in text
    assert "@page { size: A4;" in text


def test_the_page_says_what_the_markdown_says(complaints: SourceSheet) -> None:
    page = Page()
    page.feed(rendered(complaints, Language.EN, "html"))
    words = set(page.words)
    markdown = rendered(complaints, Language.EN, "md")
    said = set(re.sub(r"^```sql$|^#+ |^- |[`|]", " ", markdown, flags=re.MULTILINE).split())
    assert {word for word in said - words if word.strip("-")} == set()


def test_what_a_city_states_cannot_break_the_page() -> None:
    nasty = "<script>alert('x')</script> | **"
    source = dataclasses.replace(PACKAGE.source("news"), title=nasty)
    package = dataclasses.replace(
        PACKAGE, sources=tuple(source if one.name == "news" else one for one in PACKAGE.sources)
    )
    made = sheet("news", None, package)
    assert "<script" not in rendered(made, Language.EN, "html")


# --- No value ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["md", "html"])
def test_no_value_of_a_row_is_in_it(complaints: SourceSheet, folder: Path, form: str) -> None:
    with closing(sqlite3.connect(folder / "complaints.db")) as connection:
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        rows = connection.execute("SELECT nik, no_tiket, isi_laporan, lokasi, lat, nm_pelapor, telp FROM tbl_pengaduan")
        values = {str(value) for row in rows for value in row if value is not None and len(str(value)) > 5}
    assert len(values) > 10_000
    text = rendered(complaints, Language.EN, form)
    assert [value for value in values if value in text] == []


# --- Kinds ------------------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """A part of a kind that names files."""

    name: str
    pattern: str


@dataclasses.dataclass(frozen=True, slots=True)
class Drops:
    """A kind that is no database."""

    form: ClassVar[SourceForm] = SourceForm.FILES
    tables: tuple[Table, ...]
    address_path: str
    bounds: Bounds

    def connector(self, opening: Opening) -> Connector:
        raise NotImplementedError


def test_a_source_that_is_no_database_has_places_instead_of_rights() -> None:
    kind = Drops((Table("harga", "harga-*.xlsx|*.csv"),), "/v1/beds", Bounds(refresh_every=timedelta(minutes=5)))
    source = dataclasses.replace(PACKAGE.source("news"), kind=kind)
    package = dataclasses.replace(
        PACKAGE, sources=tuple(source if one.name == "news" else one for one in PACKAGE.sources)
    )
    made = sheet("news", None, package)
    assert made.kind_facts == (("pattern", "harga-*.xlsx|*.csv"), ("address_path", "/v1/beds"))
    text = rendered(made, Language.EN, "md")
    assert "- pattern: `harga-*.xlsx|*.csv`" in text
    assert "The address or folder that HUB_SOURCE_NEWS_URL names." in text
    assert (
        "- news_articles: the words of headline, article_section, body_text, which everybody may see, are kept" in text
    )
    assert "made again every 300 seconds, of at most 200,000 rows" in text
    assert "GRANT" not in text
    assert "SELECT" not in text
