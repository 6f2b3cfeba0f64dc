"""Where the hub finds the sample city: databases and folders on the disk, the rest in the sample's own web."""

from __future__ import annotations

from pathlib import Path

from sample.write import DROPS, SOURCES

HOST = "sample.invalid"
"""A name that no network resolves: the sample's web is served inside the hub's own process."""

FEEDS = {"alerts": "peringatan.atom", "events": "kegiatan.ics"}
"""The document of each source that is a feed, in the folder of its files."""


def urls(folder: Path) -> dict[str, str]:
    """The URL of every source of a sample city that was written into a folder."""
    databases = {source.name: f"sqlite:///{(folder / f'{source.name}.db').as_posix()}" for source in SOURCES}
    folders = {drop.name: (folder / drop.name).as_uri() for drop in DROPS}
    feeds = {name: (folder / name / document).as_uri() for name, document in FEEDS.items()}
    return databases | folders | feeds
