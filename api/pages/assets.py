"""Finds the built scripts and styles of a page in Vite's manifest, and sets how long browsers keep files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

URL = "/static/built/"
FOR_GOOD = "public, max-age=31536000, immutable"
IF_UNCHANGED = "no-cache"
"""Browsers keep the file, and revalidate it by its ETag before each use."""

_NAMED_BY_CONTENT = re.compile(r"/assets/[^/]+-[\w-]{8}\.\w+$")
"""The names of Vite's files, which end with a hash of the content."""


@dataclass(frozen=True, slots=True)
class Island:
    """The URLs of a script, and of the styles of everything that it imports."""

    script: str
    styles: tuple[str, ...]


class Assets:
    """The scripts in a folder that Vite has built."""

    def __init__(self, folder: Path) -> None:
        manifest = folder / "manifest.json"
        parts: Mapping[str, Any] = orjson.loads(manifest.read_bytes()) if manifest.exists() else {}
        self._islands = {
            part["name"]: Island(URL + part["file"], tuple(URL + css for css in dict.fromkeys(_styles(parts, name))))
            for name, part in parts.items()
            if part.get("isEntry")
        }

    def island(self, name: str) -> Island | None:
        """The script of this name; None if it was not built."""
        return self._islands.get(name)


class Files(StaticFiles):
    """Serves a folder. Browsers keep files named by their content for good, and revalidate others."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        is_for_good = _NAMED_BY_CONTENT.search(Path(full_path).as_posix())
        response.headers["cache-control"] = FOR_GOOD if is_for_good else IF_UNCHANGED
        return response


def _styles(parts: Mapping[str, Any], name: str, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    if name in seen:
        return
    part = parts[name]
    for needed in part.get("imports", ()):
        yield from _styles(parts, needed, seen | {name})
    yield from part.get("css", ())
