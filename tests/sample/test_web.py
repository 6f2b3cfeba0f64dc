"""The sample city's web: read as the hub reads it, it gives back the truth, value for value."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from connectors.criteria import Order, ParentKeys
from connectors.departments import alerts as alerts_department
from connectors.departments import beds as beds_department
from connectors.departments import events as events_department
from connectors.departments import news as news_department
from connectors.feeds import Alerts, Calendar, Feed
from connectors.http.access import HttpAccess
from connectors.kinds import SourceKind
from connectors.mapping import Mapping
from connectors.reading import Reading, clean
from connectors.replica.replica import Replica
from models.batch import Origin, ServedFrom
from models.hospitals import CareClass
from models.predicates import is_in
from models.sources.findings import FindingKind
from sample import web
from sample.city import SIZES, WIB
from sample.emergencies import alerts
from sample.events import source as events
from sample.hospitals import beds_feed
from sample.news import feed as news_feed
from tests.connectors.reading import read
from tests.connectors.web import opening

SIZE, SEED = SIZES["small"], 5
HOST = "sample.invalid"
NOW = datetime(2026, 11, 20, tzinfo=UTC)
DROPS = (alerts.DROP, beds_feed.DROP, events.DROP, news_feed.DROP)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the web's files lie."""
    made = tmp_path_factory.mktemp("web")
    for drop in DROPS:
        (made / drop.name).mkdir()
        drop.write(made / drop.name, SIZE, SEED)
    return made


@pytest.fixture
async def client(folder: Path) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(web.app(folder))
    async with httpx2.AsyncClient(transport=transport, base_url=f"http://{HOST}") as found:
        yield found


async def given(kind: SourceKind | None, path: str, mapping: Mapping, folder: Path, copies: Path) -> Reading:
    """Everything that the hub makes of a part of the web."""
    assert kind is not None
    access = HttpAccess(transports={HOST: httpx2.ASGITransport(web.app(folder))})
    replica = kind.connector(opening(f"http://{HOST}{path}", copies, mapping, access=access))
    assert isinstance(replica, Replica)
    try:
        assert await replica.refresh(), replica.state.reason
        names = tuple(mapping.columns)
        rows = await read(replica, mapping, names, order=(Order("id"),), rows_max=10_000)
        return clean(mapping, names, rows, Origin(mapping.source, "dinkes", NOW, ServedFrom.REPLICA, mapping.fresh_for))
    finally:
        await replica.close()


def rows_of(reading: Reading, *names: str) -> list[tuple[object, ...]]:
    return list(zip(*(reading.batch.columns[name] for name in names), strict=True))


# --- Beds -------------------------------------------------------------------------------------------------------------


async def test_beds_are_the_truth(folder: Path, tmp_path: Path) -> None:
    kind = beds_department.SOURCE.kind
    reading = await given(kind, web.BEDS_PATH, beds_department.BEDS, folder, tmp_path)
    truth = beds_feed.truth(SEED)
    found = rows_of(reading, "id", "hospital_id", "capacity", "available")
    assert found == sorted(
        (f"{one.hospital_code}-{one.care_class}", one.hospital_code, one.capacity, one.available) for one in truth
    )
    classes = {str(key): getattr(known, "name", None) for key, known in rows_of(reading, "id", "care_class")}
    assert classes == {f"{one.hospital_code}-{one.care_class}": one.care_class for one in truth}
    assert reading.batch.as_of is not None
    ages = dict(zip((key for key, *_ in found), reading.batch.as_of, strict=True))
    assert ages == {f"{one.hospital_code}-{one.care_class}": one.as_of for one in truth}
    lost = {name: sum(getattr(one, name) is None for one in truth) for name in ("capacity", "available")}
    assert all(lost.values())
    flaws = {finding.field: finding.count for finding in reading.findings if finding.kind is FindingKind.UNDECODABLE}
    assert flaws == lost


async def test_beds_of_a_hospital_are_read_as_those_of_rooms_are(folder: Path, tmp_path: Path) -> None:
    mapping, kind = beds_department.BEDS, beds_department.SOURCE.kind
    assert kind is not None
    access = HttpAccess(transports={HOST: httpx2.ASGITransport(web.app(folder))})
    replica = kind.connector(opening(f"http://{HOST}{web.BEDS_PATH}", tmp_path, mapping, access=access))
    assert isinstance(replica, Replica)
    assert await replica.refresh()
    codes = sorted({one.hospital_code for one in beds_feed.truth(SEED)})
    parents = ParentKeys("hospital_id", tuple((code,) for code in codes))
    rows = await read(replica, mapping, ("id", "hospital_id"), is_in("care_class", CareClass.VIP), parents=parents)
    expected = [one.hospital_code for one in beds_feed.truth(SEED) if one.care_class == "VIP"]
    assert list(rows.columns["koders"]) == [codes[at] for at in rows.parents] == expected
    assert list(rows.columns["kd_tempat_tidur"]) == [f"{code}-VIP" for code in expected]
    assert rows.copied_at is not None
    await replica.close()


def test_some_beds_are_stale_and_some_of_unknown_age() -> None:
    ages = [one.as_of for one in beds_feed.truth(SEED)]
    clock = datetime(2026, 11, 20, tzinfo=WIB)
    assert any(age is None for age in ages)
    assert any(age is not None and clock - age > timedelta(days=1) for age in ages)
    assert any(age is not None and clock - age < timedelta(minutes=15) for age in ages)


async def test_the_bed_service_speaks_as_aplicares_does(client: httpx2.AsyncClient) -> None:
    answer = (await client.get("/aplicares/rest/bed/read/1/5000")).json()
    total = answer["metadata"].pop("totalitems")
    assert answer["metadata"] == {"code": 1, "message": "OK"}
    assert len(answer["response"]["list"]) == web.PAGE_ITEMS_MAX < total == len(list(beds_feed.reports(SEED)))
    first = answer["response"]["list"][0]
    assert {"kodekelas", "koderuang", "namaruang", "kapasitas", "tersedia", "tersediapria", "tersediawanita"} < set(
        first
    )
    one = (await client.get(f"/aplicares/rest/bed/read/{first['kodeppk']}/2/1")).json()
    assert [item["rownumber"] for item in one["response"]["list"]] == [2]
    assert {item["kodeppk"] for item in one["response"]["list"]} == {first["kodeppk"]}
    assert 1 < one["metadata"]["totalitems"] < total


# --- Feeds ------------------------------------------------------------------------------------------------------------


async def test_news_is_the_truth(folder: Path, tmp_path: Path) -> None:
    kind = news_department.FEED.kind
    reading = await given(kind, "/feeds/news.rss", news_department.ARTICLES_BY_FEED, folder, tmp_path)
    names = ("id", "headline", "article_section", "body_html", "body_text", "date_published", "image")
    truth = sorted(news_feed.truth(SIZE, SEED), key=lambda one: one.id)
    assert len(truth) == news_feed.ARTICLES_MAX
    for found, one in zip(rows_of(reading, *names), truth, strict=True):
        assert found == one[:7]


async def test_alerts_and_events_are_what_their_files_say(folder: Path, tmp_path: Path) -> None:
    everyone = Feed(Alerts(statuses=("Actual", "Exercise", "Test"), scopes=("Public", "Restricted")))
    found = await given(everyone, "/feeds/alerts.atom", alerts_department.ALERTS, folder, tmp_path)
    assert sorted(map(str, found.batch.columns["id"])) == sorted(one.id for one in alerts.truth())
    zone = events_department.SOURCE.kind
    assert isinstance(zone, Feed)
    assert isinstance(zone.format, Calendar)
    calendar = Feed(zone.format, clock=lambda: NOW)
    found = await given(calendar, "/feeds/events.ics", events_department.EVENTS, folder, tmp_path)
    assert sorted(map(str, found.batch.columns["id"])) == sorted(case.truth.id for case in events.generate(SIZE, SEED))


@pytest.mark.parametrize(
    "path",
    [
        "/", "/feeds/", "/feeds/x.rss", "/feeds/..%2Fbeds%2Ftempat_tidur.json", "/feeds/9999.cap", "/feeds/.cap",
        "/aplicares/rest/bed/read/a/b", "/aplicares/rest/bed/read/1",
    ],
)  # fmt: skip
async def test_there_is_nothing_else(client: httpx2.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


async def test_what_was_not_written_is_not_found(tmp_path: Path) -> None:
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(web.app(tmp_path)), base_url=f"http://{HOST}"
    ) as found:
        for path in ("/feeds/news.rss", "/aplicares/rest/bed/read/1/5"):
            assert (await found.get(path)).status_code == 404


def test_the_same_seed_gives_the_same_web(folder: Path, tmp_path: Path) -> None:
    for drop in (beds_feed.DROP, news_feed.DROP):
        drop.write(tmp_path, SIZE, SEED)
    for name, file in (("beds", beds_feed.FILE), ("news_feed", news_feed.FILE)):
        assert (tmp_path / file).read_bytes() == (folder / name / file).read_bytes()
