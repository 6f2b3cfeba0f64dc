"""One thing, one number and one age: pages, views and the graph say the same of the whole city, and what SQL says."""

from __future__ import annotations

import asyncio
import csv
import io
import re
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from models.values.localized import Language
from resolvers.aggregates.statistics import rounded
from sample.admissions import schools
from sample.city import SIZES
from sample.hospitals import beds_feed
from store.documents import register as register_documents
from store.views import View, register
from tests.api.hub import Running, running, whole_city
from tests.api.kept import Clock
from tests.api.pages.test_liveroom import rows_of, text_of
from tests.migrated import migrated
from tests.small_city import small_city

OPEN = "stts IN ('0', 'Menunggu', 'Proses', 'PROSES')"
COMPLAINTS = "FROM tbl_pengaduan WHERE hapus = 'T' AND publikasi IN ('Publik', 'Anonim')"
LATEST = "(SELECT status FROM dp_statusizin s WHERE s.izin_id = i.izin_id ORDER BY id DESC LIMIT 1)"
POSTINGS = "FROM informasi_lowongans WHERE verifikasi = '1' AND deleted_at IS NULL"


class Thing(NamedTuple):
    """Something that many places count: as list and groups of the graph, on the city's page, and in SQL."""

    many: str
    groups: str
    filter: str
    section: str
    file: str
    sql: str


THINGS = {
    "open complaints": Thing(
        "complaints", "complaintGroups(by: [AREA], first: 1000", "status: {eq: OPEN}", "Open complaints",
        "complaints", f"SELECT count(*) {COMPLAINTS} AND {OPEN}",
    ),
    "hospitals": Thing(
        "hospitals", "hospitalGroups(by: [AREA], first: 1000", "", "Hospitals and clinics",
        "hospitals", "SELECT count(*) FROM m_rumahsakit",
    ),
    "open jobs": Thing(
        "jobPostings", "jobPostingGroups(by: [AREA], first: 1000", "status: {eq: OPEN}", "Open jobs",
        "jobs", f"SELECT count(*) {POSTINGS} AND status_lowongan IN ('Dibuka', 'buka', '1')",
    ),
    "licences in force": Thing(
        "licenses", "licenseGroups(by: [AREA], first: 1000", "status: {eq: ACTIVE}", "Licences in force",
        "licenses", f"SELECT count(*) FROM dp_izin i WHERE {LATEST} IN ('TERBIT', 'AKTIF')",
    ),
    "schools": Thing(
        "schools", "schoolGroups(by: [AREA], first: 1000", "", "Schools",
        "", str(len(schools.cases(SIZES["small"]))),
    ),
}  # fmt: skip
PARTS = """{
  groups { key { %s } count } totals { count }
}"""
BEDS = """query Beds($freshness: [Freshness!]) {
  bedAvailabilityGroups(by: [CARE_CLASS], freshness: $freshness) {
    groups { key { careClass } count staleCount available { sum } }
    totals { count staleCount }
  }
}"""
BY_AREA = """query ByArea {
  complaintGroups(by: [AREA], filter: {status: {eq: OPEN}}, first: 1000) {
    groups { key { areaCode area { name } } count }
    totals { count }
  }
}"""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_city(tmp_path_factory.mktemp("figures"))


@pytest.fixture(scope="module")
async def whole(city: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """A hub of all subjects, with a view of beds, one of young reports alone and one of complaints by area."""
    own = tmp_path_factory.mktemp("own")
    database = await asyncio.to_thread(migrated, own / "hub.db")
    with whole_city(city, database, own) as environ:
        async with running(environ) as started:
            documents = {"beds-1": BEDS, "areas-1": BY_AREA}
            told = started.hub.database, lambda: datetime(2026, 5, 1, tzinfo=UTC)
            await register_documents(told[0], "app", documents, told[1])
            fresh = {"freshness": ["FRESH"]}
            for name, document, given in (("beds", "beds-1", {}), ("fresh", "beds-1", fresh), ("areas", "areas-1", {})):
                await register(told[0], View(name, document, given, Language.EN, every_s=3_600), told[1])
            await started.hub.views.follow(started.hub.database)
            yield started


def counted(city: Path, thing: Thing) -> int:
    return int(asked(city, thing.file, thing.sql)[0][0]) if thing.file else int(thing.sql)


def asked(city: Path, file: str, sql: str) -> list[Any]:
    with closing(sqlite3.connect(f"{(city / file).as_uri()}.db?mode=ro", uri=True)) as source:
        return source.execute(sql).fetchall()


def number_of(text: str) -> int:
    return int(text.replace(",", ""))


def headline(text: str) -> int:
    found = re.search(r'<p class="headline"><strong>([\d,]+)</strong>', text)
    assert found is not None
    return number_of(found[1])


# --- One number -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", THINGS)
async def test_the_city_has_one_number_of_a_thing(whole: Running, city: Path, name: str) -> None:
    """Where its area is not known it is a part of its own: in groups, in a view and on the city's page."""
    thing = THINGS[name]
    truth = counted(city, thing)
    where = f"filter: {{{thing.filter}}}"
    key = "area { code }"
    body = (await whole.ask(
        f"""{{ all: {thing.many}(first: 0, {where}) {{ totalCount }}
               area(code: "36.71") {{ {thing.many}(first: 0, {where}) {{ totalCount }} }}
               groups: {thing.groups}, {where}) {PARTS % key} }}"""
    )).json()  # fmt: skip
    assert "errors" not in body
    groups = body["data"]["groups"]
    parts = [(group["key"]["area"], group["count"]) for group in groups["groups"]]
    unknown = sum(count for area, count in parts if area is None)
    known = body["data"]["area"][thing.many]["totalCount"]
    assert body["data"]["all"]["totalCount"] == groups["totals"]["count"] == sum(count for _, count in parts) == truth
    assert known + unknown == truth
    assert (unknown > 0) is (name != "open jobs")
    page = await text_of(whole, "/areas/36.71")
    section = page.partition(f'>{thing.section} <span class="badge">')[2].partition("</section>")[0]
    assert section.startswith(f"{truth:,}</span>")
    assert (f"{unknown} of them where the area is not known." in section) is (unknown > 0)


async def test_a_view_by_area_adds_up_to_the_city(whole: Running, city: Path) -> None:
    table = list(csv.DictReader(io.StringIO((await whole.client.get("/views/areas.csv")).text)))
    assert sum(int(row["count"]) for row in table) == counted(city, THINGS["open complaints"])
    assert [int(row["count"]) for row in table if not row["key.areaCode"]] != []


@pytest.mark.parametrize("language", ["en", "id"])
async def test_what_a_panel_draws_adds_up_to_its_number(whole: Running, city: Path, language: str) -> None:
    """By its bars and by its table, and it is the number of the briefing."""
    briefing = await text_of(whole, "/briefing")
    others = {"en": "others", "id": "lainnya"}[language]
    for name, title in (("complaints", "Open complaints"), ("jobs", "Open jobs"), ("licenses", "Licences in progress")):
        text = (await text_of(whole, f"/liveroom/panels/{name}", language)).replace(".", ",")
        rows = rows_of(text)
        drawn = re.findall(r'data-value="(\d+)"', text)
        total = headline(text)
        assert total == sum(number_of(row[-1]) for row in rows) == sum(map(int, drawn)), name
        assert total > 5
        assert (rows[-1][0] == others) is (name == "complaints")
        stand = briefing.partition(f'<th scope="row">{title}</th>')[2]
        assert number_of(stand.partition("<strong>")[2].partition("</strong>")[0]) == total
    truth = counted(city, THINGS["open complaints"])
    drawn_map = await text_of(whole, "/liveroom/panels/map")
    assert truth == headline(drawn_map) == sum(number_of(row[-1]) for row in rows_of(drawn_map))
    assert rows_of(drawn_map)[-1][0] == "area not known"


async def test_an_application_in_progress_is_what_the_panel_of_those_draws(whole: Running) -> None:
    statuses = [row[0] for row in rows_of(await text_of(whole, "/liveroom/panels/licenses"))]
    assert sorted(statuses) == ["In review", "Returned", "Submitted"]


async def test_admissions_are_as_many_as_there_are(whole: Running, city: Path) -> None:
    truth = rounded(asked(city, "admissions", "SELECT count(*) FROM tbl_siswa WHERE enabled = 1")[0][0])
    body = (await whole.ask("{ admissionApplicationStatistics(by: [STATUS]) { total cells { count } } }")).json()
    told = body["data"]["admissionApplicationStatistics"]
    assert told["total"] == headline(await text_of(whole, "/liveroom/panels/admissions")) == truth
    assert sum(cell["count"] for cell in told["cells"]) != truth, "or this is no test"


def day_in(text: str) -> date | None:
    """The day of a report, unless its text is broken."""
    found = re.fullmatch(r"(\d\d)-(\d\d)-(\d{4}) ([01]\d|2[0-3]):[0-5]\d", text)
    try:
        return date(int(found[3]), int(found[2]), int(found[1])) if found is not None else None
    except ValueError:
        return None


async def test_thirty_days_are_thirty_dates(whole: Running, city: Path) -> None:
    texts = [text for (text,) in asked(city, "complaints", f"SELECT tgl_pengaduan {COMPLAINTS}")]
    days = [day for text in texts if (day := day_in(text or "")) is not None]
    last = max(day for day in days if day <= datetime.now(UTC).date())
    text = await text_of(whole, "/liveroom/panels/responses")
    span = [day for day in days if last - timedelta(days=29) <= day <= last]
    assert sum(number_of(row[1]) for row in rows_of(text)) == len(span)
    assert last - timedelta(days=30) in days
    assert f"Latest data: {last.day} {last:%b %Y}" in text


# --- One age ----------------------------------------------------------------------------------------------------------


def oldest_bed() -> datetime:
    return min(one.as_of for one in beds_feed.truth() if one.as_of is not None)


async def test_beds_that_are_weeks_old_are_so_everywhere(whole: Running) -> None:
    """In the answer, in both forms of the view and its headers, on the panel and on the briefing."""
    answer = await whole.ask(BEDS)
    assert datetime.fromisoformat(answer.json()["extensions"]["asOf"]) == oldest_bed()
    assert answer.headers["cache-control"] == "no-store"
    view = await whole.client.get("/views/beds.json")
    told = view.json()["extensions"]["view"]
    assert (told["state"], datetime.fromisoformat(told["asOf"])) == ("STALE", oldest_bed())
    table = await whole.client.get("/views/beds.csv")
    assert (table.headers["hub-view-state"], table.headers["hub-view-as-of"]) == ("STALE", told["asOf"])
    assert {one.headers["cache-control"] for one in (view, table)} == {"public, max-age=0, stale-while-revalidate=0"}
    assert datetime.fromisoformat(table.headers["hub-view-read-at"]) > datetime.now(UTC) - timedelta(minutes=5)
    totals = view.json()["data"]["bedAvailabilityGroups"]["totals"]
    dated = [one.as_of for one in beds_feed.truth() if one.as_of is not None]
    assert totals == {"count": len(beds_feed.truth()), "staleCount": len(dated)}
    panel = await text_of(whole, "/liveroom/panels/beds")
    assert f"{len(dated)} of {totals['count']} reports are older than agreed" in panel
    assert '<span class="badge is-stale">old data</span>' in panel
    day = oldest_bed().astimezone(whole.hub.package.city.time_zone)
    assert f'<span class="age">as of {day.day} {day:%b, %H:%M} WIB</span>' in panel
    line = next(row for row in rows_of(await text_of(whole, "/briefing")) if row[0] == "Beds in hospitals")
    assert line[-1] == f"as of {day.day} {day:%b, %H:%M} WIB old data"


def promised(text: str) -> Sequence[str]:
    main = text.partition("<main")[2].partition("</main>")[0]
    return re.findall(r"agreed: not older than ([\w ]+?)\s*<", main)


async def test_status_promises_what_the_developers_page_does(whole: Running) -> None:
    status = await text_of(whole, "/status")
    laksa = status.partition("<dt>LAKSA</dt>")[2].partition("<dt>")[0]
    page = unescape((await whole.client.get("/developers/data/Complaint", headers={"accept-language": "en"})).text)
    assert list(promised(f"<main{laksa}</main>")) == ["1 minute"]
    assert "1 minute" in page
    beds = status.partition("<dt>Aplicares Dinkes</dt>")[2].partition("<dt>")[0]
    assert "data is stale" in beds


async def test_a_source_says_in_the_graph_how_it_is_and_how_young(whole: Running) -> None:
    await text_of(whole, "/status")
    body = (await whole.ask("{ departments { sources { name state stateLabel asOf } } }")).json()
    assert "errors" not in body
    sources = {one["name"]: one for department in body["data"]["departments"] for one in department["sources"]}
    beds = sources["beds"]
    assert (beds["state"], beds["stateLabel"]) == ("OK", "OK")
    newest = max(one.as_of for one in beds_feed.truth() if one.as_of is not None)
    assert datetime.fromisoformat(beds["asOf"]) == newest
    shown = newest.astimezone(whole.hub.package.city.time_zone)
    status = await text_of(whole, "/status")
    assert f"newest data: {shown.day} {shown:%b %Y, %H:%M} WIB" in status.partition("<dt>Aplicares Dinkes</dt>")[2]
    assert sources["citizens"]["asOf"] is None, "what is personal is not read for a page"
    assert timedelta(0) <= datetime.now(UTC) - datetime.fromisoformat(sources["complaints"]["asOf"])


async def test_a_department_that_is_down_has_no_last_day(city: Path, tmp_path: Path) -> None:
    database = await asyncio.to_thread(migrated, tmp_path / "hub.db")
    with whole_city(city, database, tmp_path, HUB_MOCK="complaints: down; emergencies: down") as environ:
        async with running(environ) as hub:
            for name in ("responses", "emergencies"):
                text = await text_of(hub, f"/liveroom/panels/{name}")
                assert "not available" in text
                assert "Latest data" not in text, name
            assert "Latest data" in await text_of(hub, "/liveroom/panels/prices")


# --- At other times: last, since what was read stays read -------------------------------------------------------------


async def test_a_view_of_young_reports_alone_is_fresh(whole: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """At a time at which some reports are young, which the view then shows until the first of them no longer is."""
    newest = max(one.as_of for one in beds_feed.truth() if one.as_of is not None)
    now, fresh_for = newest + timedelta(minutes=1), timedelta(minutes=15)
    young = [one.as_of for one in beds_feed.truth() if one.as_of is not None and now - one.as_of <= fresh_for]
    services = whole.hub.operations.services
    monkeypatch.setattr(services.records.reader, "clock", lambda: now)
    monkeypatch.setattr(services.records.reader, "cache", None)
    request = type(whole.hub.operations).request

    def at_that_time(*given: Any) -> Any:
        made = request(*given)
        object.__setattr__(made, "now", now)
        return made

    monkeypatch.setattr(type(whole.hub.operations), "request", at_that_time)
    monkeypatch.setattr(whole.hub.responses, "clock", clock := Clock())
    warm = whole.hub.views.named("fresh")
    assert warm is not None
    await whole.hub.views.refresh(warm)
    view = (await whole.client.get("/views/fresh.json")).json()
    assert view["extensions"]["view"]["state"] == "FRESH"
    assert datetime.fromisoformat(view["extensions"]["view"]["asOf"]) == min(young)
    totals = {"count": len(young), "staleCount": 0}
    assert view["data"]["bedAvailabilityGroups"]["totals"] == totals
    assert 0 < len(young) < len(beds_feed.truth())
    clock.now_s += (fresh_for - (now - min(young))).total_seconds()
    assert (await whole.client.get("/views/fresh.json")).json()["extensions"]["view"]["state"] == "STALE"


async def test_a_view_is_as_old_as_its_rows_and_not_as_what_they_name(
    whole: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names of areas are kept for a day, while the counts are new each minute."""
    reader = whole.hub.operations.services.records.reader
    warm = whole.hub.views.named("areas")
    assert warm is not None
    assert reader.cache is not None
    moments = []
    for minutes in (0, 2, 4):
        now = datetime.now(UTC) + timedelta(minutes=minutes)
        monkeypatch.setattr(reader, "clock", lambda now=now: now)
        monkeypatch.setattr(reader.cache, "now", lambda now=now: now)
        await whole.hub.views.refresh(warm)
        table = await whole.client.get("/views/areas.csv")
        assert table.headers["hub-view-state"] == "FRESH"
        age = now - datetime.fromisoformat(table.headers["hub-view-as-of"])
        assert timedelta(0) <= age + timedelta(seconds=1) <= timedelta(minutes=1)
        moments.append(table.headers["hub-view-as-of"])
    assert len(set(moments)) == 3
