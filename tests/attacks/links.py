"""Attacks by links: what a source names as a page or a picture runs in whoever shows it, or leads them elsewhere."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import cycle
from pathlib import Path
from typing import Final

from tests.attacks.attack import Answer, Attack, AttackClass, posted

LINKS: Final = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)//https://example.com/",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "//evil.example/x",
    "\\\\evil.example\\x",
    "https:evil.example",
    "https:///evil.example",
    "https://portal.example.com@evil.example/",
    "https://user:pass@evil.example/",
    "https://portal.example.com\\@evil.example/",
    "https://evil",
    "file:///etc/passwd",
    "blob:https://evil.example/1",
    f"https://evil.example/{'a' * 3000}",
)
"""What no client may get as a link, and what a browser or a person would take for another."""
_SAFE: Final = re.compile(r"https?://[a-z0-9-]+(\.[a-z0-9-]+)+(/[!-~]*)?")
_NAMES: Final = frozenset({"url", "web", "image"})
QUESTIONS: Final = {
    "services": "{ services(first: 100) { nodes { code url } } }",
    "events": "{ events(first: 100) { nodes { id url } } }",
    "alerts": "{ alerts(first: 50) { nodes { identifier web } } }",
    "news": "{ newsArticles(first: 100) { nodes { id image } } }",
}
EXPORTS: Final = {"services": "url", "events": "url", "alerts": "web", "newsArticles": "image"}


def vandalise_links(city: Path) -> None:
    """Put such links wherever a source of the city names one: in a database, a file, a calendar and alerts."""
    links = cycle(LINKS)
    with closing(sqlite3.connect(city / "news.db")) as connection:
        for (number,) in connection.execute("SELECT id_berita FROM berita ORDER BY 1 DESC LIMIT 60").fetchall():
            connection.execute(
                "UPDATE berita SET gambar = ?, status = 'Y' WHERE id_berita = ?", (next(links)[:100], number)
            )
        connection.commit()
    services = city / "services" / "layanan.json"
    listed = json.loads(services.read_text(encoding="utf-8"))
    for one in listed[::2]:
        one["tautan"] = next(links)
    services.write_text(json.dumps(listed), encoding="utf-8")
    calendar = city / "events" / "kegiatan.ics"
    text = calendar.read_bytes().decode()
    calendar.write_bytes(re.sub(r"\nURL:[^\r\n]*", lambda _: f"\nURL:{next(links)}", text).encode())
    for alert in (city / "alerts").glob("*.cap"):
        body = alert.read_bytes()
        head, web, rest = body.partition(b"<web>")
        if web:
            shown = next(links).replace("<", "&lt;").encode()
            alert.write_bytes(head + web + shown + rest[rest.index(b"</web>") :])


def no_link(answer: Answer) -> str | None:
    """The rows, of which each link is null or can be followed; some are null, so that something was tried."""
    if answer.status != 200:
        return f"it got {answer.status}: {answer.text[:200]}"
    return _judged(list(_links_in(json.loads(answer.text))))


def no_link_in_file(answer: Answer) -> str | None:
    """The same of an export, which has the links alone."""
    if answer.status != 200:
        return f"it got {answer.status}: {answer.text[:200]}"
    return _judged([row[0] or None for row in list(csv.reader(io.StringIO(answer.text)))[1:]])


def _links_in(value: object) -> Iterator[str | None]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in _NAMES:
                yield inner
            else:
                yield from _links_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _links_in(inner)


def _judged(links: list[str | None]) -> str | None:
    followed = [link for link in links if link is not None]
    active = [link for link in followed if not _SAFE.fullmatch(link)]
    if active:
        return f"clients follow {active[0]!r}"
    return None if len(followed) < len(links) else "nothing was tried: no link is null"


def _links() -> Iterator[Attack]:
    for name, query in QUESTIONS.items():
        yield Attack(AttackClass.LINKS, name, no_link, posted(query))
    for collection, field in EXPORTS.items():
        path = f"/export/{collection}.csv?fields={field}"
        yield Attack(AttackClass.LINKS, f"{collection} as csv", no_link_in_file, method="GET", path=path, headers={})


LINKED: Final[list[Attack]] = list(_links())
