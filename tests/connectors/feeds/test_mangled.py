"""Mangled documents: whatever is done to one, it is read or refused, and nothing else ever comes of it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from connectors.feeds import Alerts, Calendar
from connectors.feeds.alerts import _alerts_in, _links
from connectors.feeds.formats import Document, Entry, row_of
from connectors.feeds.news import COLUMNS, entries_of
from connectors.feeds.xml_tree import tree
from connectors.http.access import UnusableAnswer
from connectors.http.client import Validators
from connectors.rest.documents import Fields, items_at, parsed
from sample.city import SIZES
from sample.emergencies import alerts as sample_alerts
from sample.emergencies.alert_texts import MESSAGES
from sample.events.source import calendar
from sample.news import feed as news_feed

TIMES = 150
NOW = datetime(2026, 11, 20, tzinfo=UTC)
SCRAPS = (
    b"\0", b"\xff", b";", b":", b",", b"0", b"9" * 20, b"-", b"\r\n", b"\r\n ", b"BEGIN:VEVENT\r\n", b"END:VEVENT\r\n",
    b"TZID=", b"FREQ=DAILY", b"VALUE=DATE", b"<", b">", b"&", b"&#0;", b"&#xD800;", b"]]>", b'"', b"'", b"{", b"[",
    b"null", b"1e999", b"\\ud800", b"<![CDATA[", b"<!--", b"T", b"Z",
)  # fmt: skip

SERIES = {
    "UID": "u",
    "DTSTART;TZID=Asia/Jakarta": "20261103T080000",
    "DTEND;TZID=Asia/Jakarta": "20261103T110000",
    "RRULE": "FREQ=WEEKLY;BYDAY=TU;UNTIL=20261229T010000Z",
    "EXDATE;TZID=Asia/Jakarta": "20261110T080000",
    "RDATE;VALUE=PERIOD": "20261120T080000Z/PT1H",
    "CATEGORIES": "a,b",
    "GEO": "1;2",
    'ORGANIZER;CN="A"': "mailto:x",
}
MOVED = {"UID": "u", "RECURRENCE-ID;TZID=Asia/Jakarta": "20261117T080000", "DTSTART": "20261118T130000Z"}
DAYS = {"UID": "v", "DTSTART;VALUE=DATE": "20261101", "RRULE": "FREQ=MONTHLY;COUNT=4;BYMONTHDAY=1", "DURATION": "P1D"}
JSON_FEED = (
    b'{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"7","title":"A","content_html":"<p>x</p>",'
    b'"date_published":"2026-11-20T08:30:00+07:00","tags":["x"],"authors":[{"name":"H"}]}]}'
)


def stored(entries: Iterable[Entry], *columns: str) -> None:
    """What can be written into a replica: every text, as bytes."""
    for entry in entries:
        "".join(text or "" for text in row_of(entry, columns)).encode()


def as_calendar(body: bytes) -> None:
    entries = Calendar(ZoneInfo("Asia/Jakarta")).entries(body, NOW, Counter())
    stored(entries, "uid", "summary", "dtstart", "dtend", "geo", "categories", "organizer")


def as_news(body: bytes) -> None:
    stored(entries_of(Document(body, "", Validators())), *COLUMNS)


def as_alerts(body: bytes) -> None:
    root = tree(body)
    _links(root)
    stored(Alerts().entries(_alerts_in(root), Counter()), *sample_alerts.COLUMNS)


def as_listing(body: bytes) -> None:
    fields = Fields([("id", True), ("title", False), ("tags", False)], {})
    "".join(str(value) for item in items_at(parsed(body), "items") for value in fields.row(item)).encode()


WHOLE: dict[str, tuple[Callable[[bytes], None], bytes]] = {
    "calendar": (as_calendar, calendar([SERIES, MOVED, DAYS])),
    "rss": (as_news, news_feed.feed(news_feed.cases(SIZES["small"], 7))[:3_000] + b"</channel></rss>"),
    "json feed": (as_news, JSON_FEED),
    "cap": (as_alerts, sample_alerts.document(MESSAGES[0])),
    "listing": (as_listing, JSON_FEED),
}


def mangled(draw: random.Random, whole: bytes) -> bytes:
    body = bytearray(whole)
    for _ in range(draw.choice((1, 1, 2, 3, 6))):
        at, other = draw.randrange(len(body)), draw.randrange(len(body))
        do = draw.randrange(4)
        if do == 0:
            del body[at : at + draw.randrange(1, 12)]
        elif do == 1:
            body[at:at] = draw.choice(SCRAPS)
        elif do == 2:
            body[at] = draw.randrange(256)
        else:
            body[at:at] = body[other : other + draw.randrange(1, 60)]
    return bytes(body)


@pytest.mark.parametrize("name", WHOLE)
def test_it_is_read_or_refused(name: str) -> None:
    read, whole = WHOLE[name]
    read(whole)
    draw = random.Random(f"mangled {name}")
    outcomes: Counter[bool] = Counter()
    for _ in range(TIMES):
        body = mangled(draw, whole)
        try:
            read(body)
            outcomes[True] += 1
        except UnusableAnswer:
            outcomes[False] += 1
    assert outcomes.keys() == {True, False}


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("calendar", b"BEGIN:VCALENDAR\r\nBEGIN:VTIMEONE\r\nTZID:x\r\nEND:VTIMEZONE\r\nEND:VCALENDAR"),
        ("rss", b"<rss version='2.0'><channel><item><guid>1</guid><title>a&#xD800;b</title></item></channel></rss>"),
        ("rss", b"<rss version='2.0'><channel><item><title>&#xD800;</title></item></channel></rss>\xe9"),
    ],
)
def test_what_libraries_trip_over_is_refused(name: str, body: bytes) -> None:
    with pytest.raises(UnusableAnswer):
        WHOLE[name][0](body)
