"""Quick starts: small programs that ask the graph with a key, as they lie in web/quickstarts, for this hub itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starlette.requests import Request as HttpRequest

from api.pages.frame import WEB

ADDRESS_THERE = "http://127.0.0.1:8000"
"""The address that stands in the files, so that they run as they are beside a hub on the same machine."""

_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:]+\](:\d{1,5})?")


@dataclass(frozen=True, slots=True)
class QuickStart:
    """One program: the name of its file, what runs it, and its text."""

    name: str
    language: str
    run: str
    text: str


@cache
def _files() -> tuple[QuickStart, ...]:
    folder = WEB / "quickstarts"
    return (
        _file(folder / "question.sh", "curl", "sh question.sh"),
        _file(folder / "chart.py", "Python", "python3 chart.py"),
        _file(folder / "chart.mjs", "JavaScript", "node chart.mjs"),
        _file(folder / "chart.R", "R", "Rscript chart.R"),
    )


def _file(path: Path, language: str, run: str) -> QuickStart:
    return QuickStart(path.name, language, run, path.read_text(encoding="utf-8"))


def quick_starts(address: str) -> list[QuickStart]:
    """All of them, for a hub at this address."""
    return [QuickStart(one.name, one.language, one.run, one.text.replace(ADDRESS_THERE, address)) for one in _files()]


def address_of(http: HttpRequest) -> str:
    """Where the reader of a page has found this hub, as it may stand in a program."""
    host = http.headers.get("host", "")
    return f"{http.url.scheme}://{host}" if _HOST.fullmatch(host) else ADDRESS_THERE
