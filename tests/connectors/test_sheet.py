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
from connectors.kinds import Opening
from connectors.load import LoadContract, QuietHours
from connectors.protocol import Connector
from connectors.replica import Bounds
from connectors.sheet import Ask, SourceSheet
from connectors.sheet_pages import Teller, rendered
from connectors.sheet_words import ASKS, CLASSES, REASONS, ROLES, RULES, WORDS
from connectors.sql.grants import columns_read
from models import descriptions
from models.data_terms import SourceForm
from models.localized import Language
from models.policy import Rule
from models.records import PersonalClass
from models.viewer import Role
from tests.connectors.sheets import BOTH, sheet, write_complaints

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
    assert texts[Ask.COUNT] == "SELECT count(*) AS c FROM tbl_pengaduan AS t WHERE t.hapus IN ('T')"
    assert texts[Ask.BY_KEY].endswith(
        "FROM tbl_pengaduan AS t WHERE t.id_pengaduan = ? AND t.hapus IN ('T') ORDER BY t.id_pengaduan ASC LIMIT 2"
    )
    assert "WHERE t.kd_desa = ? AND t.hapus IN ('T') ORDER BY t.id_pengaduan ASC LIMIT 21" in texts[Ask.OF_PARENTS]


def test_a_source_that_is_not_connected_has_the_rights_of_both_servers_and_no_plans() -> None:
    made = sheet("complaints", None)
    assert (made.connected, made.dialects) == (False, ("postgresql", "mariadb"))
    text = rendered(made, Language.EN, "md")
    assert "CREATE USER simpul PASSWORD '<password>' CONNECTION LIMIT 4;" in text
    assert "CREATE USER 'simpul'@'<host of the hub>' IDENTIFIED BY '<password>' WITH MAX_USER_CONNECTIONS 4;" in text
    plans = re.findall(r"^Plan: (.+)$", text, re.MULTILINE)
    assert (len(plans), set(plans)) == (15, {"the source is not reached, so no plan"})


def test_a_source_that_is_away_says_why_there_is_no_plan() -> None:
    made = sheet("complaints", "postgresql://nobody@127.0.0.1:1/nothing")
    plans = re.findall(r"^Rencana: (.+)$", rendered(made, Language.ID, "md"), re.MULTILINE)
    assert plans[0] == "tidak ada rencana: cannot be reached (ConnectionRefusedError)"
    assert {plan.partition(" (")[0] for plan in plans} == {"tidak ada rencana: cannot be reached"}


# --- Both languages ---------------------------------------------------------------------------------------------------


def test_every_word_is_in_both_languages_with_the_same_gaps() -> None:
    for key, words in WORDS.items():
        assert words.id.strip(), key
        assert words.en.strip(), key
        assert sorted(re.findall(r"{\w+}", words.id)) == sorted(re.findall(r"{\w+}", words.en)), key


def test_there_are_words_for_all_that_can_be_said() -> None:
    assert (set(ROLES), set(CLASSES)) == (set(Role), set(PersonalClass))
    assert (set(ASKS), len(REASONS)) == (set(Ask), 4)
    assert {rule for role, rule in RULES if role is None} == set(Rule)
    assert [each.name for each in dataclasses.fields(LoadContract) if each.name not in WORDS] == []


def test_every_record_and_field_of_the_city_is_told_in_indonesian() -> None:
    told = [
        words
        for mapping in PACKAGE.mappings
        for words in (
            descriptions.of_record(mapping.record),
            *map(descriptions.of_field, mapping.record.fields.values()),
        )
    ]
    assert sorted({words.en for words in told if words.en not in descriptions.INDONESIAN}) == []


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
