"""The page of results: a section for each thing that is measured by itself, so that measuring one keeps the others."""

from __future__ import annotations

import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).resolve().parent / "RESULTS.md"
MARK: Final = "## "


class Section:
    """What one command measures: printed as it comes, and put into the page when all of it is there."""

    def __init__(self, heading: str, about: str) -> None:
        """`about` is a paragraph: what is asked and how it is measured. The machine and the day follow it."""
        self._heading = heading
        self._lines = [f"{about} {_measured_on()}", ""]

    def say(self, *lines: str) -> None:
        for line in lines:
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
        self._lines += lines

    def say_only(self, line: str) -> None:
        """Print what the page has no room for."""
        sys.stdout.write(f"{line}\n")

    def put(self) -> None:
        """Write it in the place of the earlier section of this heading, or at the end of the page."""
        section = "\n".join((f"{MARK}{self._heading}", "", *self._lines))
        PAGE.write_text(merged(PAGE.read_text(encoding="utf-8"), section), encoding="utf-8")


def put_report(report: str) -> None:
    """Write the page anew, but for those of its sections that the report does not have."""
    PAGE.write_text(merged(PAGE.read_text(encoding="utf-8"), report), encoding="utf-8")


def merged(page: str, newer: str) -> str:
    """A page with the newer text's sections in it, and its introduction where it has one."""
    introduction, sections = _taken_apart(page)
    newer_introduction, newer_sections = _taken_apart(newer)
    parts = (newer_introduction or introduction, *(sections | newer_sections).values())
    return "\n\n".join(part for part in parts if part) + "\n"


def _measured_on() -> str:
    """The machine, how busy it was at the start, and the day."""
    load = ", ".join(f"{minutes:.1f}" for minutes in os.getloadavg())
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} with CPython {platform.python_version()} on {os.cpu_count()} cores; "
        f"the load of the last 1, 5 and 15 minutes was {load}."
    )


def _taken_apart(text: str) -> tuple[str, dict[str, str]]:
    """What stands before the first section, and the sections by their headings."""
    introduction, *sections = f"\n{text}".split(f"\n{MARK}")
    return introduction.strip(), {section.partition("\n")[0]: f"{MARK}{section.strip()}" for section in sections}
