"""Calendars: iCalendar files (RFC 5545) of events, with the escapes, folded lines and time zone of a real one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

_OCTETS_MAX = 75
_HEAD = (
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Diskominfo//Kalender Kegiatan//ID",
    "X-WR-CALNAME:Kegiatan Kota Tangerang",
    "BEGIN:VTIMEZONE",
    "TZID:Asia/Jakarta",
    "BEGIN:STANDARD",
    "DTSTART:19700101T000000",
    "TZOFFSETFROM:+0700",
    "TZOFFSETTO:+0700",
    "TZNAME:WIB",
    "END:STANDARD",
    "END:VTIMEZONE",
)


def calendar(events: Iterable[Mapping[str, str]]) -> bytes:
    """A calendar of events, each as its properties: name with parameters -> value as it stands in the file."""
    lines = [*_HEAD, *(line for event in events for line in _event(event)), "END:VCALENDAR"]
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line)).encode()


def escaped(text: str) -> str:
    """A text as the value of a property."""
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _event(properties: Mapping[str, str]) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    for name, value in properties.items():
        yield f"{name}:{value}"
    yield "END:VEVENT"


def _folded(line: str) -> Iterator[str]:
    """A line in parts of at most 75 octets, each but the first behind a blank, never inside of a character."""
    part = ""
    for sign in line:
        if len((part + sign).encode()) > _OCTETS_MAX:
            yield part
            part = " "
        part += sign
    yield part
