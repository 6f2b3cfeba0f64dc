"""Where the hub finds the sample city: databases and folders on the disk, the rest in the sample's own web."""

from __future__ import annotations

from pathlib import Path

from sample.write import DROPS, SOURCES

HOST = "sample.invalid"
"""A name that no network resolves: the sample's web is served inside the hub's own process."""

WEB_PATHS: dict[str, str] = {}
"""The path of each source that is read from the sample's web."""


def urls(folder: Path) -> dict[str, str]:
    """The URL of every source of a sample city that was written into a folder."""
    databases = {source.name: f"sqlite:///{(folder / f'{source.name}.db').as_posix()}" for source in SOURCES}
    folders = {drop.name: (folder / drop.name).as_uri() for drop in DROPS}
    web = {name: f"http://{HOST}{path}" for name, path in WEB_PATHS.items()}
    return databases | folders | web
