"""How the page of an area shows what each department has of it, a section each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from api.pages import area_questions as questions
from api.pages.answers import read
from api.pages.frame import gettext_noop
from api.pages.wording import NONE, Wording, day_of, moment_of

_N = gettext_noop
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a section is of, and the texts of one of its rows."""

    field: str
    question: str
    title: str
    columns: tuple[str, ...]
    texts: Callable[[Row, Wording], tuple[str | None, ...]]


@dataclass(frozen=True, slots=True)
class Section:
    """What is shown: at most some rows, how many there are, and what went wrong."""

    field: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: str
    problems: tuple[str, ...]
    freshness: str
    is_stale: bool


def _moment(row: Row, name: str, wording: Wording) -> str:
    return wording.time(moment_of(row[name]))


def _day(row: Row, name: str, wording: Wording) -> str:
    return wording.day(day_of(row[name]))


KINDS: tuple[Kind, ...] = (
    Kind("alerts", questions.ALERTS, _N("Alerts in force"), (_N("What"), _N("How grave"), _N("until")),
         lambda row, say: (row["headline"] or row["event"], row["severityLabel"], _moment(row, "expires", say))),
    Kind("incidents", questions.INCIDENTS, _N("Emergencies"), (_N("Kind"), _N("reported"), _N("Department")),
         lambda row, say: (row["kindLabel"], _moment(row, "reportedAt", say),
                           _within(row["department"], "abbreviation"))),
    Kind("complaints", questions.COMPLAINTS, _N("Open complaints"),
         (_N("Ticket"), _N("Kind"), _N("Status"), _N("reported")),
         lambda row, say: (row["ticketNumber"], _within(row["category"], "name"), row["statusDetailLabel"],
                           _moment(row, "requestedAt", say))),
    Kind("hospitals", questions.HOSPITALS, _N("Hospitals and clinics"), (_N("Name"), _N("Kind"), _N("Telephone")),
         lambda row, _: (row["name"], row["kindLabel"], row["phone"])),
    Kind("events", questions.EVENTS, _N("Next events"), (_N("When"), _N("Event"), _N("Where")),
         lambda row, say: (_moment(row, "startDate", say), row["name"], row["location"])),
    Kind("jobPostings", questions.JOB_POSTINGS, _N("Open jobs"), (_N("Job"), _N("Employer"), _N("posted")),
         lambda row, say: (row["title"], row["hiringOrganization"], _day(row, "datePosted", say))),
    Kind("licenses", questions.LICENSES, _N("Licences in force"), (_N("Kind"), _N("Business"), _N("issued")),
         lambda row, say: (_within(row["type"], "name"), row["businessName"], _day(row, "issuedAt", say))),
    Kind("schools", questions.SCHOOLS, _N("Schools"), (_N("Name"), _N("Level"), _N("places")),
         lambda row, say: (row["name"], row["levelLabel"], say.number(row["quota"]))),
)  # fmt: skip


def _within(part: Row | None, name: str) -> str | None:
    return part[name] if part is not None else None


def section(kind: Kind, body: Mapping[str, Any], wording: Wording) -> Section:
    """What an answer says of an area. Alerts are a list, everything else is a connection."""
    answer = read(body)
    given = answer.part("area").get(kind.field)
    if isinstance(given, list):
        nodes = [alert for alert in given if _is_in_force(alert, wording)]
        total: int | None = len(nodes)
    else:
        nodes, total = (given or {}).get("nodes") or [], (given or {}).get("totalCount")
    return Section(
        kind.field,
        kind.title,
        kind.columns,
        tuple(tuple(text or NONE for text in kind.texts(row, wording)) for row in nodes),
        wording.number(total),
        answer.problems,
        wording.as_of(answer.oldest) if given is not None else "",
        answer.is_stale,
    )


def _is_in_force(alert: Row, wording: Wording) -> bool:
    expires = moment_of(alert["expires"])
    return expires is None or expires > wording.now
