"""News: RSS, Atom and JSON Feed as portals write them, mistakes included."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from connectors.feeds import Feed, News
from connectors.feeds.formats import Document
from connectors.feeds.news import COLUMNS, entries_of
from connectors.http.access import UnusableAnswer
from connectors.http.client import Validators
from tests.connectors.feeds.feeding import file_of, loaded
from tests.connectors.web import said, served

Row = dict[str, str | None]


def read(body: str | bytes, content_type: str = "") -> list[Row]:
    body = body.encode() if isinstance(body, str) else body
    return [dict(entry) for entry in entries_of(Document(body, content_type, Validators()))]


def rss(*items: str, head: str = '<?xml version="1.0" encoding="utf-8"?>') -> str:
    names = (
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"'
    )
    texts = "".join(f"<item>{item}</item>" for item in items)
    return f'{head}<rss version="2.0" {names}><channel><title>Berita</title>{texts}</channel></rss>'


def test_rss() -> None:
    (entry,) = read(
        rss(
            '<title>Pasar &amp; taman</title><link>https://a.example/7</link><guid isPermaLink="false">7</guid>'
            "<description>Ringkas</description><content:encoded><![CDATA[<p>Isi <b>tebal</b></p><script>x</script>]]>"
            "</content:encoded><pubDate>Fri, 20 Nov 2026 08:30:00 +0700</pubDate><dc:creator>Humas</dc:creator>"
            "<category>Ekonomi</category><category>Budaya</category>"
            '<enclosure url="https://a.example/f.mp3" type="audio/mpeg"/>'
            '<enclosure url="https://a.example/f.jpg" type="image/jpeg"/>'
        )
    )
    assert entry == {
        "id": "7",
        "title": "Pasar & taman",
        "summary": "Ringkas",
        "content": "<p>Isi <b>tebal</b></p><script>x</script>",
        "link": "https://a.example/7",
        "published": "2026-11-20T08:30:00+07:00",
        "updated": None,
        "author": "Humas",
        "categories": "Ekonomi;Budaya",
        "image": "https://a.example/f.jpg",
    }


def test_atom() -> None:
    (entry,) = read(
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><id>urn:7</id>'
        '<title type="html">A &amp;amp; B</title>'
        '<link href="https://a.example/7"/><published>2026-11-20T01:30:00Z</published>'
        '<updated>2026-11-21T08:00:00.5+07:00</updated><content type="html">&lt;p&gt;Isi&lt;/p&gt;</content>'
        '<author><name>Humas</name></author><category term="Budaya"/></entry></feed>'
    )
    assert (entry["id"], entry["title"], entry["content"]) == ("urn:7", "A &amp; B", "<p>Isi</p>")
    assert (entry["published"], entry["updated"]) == ("2026-11-20T01:30:00+00:00", "2026-11-21T08:00:00+07:00")
    assert (entry["author"], entry["categories"], entry["link"]) == ("Humas", "Budaya", "https://a.example/7")


def test_json_feed() -> None:
    items = [
        {"id": "7", "title": "A", "content_html": "<p>Isi</p>", "date_published": "2026-11-20T08:30:00+07:00",
         "tags": ["x", "y", 3], "authors": [{"name": "Humas"}], "image": "https://a.example/f.jpg", "url": "https://a.example/7"},
        {"id": "8", "content_text": "1 < 2"},
    ]  # fmt: skip
    first, second = read(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}))
    assert (first["content"], first["categories"], first["author"]) == ("<p>Isi</p>", "x;y;3", "Humas")
    assert (first["published"], first["image"]) == ("2026-11-20T08:30:00+07:00", "https://a.example/f.jpg")
    assert (second["id"], second["content"]) == ("8", "1 &lt; 2")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Fri, 20 Nov 2026 08:30:00 +0700", "2026-11-20T08:30:00+07:00"),
        ("Fri, 20 Nov 2026 08:30:00 WIB", "2026-11-20T08:30:00+07:00"),
        ("Fri, 20 Nov 2026 08:30:00 WIT", "2026-11-20T08:30:00+09:00"),
        ("Fri, 20 Nov 2026 01:30:00 GMT", "2026-11-20T01:30:00+00:00"),
        ("2026-11-20T08:30:00+07:00", "2026-11-20T08:30:00+07:00"),
        ("Fri, 20 Nov 2026 08:30:00", "Fri, 20 Nov 2026 08:30:00"),
        ("Fri, 20 Nov 2026 08:30:00 XYZ", "Fri, 20 Nov 2026 08:30:00 XYZ"),
        ("2026-11-20 08:30", "2026-11-20 08:30"),
        ("Jumat, 20 November 2026", "Jumat, 20 November 2026"),
        ("", None),
    ],
)
def test_a_time_keeps_its_offset_and_is_never_given_one(written: str, shown: str | None) -> None:
    (entry,) = read(rss(f"<guid>1</guid><pubDate>{written}</pubDate>"))
    assert entry["published"] == shown


def test_the_link_stands_in_for_a_missing_id_and_each_article_comes_once() -> None:
    item = "<title>a</title><link>https://a.example/1</link>"
    assert [entry["id"] for entry in read(rss(item, item, "<guid>2</guid>", "<title>x</title>"))] == [
        "https://a.example/1",
        "2",
        None,
    ]


def test_mistakes_of_portals_are_read_all_the_same() -> None:
    sloppy = rss("<guid>1</guid><title>Pasar & taman &nbsp;kota</title>", "<guid>2</guid><title>b</title>")
    assert [entry["id"] for entry in read(sloppy)] == ["1", "2"]
    assert (read(sloppy)[0]["title"] or "").startswith("Pasar & taman")
    latin = rss("<guid>1</guid><title>café</title>", head='<?xml version="1.0" encoding="iso-8859-1"?>')
    assert read(latin.encode("latin-1"))[0]["title"] == "café"
    assert read(rss("<guid>1</guid><title>café</title>").encode("cp1252"))[0]["title"] == "café"
    assert read(rss("<guid>1</guid><title>café</title>", head="").encode("utf-16"))[0]["title"] == "café"
    old = '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">'
    assert [entry["id"] for entry in read(rss("<guid>1</guid>", head=old))] == ["1"]


@pytest.mark.parametrize("at", [60, 280, 320, 355])
def test_half_a_feed_is_refused(at: int) -> None:
    whole = rss("<guid>1</guid><title>a</title>", "<guid>2</guid><title>b</title>", "<guid>3</guid>")
    assert len(whole) == 361
    with pytest.raises(UnusableAnswer):
        read(whole[:at])
    with pytest.raises(UnusableAnswer):
        read(whole[:at].replace("<title>a", "<title>a & b"))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html><body>Maaf</body></html>",
        "{}",
        '{"version": "1"}',
        '{"version": "https://jsonfeed.org/version/1"}',
        "plain",
        '<?xml version="1.0" encoding="UTF-7"?><rss version="2.0"><channel/></rss>',
        "[1]",
    ],
)
def test_what_is_no_feed_is_refused(body: str) -> None:
    with pytest.raises(UnusableAnswer):
        read(body)


def test_a_feed_without_entries_is_one() -> None:
    assert read(rss()) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    "declared",
    [
        "".join(f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, 10)) + '<!ENTITY a0 "lol">',
        f'<!ENTITY a9 "{"x" * 50_000}">',
        '<!ENTITY a9 SYSTEM "file:///etc/passwd">',
        '<!ENTITY a9 SYSTEM "http://169.254.169.254/">',
        '<!ENTITY % p SYSTEM "http://127.0.0.1/x.dtd">%p;<!ENTITY a9 "">',
        "<!ELEMENT rss ANY>",
    ],
)
def test_entities_are_refused(declared: str, encoding: str) -> None:
    head = f"<!DOCTYPE rss [{declared}]>"
    body = rss("<guid>1</guid><title>" + "&a9;" * 100 + "</title>", head=head)
    started = time.perf_counter()
    with pytest.raises(UnusableAnswer):
        read(body.encode(encoding))
    assert time.perf_counter() - started < 2.0


async def test_a_file_and_a_server_give_the_same(tmp_path: Path) -> None:
    body = rss("<guid>1</guid><title>a\ud800b</title>".replace("\ud800", "é"), "<guid>2</guid>").encode()
    of_file = await loaded(Feed(News()), file_of(tmp_path, body), tmp_path, *COLUMNS)
    async with served(lambda _: said(body, "application/rss+xml")) as web:
        assert await loaded(Feed(News()), web.url, tmp_path, *COLUMNS) == of_file
    assert [row["title"] for row in of_file] == ["aéb", None]
