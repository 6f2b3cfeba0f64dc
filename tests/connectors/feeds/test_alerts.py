"""Alerts: CAP documents of five countries, what is in force among them, and how a feed leads to them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.feeds import Alerts, Feed
from connectors.replica.replica import LoadRefused
from models.sources.findings import Finding, FindingKind
from sample.city import SIZES
from sample.emergencies import alerts as sample_alerts
from tests.connectors.feeds.feeding import Row, file_of, loaded, replica_of
from tests.connectors.web import Asked, said, served

COLUMNS = sample_alerts.COLUMNS
KEYS = ("identifier", "headline", "sent")
FEED = Feed(Alerts())


def cap(
    identifier: str,
    *,
    kind: str = "Alert",
    references: str = "",
    status: str = "Actual",
    scope: str = "Public",
    sent: str = "2026-11-20T08:00:00+07:00",
    infos: str = "",
) -> str:
    return (
        f'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>{identifier}</identifier>'
        f"<sender>bpbd</sender><sent>{sent}</sent><status>{status}</status><msgType>{kind}</msgType>"
        f"<scope>{scope}</scope><references>{references}</references>{infos}</alert>"
    )


def info(language: str | None, headline: str) -> str:
    stated = f"<language>{language}</language>" if language else ""
    return f"<info>{stated}<category>Met</category><category>Geo</category><headline>{headline}</headline></info>"


def atom(*alerts: str) -> bytes:
    """A feed that holds its alerts."""
    entries = "".join(f'<entry><content type="text/xml">{alert}</content></entry>' for alert in alerts)
    return f'<feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>'.encode()


async def in_force(folder: Path, *alerts: str, kind: Alerts | None = None) -> list[str | None]:
    feed = replace(FEED, format=kind or Alerts())
    return [row["identifier"] for row in await loaded(feed, file_of(folder, atom(*alerts)), folder, *KEYS)]


# --- Real documents ---------------------------------------------------------------------------------------------------


async def read(shared_data: Path, folder: Path, name: str) -> Row:
    (row,) = await loaded(FEED, (shared_data / "cap" / name).as_uri(), folder, *COLUMNS)
    return row


@pytest.mark.parametrize(
    ("name", "identifier", "event", "headline"),
    [
        ("australia.cap", "tag:www.rfs.nsw.gov.au2011-10-06:40184", "Fire", "Yerong Creek Structure Fire"),
        ("canada.cap", "2.49.0.1.124.6bddbc91.2012", "thunderstorm", "severe thunderstorm watch"),
        (
            "earthquake.cap",
            "USGS-earthquakes-us2010apcd.6.20100831T000925.496Z",
            "Earthquake",
            "EQ 6.3 Neiafu, Tonga - PRELIMINARY REPORT",
        ),
        (
            "earthquake-iso8859-1.cap",
            "USGS-earthquakes-usB000D5T4.3947362.7.20121014T225304.360Z.0",
            "Earthquake",
            "EQ 4.6 Usulután, Usulután, El Salvador - PRELIMINARY REPORT",
        ),
        ("no_optional_fields.cap", "USGS-earthquakes-us2010apcd.6.20100831T000925.496Z", None, None),
        (
            "wcatwc-warning.cap",
            "PAAQ-2-lqw6d6",
            "Tsunami Warning",
            "The tsunami Warning continues in effect for the coastal areas",
        ),
    ],
)
async def test_alerts_of_other_countries(
    shared_data: Path, tmp_path: Path, name: str, identifier: str, event: str | None, headline: str | None
) -> None:
    row = await read(shared_data, tmp_path, name)
    assert (row["identifier"], row["event"]) == (identifier, event)
    assert row["headline"] == headline or (headline and (row["headline"] or "").startswith(headline))


async def test_everything_of_an_alert(shared_data: Path, tmp_path: Path) -> None:
    row = await read(shared_data, tmp_path, "weather.cap")
    assert {
        name: row[name] for name in ("sent", "status", "msg_type", "scope", "urgency", "severity", "certainty")
    } == {
        "sent": "2010-08-30T04:07:00-06:00",
        "status": "Actual",
        "msg_type": "Alert",
        "scope": "Public",
        "urgency": "Expected",
        "severity": "Severe",
        "certainty": "Possible",
    }
    assert (row["category"], row["geocode"]) == ("Met", "FIPS6=030049;UGC=MTZ014")
    assert (row["onset"], row["expires"]) == (None, "2010-08-30T12:00:00-06:00")
    areas = await read(shared_data, tmp_path, "canada.cap")
    assert (areas["area_desc"] or "").startswith("Windsor - Leamington - Essex County;Chatham-Kent - ")
    polygons = (areas["polygon"] or "").split(";")
    assert all(len(point.split(",")) == 2 for polygon in polygons for point in polygon.split(" "))
    assert polygons[0].startswith("42.3481,-82.9314 42.3363,-82.6937 ")


@pytest.mark.parametrize(("name", "links"), [("weather_index.atom", 2), ("ny_index.rss", 2)])
async def test_a_feed_that_leads_to_another_host_is_not_followed(
    shared_data: Path, tmp_path: Path, name: str, links: int
) -> None:
    found: list[Finding] = []
    url = (shared_data / "cap" / name).as_uri()
    replica = replica_of(FEED, url, tmp_path, *KEYS, found=found)
    assert await replica.refresh()
    assert [(finding.kind, finding.count) for finding in found] == [(FindingKind.UNSAFE_ADDRESS, links)]
    await replica.close()


# --- What is in force -------------------------------------------------------------------------------------------------


async def test_the_sample_city_s_alerts_are_those_that_count(tmp_path: Path) -> None:
    sample_alerts.DROP.write(tmp_path, SIZES["small"], 1)
    everyone = Alerts(statuses=("Actual", "Exercise", "Test"), scopes=("Public", "Restricted"))
    url = (tmp_path / sample_alerts.FEED).as_uri()
    rows = await loaded(Feed(everyone), url, tmp_path, *COLUMNS)
    expected = [dict(zip(COLUMNS, row, strict=True)) for row in sample_alerts.rows()]
    by_key = {row["identifier"]: row for row in rows}
    assert by_key == {row["identifier"]: row for row in expected}
    assert len(rows) == len(expected)
    public = await loaded(FEED, url, tmp_path, "identifier", "status", "scope")
    assert {(row["status"], row["scope"]) for row in public} == {("Actual", "Public")}


async def test_an_update_and_a_cancel_end_what_they_refer_to(tmp_path: Path) -> None:
    update = cap("u", kind="Update", references="bpbd,a,2026-11-20T08:00:00+07:00 bpbd,b,x")
    cancel = cap("c", kind="Cancel", references="bpbd,d,x")
    assert await in_force(tmp_path, cap("a"), cap("b"), cap("d"), cap("e"), update, cancel) == ["e", "u"]


async def test_an_exercise_ends_nothing(tmp_path: Path) -> None:
    cancel = cap("c", kind="Cancel", references="bpbd,a,x", status="Exercise")
    other = cap("o", kind="Cancel", references="someone,a,x")
    assert await in_force(tmp_path, cap("a"), cancel, other, cap("p", scope="Private")) == ["a"]
    stated = Alerts(statuses=("Exercise",), scopes=("Private",))
    assert await in_force(tmp_path, cap("x", status="Exercise", scope="Private"), cap("a"), kind=stated) == ["x"]


async def test_of_one_alert_the_last_that_was_sent_counts(tmp_path: Path) -> None:
    early = cap("a", infos=info("id", "dulu"))
    late = cap("a", sent="2026-11-20T02:00:00Z", infos=info("id", "kini"))
    rows = await loaded(FEED, file_of(tmp_path, atom(late, early)), tmp_path, *KEYS)
    assert [row["headline"] for row in rows] == ["kini"]


@pytest.mark.parametrize(
    ("languages", "headline"),
    [
        (("id-ID", "en-US"), "1"),
        (("en-GB", "id"), "2"),
        ((None, "fr"), "1"),
        (("fr", None), "2"),
        (("fr", "ENG"), "1"),
        (("idn", "ID"), "2"),
    ],
)
async def test_the_text_is_in_the_preferred_language(
    tmp_path: Path, languages: tuple[str | None, ...], headline: str
) -> None:
    infos = "".join(info(language, str(number)) for number, language in enumerate(languages, 1))
    (row,) = await loaded(FEED, file_of(tmp_path, cap("a", infos=infos).encode()), tmp_path, *KEYS, "category")
    assert (row["headline"], row["category"]) == (headline, "Met;Geo")


# --- How a feed leads to them -----------------------------------------------------------------------------------------


def index(*links: str) -> bytes:
    entries = "".join(
        f'<entry><link rel="self" href="/x"/><link type="application/cap+xml" href="{link}"/></entry>' for link in links
    )
    return said(f'<feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>', "application/atom+xml")


async def test_documents_on_the_same_host_are_fetched_a_few_at_once(tmp_path: Path) -> None:
    def say(asked: Asked) -> bytes:
        if asked.path == "/feed":
            return index(*(f"/cap/{number}" for number in range(20)))
        return said(cap(asked.path.rpartition("/")[2]), "application/cap+xml")

    async with served(say) as web:
        rows = await loaded(FEED, f"{web.url}/feed", tmp_path, *KEYS)
    assert sorted(int(row["identifier"] or "") for row in rows) == list(range(20))
    assert web.open_most == 4


async def test_a_broken_document_among_good_ones_is_left_out_and_found(tmp_path: Path) -> None:
    def say(asked: Asked) -> bytes:
        if asked.path == "/feed":
            return index("/cap/1", "/gone", "/half", "http://169.254.169.254/cap", "/html", "/none")
        good = cap("1").encode()
        pages = {
            "/cap/1": said(good, "application/cap+xml"),
            "/gone": said("", "text/plain", "404 Not Found"),
            "/half": said(good[:50], "application/xml"),
            "/html": said("<p>", "text/html"),
            "/none": said(cap("").encode(), "application/xml"),
        }
        return pages[asked.path]

    found: list[Finding] = []
    async with served(say) as web:
        replica = replica_of(FEED, f"{web.url}/feed", tmp_path, *KEYS, found=found)
        assert await replica.refresh()
        await replica.close()
    assert {finding.kind: finding.count for finding in found} == {
        FindingKind.UNREADABLE: 3,
        FindingKind.UNSAFE_ADDRESS: 1,
        FindingKind.MISSING_KEY: 1,
    }


async def test_an_alert_does_not_vanish_because_its_document_cannot_be_reached(tmp_path: Path) -> None:
    down = False

    def say(asked: Asked) -> bytes:
        if asked.path == "/feed":
            return index("/cap/1", "/cap/2")
        if down and asked.path == "/cap/2":
            return said("", "text/plain", "503 Service Unavailable")
        return said(cap(asked.path[-1]), "application/cap+xml")

    found: list[Finding] = []
    async with served(say) as web:
        replica = replica_of(FEED, f"{web.url}/feed", tmp_path, *KEYS, found=found)
        assert await replica.refresh()
        before = replica.state.copied_at
        down = True
        assert not await replica.refresh()
        assert (replica.state.copied_at, replica.state.reason) == (before, "status 503")
        await replica.close()
    assert [finding.kind for finding in found] == [FindingKind.UNREACHABLE]


async def test_a_feed_of_too_many_alerts_is_refused(tmp_path: Path) -> None:
    few = Feed(Alerts(documents_max=2))
    with pytest.raises(LoadRefused) as raised:
        await loaded(few, file_of(tmp_path, atom(cap("a"), cap("b"), cap("c"))), tmp_path, *KEYS)
    assert raised.value.kind is FindingKind.TOO_LARGE


async def test_links_of_a_file_stay_in_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "feed"
    folder.mkdir()
    (tmp_path / "secret.cap").write_text(cap("secret"))
    (folder / "a.cap").write_text(cap("a"))
    (folder / "linked.cap").symlink_to(tmp_path / "secret.cap")
    links = (
        "a.cap",
        "../secret.cap",
        "linked.cap",
        "//host/share.cap",
        "http://127.0.0.1/x",
        (tmp_path / "secret.cap").as_uri(),
    )
    entries = "".join(f'<entry><link href="{link}"/></entry>' for link in links)
    found: list[Finding] = []
    url = file_of(folder, f'<feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>'.encode())
    replica = replica_of(FEED, url, tmp_path / "copies", "identifier", found=found)
    assert await replica.refresh()
    await replica.close()
    assert [(finding.kind, finding.count) for finding in found] == [(FindingKind.UNSAFE_ADDRESS, 5)]
