"""The URLs of the sample city: databases and folders on disk, and the sample's own web."""

from __future__ import annotations

from pathlib import Path

from sample.web import BEDS_PATH
from sample.write import DROPS, SOURCES

HOST = "sample.invalid"
"""A name that no network resolves: the sample's web is served inside the hub's own process."""

WEB = {
    "alerts": "/feeds/alerts.atom",
    "beds": BEDS_PATH,
    "events": "/feeds/events.ics",
    "news_feed": "/feeds/news.rss",
}
"""The path of each source that is read over HTTP."""


def urls(folder: Path, web: str = f"http://{HOST}") -> dict[str, str]:
    """The URL of every source of a sample city in a folder, with its web served at `web`."""
    databases = {source.name: f"sqlite:///{(folder / f'{source.name}.db').as_posix()}" for source in SOURCES}
    folders = {drop.name: (folder / drop.name).as_uri() for drop in DROPS if drop.name not in WEB}
    return databases | folders | {name: f"{web}{path}" for name, path in WEB.items()}
