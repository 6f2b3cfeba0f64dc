"""Assets: which files the islands of a page consist of, as the build has noted them; none where nothing was built."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

URL = "/static/built/"


@dataclass(frozen=True, slots=True)
class Island:
    """The addresses of an island: its script, and the styles of all that it imports."""

    script: str
    styles: tuple[str, ...]


class Assets:
    """The islands in a folder that Vite has built."""

    def __init__(self, folder: Path) -> None:
        manifest = folder / "manifest.json"
        parts: Mapping[str, Any] = orjson.loads(manifest.read_bytes()) if manifest.exists() else {}
        self._islands = {
            part["name"]: Island(URL + part["file"], tuple(URL + css for css in dict.fromkeys(_styles(parts, name))))
            for name, part in parts.items()
            if part.get("isEntry")
        }

    def island(self, name: str) -> Island | None:
        """None where it was not built: the page then does without."""
        return self._islands.get(name)


def _styles(parts: Mapping[str, Any], name: str, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    if name in seen:
        return
    part = parts[name]
    for needed in part.get("imports", ()):
        yield from _styles(parts, needed, seen | {name})
    yield from part.get("css", ())
