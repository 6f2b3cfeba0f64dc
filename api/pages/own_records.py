"""What a resident has with the city, in words: complaints, licences and applications, and what each waits for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from api.pages.frame import gettext_noop
from api.pages.wording import NONE, Wording, day_of, moment_of

_N = gettext_noop
ROWS_MAX: Final = 10
ENDS_SOON: Final = timedelta(days=60)
"""A licence that ends within these days is one to be renewed."""

_COMPLAINT: Final = """{
        ticketNumber category { name } area { name } department { name } requestedAt
        statusDetail statusDetailLabel dueAt isOverdue
      }"""
SELECTED: Final = f"""
    open: complaints(first: {ROWS_MAX}, filter: {{status: {{eq: OPEN}}}}, orderBy: [{{requestedAt: ASC}}]) {{
      nodes {_COMPLAINT}
    }}
    complaints(first: {ROWS_MAX}, orderBy: [{{requestedAt: DESC}}]) {{
      totalCount
      nodes {_COMPLAINT}
    }}
    licenses(first: {ROWS_MAX}, orderBy: [{{issuedAt: DESC}}]) {{
      totalCount
      nodes {{ number type {{ name }} businessName issuedAt validUntil status statusLabel }}
    }}
    licenseApplications(first: {ROWS_MAX}, orderBy: [{{submittedAt: DESC}}]) {{
      totalCount
      nodes {{ licenseType {{ name }} kindLabel businessName submittedAt status statusLabel }}
    }}
    jobApplications(first: {ROWS_MAX}, orderBy: [{{appliedAt: DESC}}]) {{
      totalCount
      nodes {{ posting {{ title hiringOrganization }} appliedAt status statusLabel }}
    }}
    admissionApplications(first: {ROWS_MAX}, orderBy: [{{submittedAt: DESC}}]) {{
      totalCount
      nodes {{ registrationNumber school {{ name }} submittedAt status statusLabel verification }}
    }}"""
"""What is asked of a resident beside their name: nothing that is personal in itself."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What happens next, and whether it is for the resident to do."""

    text: str
    is_yours: bool = False


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """A record of the resident: what it is, since when, how far it is, and what it waits for."""

    what: str
    since: str
    state: str
    waiting: Waiting


@dataclass(frozen=True, slots=True)
class OwnSection:
    """The records of one kind: what is open, then the newest. `records` is None where the department did not answer."""

    field: str
    title: str
    total: int
    records: tuple[OwnRecord, ...] | None


def own_sections(me: Row, wording: Wording) -> list[OwnSection]:
    """All kinds of records, in a fixed order."""
    return [_section(kind, me, wording) for kind in _KINDS]


def waiting_for(sections: list[OwnSection]) -> Iterator[tuple[str, OwnRecord]]:
    """What waits for the resident, each with the field of its section."""
    for section in sections:
        yield from ((section.field, record) for record in section.records or () if record.waiting.is_yours)


def _section(kind: _Kind, me: Row, wording: Wording) -> OwnSection:
    page = me[kind.field]
    if page is None:
        return OwnSection(kind.field, kind.title, 0, None)
    # What is open stands before what is newest, and only once.
    ahead = (me[kind.ahead] or {}).get("nodes", ()) if kind.ahead else ()
    rows = [*ahead, *(row for row in page["nodes"] if row not in ahead)][:ROWS_MAX]
    records = [
        OwnRecord(kind.what(row) or NONE, kind.since(row, wording), row[kind.state], kind.waits(row, wording))
        for row in rows
    ]
    return OwnSection(kind.field, kind.title, page["totalCount"] or len(records), tuple(records))


def _joined(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)


def _name(row: Row, field: str, name: str = "name") -> str | None:
    below = row[field]
    return below[name] if below is not None else None


def _moment(field: str) -> Callable[[Row, Wording], str]:
    return lambda row, say: say.time(moment_of(row[field]))


def _day(field: str) -> Callable[[Row, Wording], str]:
    return lambda row, say: say.day(day_of(row[field]))


def _complaint(row: Row, say: Wording) -> Waiting:
    due, office = moment_of(row["dueAt"]), _name(row, "department") or say.gettext("The department")
    if row["statusDetail"] == "DONE":
        return Waiting(say.gettext("It is done."))
    if due is None:
        return Waiting(say.gettext("%(office)s has to answer.") % {"office": office})
    told = {"office": office, "due": say.time(due)}
    if row["isOverdue"]:
        return Waiting(say.gettext("%(office)s should have answered by %(due)s.") % told)
    return Waiting(say.gettext("%(office)s has to answer by %(due)s.") % told)


def _licence(row: Row, say: Wording) -> Waiting:
    match row["status"]:
        case "ACTIVE":
            return _in_force(day_of(row["validUntil"]), say)
        case "EXPIRED":
            return Waiting(say.gettext("It has ended: ask for a new one if you still need it."), is_yours=True)
        case "SUSPENDED":
            return Waiting(say.gettext("Ask the department what is missing."), is_yours=True)
        case _:
            return Waiting(NONE)


def _in_force(ends: date | None, say: Wording) -> Waiting:
    if ends is None:
        return Waiting(say.gettext("In force."))
    told = {"day": say.day(ends)}
    if ends <= say.today + ENDS_SOON:
        return Waiting(say.gettext("It ends on %(day)s: ask for a renewal in time.") % told, is_yours=True)
    return Waiting(say.gettext("In force until %(day)s.") % told)


def _licence_application(row: Row, say: Wording) -> Waiting:
    match row["status"]:
        case "RETURNED":
            return Waiting(say.gettext("Add what is missing, and hand it in again."), is_yours=True)
        case "SUBMITTED" | "IN_REVIEW":
            return Waiting(say.gettext("The department has to decide."))
        case "APPROVED":
            return Waiting(say.gettext("Granted: nothing is left to do."))
        case _:
            return Waiting(NONE)


def _job_application(row: Row, say: Wording) -> Waiting:
    match row["status"]:
        case "SUBMITTED" | "UNDER_REVIEW":
            return Waiting(say.gettext("The employer has to decide."))
        case "ACCEPTED":
            return Waiting(say.gettext("The employer wants you: get in touch."), is_yours=True)
        case _:
            return Waiting(NONE)


def _admission(row: Row, say: Wording) -> Waiting:
    match row["status"]:
        case "SUBMITTED" if row["verification"] == "REFUSED":
            return Waiting(say.gettext("The documents were refused: hand in others."), is_yours=True)
        case "SUBMITTED":
            return Waiting(say.gettext("The school has to look at the documents."))
        case "ACCEPTED":
            return Waiting(say.gettext("Take the place: enrol at the school."), is_yours=True)
        case "RESERVE":
            return Waiting(say.gettext("A place may become free."))
        case _:
            return Waiting(NONE)


@dataclass(frozen=True, slots=True)
class _Kind:
    field: str
    title: str
    what: Callable[[Row], str]
    since: Callable[[Row, Wording], str]
    waits: Callable[[Row, Wording], Waiting]
    state: str = "statusLabel"
    ahead: str = ""


_KINDS: Final = (
    _Kind("complaints", _N("Your complaints"),
          lambda row: _joined(_name(row, "category"), _name(row, "area"), row["ticketNumber"]),
          _moment("requestedAt"), _complaint, "statusDetailLabel", "open"),
    _Kind("licenses", _N("Your licences"),
          lambda row: _joined(_name(row, "type"), row["businessName"], row["number"]), _day("issuedAt"), _licence),
    _Kind("licenseApplications", _N("Your applications for licences"),
          lambda row: _joined(_name(row, "licenseType"), row["businessName"], row["kindLabel"]),
          _day("submittedAt"), _licence_application),
    _Kind("jobApplications", _N("Your applications for jobs"),
          lambda row: _joined(_name(row, "posting", "title"), _name(row, "posting", "hiringOrganization")),
          _moment("appliedAt"), _job_application),
    _Kind("admissionApplications", _N("Your applications for schools"),
          lambda row: _joined(_name(row, "school"), row["registrationNumber"]), _moment("submittedAt"), _admission),
)  # fmt: skip
