"""Turns the answers of the panels into headlines, bars and tables, one function per panel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from api.pages.frame import gettext_noop
from api.pages.queries import PageAnswer
from api.pages.wording import NONE, Wording, moment_of

_N = gettext_noop
_MARKS = (
    ("greenCount", "green", _N("in time")),
    ("yellowCount", "yellow", _N("to be answered soon")),
    ("redCount", "red", _N("overdue")),
    ("unknownUrgencyCount", "soft", _N("not known")),
)
"""The urgency of open complaints in LAKSA."""

_OTHERS: Mapping[str, Any] = {}
"""The key of the groups that are not shown."""

_IN_PROGRESS = ("SUBMITTED", "IN_REVIEW", "RETURNED")
_SEVERITY = {"EXTREME": "red", "SEVERE": "red", "MODERATE": "yellow"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table. `tone` is a colour of the style sheet, and only repeats what the text says."""

    text: str
    is_number: bool = False
    tone: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A segment of a bar. `name` says what it counts, and `text` its value."""

    name: str
    value: float
    text: str
    tone: str = "accent"


@dataclass(frozen=True, slots=True)
class Bar:
    """One stacked bar."""

    label: str
    text: str
    pieces: tuple[Piece, ...]

    @property
    def length(self) -> float:
        return sum(piece.value for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Shown:
    """The content of a panel, as texts in the reader's language. Without rows it says `nothing`."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    bars: tuple[Bar, ...] = ()
    headline: str = ""
    headline_label: str = ""
    nothing: str = ""
    note: str = ""

    @property
    def longest(self) -> float:
        return max((bar.length for bar in self.bars), default=0.0) or 1.0

    @property
    def legend(self) -> tuple[Piece, ...]:
        """One piece per name, if there are several names."""
        found = {piece.name: piece for bar in self.bars for piece in bar.pieces}
        return tuple(found.values()) if len(found) > 1 else ()


def _with_others(part: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The groups of an answer, and those that are not shown as one more, so that they add up to the total."""
    others = part.get("others")
    return [*part.get("groups", ()), *([{"key": _OTHERS, **others}] if others else ())]


def _rest_of(group: Mapping[str, Any], wording: Wording) -> str:
    """The name of a group without one."""
    return wording.gettext("others") if group["key"] is _OTHERS else wording.gettext("not known")


def number(text: str, tone: str = "") -> Cell:
    return Cell(text, is_number=True, tone=tone)


def complaints(answer: PageAnswer, wording: Wording) -> Shown:
    """Open complaints by kind and urgency."""
    part = answer.part("complaintGroups")
    rows, bars = [], []
    for group in _with_others(part):
        category = group["key"].get("category") or {}
        name = category.get("name") or group["key"].get("categoryCode") or _rest_of(group, wording)
        counts = [(group[field] or 0, tone, label) for field, tone, label in _MARKS]
        rows.append((
            Cell(name),
            *(number(wording.number(count), tone if count else "") for count, tone, _ in counts),
            number(wording.number(group["count"])),
        ))  # fmt: skip
        pieces = tuple(
            Piece(wording.gettext(label), count, wording.number(count), tone) for count, tone, label in counts
        )
        bars.append(Bar(name, wording.number(group["count"]), pieces))
    totals = part.get("totals") or {}
    return Shown(
        (_N("Kind"), *(label for _, _, label in _MARKS), _N("open")),
        tuple(rows),
        tuple(bars),
        wording.number(totals["count"]) if totals else "",
        wording.gettext("open, %(overdue)s of them overdue") % {"overdue": wording.number(totals["overdueCount"])}
        if totals
        else "",
        _N("No complaint is open."),
    )


def responses(answer: PageAnswer, wording: Wording) -> Shown:
    """The time to first response by department, in working hours."""
    part = answer.part("complaintGroups")
    rows, bars = [], []
    for group in _with_others(part):
        department = group["key"].get("department") or {}
        name = department.get("abbreviation") or group["key"].get("departmentCode") or _rest_of(group, wording)
        taken = group["timeToFirstResponse"]
        median, p90 = taken["medianWorkingHours"], taken["p90WorkingHours"]
        texts = (
            wording.number(group["count"]),
            wording.number(taken["known"]),
            _hours(median, wording),
            _hours(p90, wording),
        )
        rows.append((Cell(name), *map(number, texts)))
        if median is not None:
            bars.append(Bar(name, texts[2], (Piece(wording.gettext("median time to respond"), median, texts[2]),)))
    middle = (part.get("totals") or {}).get("timeToFirstResponse", {}).get("medianWorkingHours")
    return Shown(
        (_N("Department"), _N("complaints"), _N("answered"), _N("median"), _N("90th percentile")),
        tuple(rows),
        tuple(sorted(bars, key=lambda bar: -bar.length)),
        _hours(middle, wording) if part else "",
        wording.gettext("median first response, last 30 days") if part else "",
        _N("No complaint was reported in 30 days."),
    )


def _hours(hours: float | None, wording: Wording) -> str:
    return NONE if hours is None else wording.gettext("%(hours)s h") % {"hours": wording.number(hours)}


def beds(answer: PageAnswer, wording: Wording) -> Shown:
    """Free beds by class of care, and by hospital with the age of its report."""
    part = answer.part("bedAvailabilityGroups")
    bars = tuple(_bed_bar(group, wording) for group in _with_others(part))
    rows = tuple(
        (
            Cell(hospital["name"] or NONE),
            Cell(bed["careClassLabel"]),
            number(wording.number(bed["available"])),
            number(wording.number(bed["capacity"])),
            _age(bed["provenance"], wording),
        )
        for hospital in answer.rows("hospitals")
        for bed in hospital["beds"] or ()
    )
    totals = part.get("totals")
    return Shown(
        (_N("Hospital"), _N("Class of care"), _N("free"), _N("beds"), _N("Age")),
        rows,
        bars,
        _sum(totals, "available", wording) if totals else "",
        _beds_label(totals, wording) if totals else "",
        _N("No hospital has reported beds."),
    )


def _beds_label(totals: Mapping[str, Any], wording: Wording) -> str:
    """What the number of free beds is, and how many of its reports are older than agreed."""
    label = wording.gettext("of %(beds)s beds are free") % {"beds": _sum(totals, "capacity", wording)}
    if not totals["staleCount"]:
        return label
    reports = {"stale": wording.number(totals["staleCount"]), "all": wording.number(totals["count"])}
    return f"{label}; " + wording.gettext("%(stale)s of %(all)s reports are older than agreed") % reports


def _sum(group: Mapping[str, Any], name: str, wording: Wording) -> str:
    return wording.number(group[name]["sum"])


def _bed_bar(group: Mapping[str, Any], wording: Wording) -> Bar:
    free = group["available"]["sum"] or 0
    taken = max((group["capacity"]["sum"] or 0) - free, 0)
    pieces = (
        Piece(wording.gettext("free"), free, wording.number(free), "green"),
        Piece(wording.gettext("taken"), taken, wording.number(taken), "soft"),
    )
    text = f"{_sum(group, 'available', wording)} / {_sum(group, 'capacity', wording)}"
    return Bar(group["key"].get("careClassLabel") or _rest_of(group, wording), text, pieces)


def _age(provenance: Mapping[str, Any], wording: Wording) -> Cell:
    text = wording.as_of(moment_of(provenance["asOf"]))
    if provenance["freshness"] != "STALE":
        return Cell(text)
    return Cell(f"{text} ({wording.gettext('old data')})", tone="yellow")


def prices(answer: PageAnswer, wording: Wording) -> Shown:
    """Average prices of goods over all markets, the largest changes within a week first."""
    rows = []
    for good in answer.rows("commodities"):
        now, before = _average(good["now"]), _average(good["before"])
        if now is None:
            continue
        moved = abs((now - before) / before) if before else Decimal(0)
        tone = "" if not before or now == before else "red" if now > before else "green"
        rows.append((moved, (
            Cell(f"{good['name'] or NONE} ({good['unitLabel']})"),
            number(wording.money(now)),
            number(wording.money(before)),
            number(wording.change(now, before), tone),
        )))  # fmt: skip
    rows.sort(key=lambda row: -row[0])
    return Shown(
        (_N("Item"), _N("price"), _N("a week before"), _N("change")),
        tuple(row for _, row in rows),
        nothing=_N("No market has reported prices."),
        note=_N("Averages of all markets that reported on that day. Largest change first."),
    )


def _average(prices: Mapping[str, Any] | None) -> Decimal | None:
    amounts = [Decimal(row["price"]["amount"]) for row in (prices or {}).get("nodes", ()) if row["price"]]
    return sum(amounts, Decimal(0)) / len(amounts) if amounts else None


def emergencies(answer: PageAnswer, wording: Wording) -> Shown:
    """Alerts in force, and the emergencies of a week by kind."""
    part = answer.part("incidentGroups")
    alerts = tuple(
        (
            Cell(alert["headline"] or alert["event"] or NONE),
            Cell(alert["severityLabel"], tone=_SEVERITY.get(alert["severity"], "")),
            Cell(wording.gettext("until %(time)s") % {"time": wording.time(moment_of(alert["expires"]))}),
        )
        for alert in answer.rows("alerts")
    )
    counted = tuple(
        (
            Cell(group["key"].get("kindLabel") or _rest_of(group, wording)),
            Cell(wording.gettext("emergencies in 7 days")),
            number(wording.number(group["count"])),
        )
        for group in _with_others(part)
    )
    in_force = answer.part("alerts").get("totalCount")
    return Shown(
        (_N("What"), _N("Severity"), _N("Until when, or how many")),
        alerts + counted,
        _counted(_with_others(part), "kindLabel", wording),
        wording.number(in_force) if in_force is not None else "",
        wording.gettext("alerts are in force") if in_force is not None else "",
        _N("No alert is in force, and no emergency was reported within 7 days."),
    )


def licenses(answer: PageAnswer, wording: Wording) -> Shown:
    """Applications for licences by status."""
    return _applications(
        answer.part("licenseApplicationStatistics"), wording, _N("applications in progress"), _IN_PROGRESS
    )


def admissions(answer: PageAnswer, wording: Wording) -> Shown:
    """Applications of pupils by status."""
    return _applications(answer.part("admissionApplicationStatistics"), wording, _N("applications"), None)


def _applications(part: Mapping[str, Any], wording: Wording, label: str, counted: tuple[str, ...] | None) -> Shown:
    cells = [cell for cell in part.get("cells", ()) if counted is None or cell["status"] in counted]
    total = part.get("total") if counted is None else sum(cell["count"] for cell in cells)
    texts = [(cell["statusLabel"], cell["count"], wording.number(cell["count"])) for cell in cells]
    return Shown(
        (_N("Status"), _N("applications")),
        tuple((Cell(name), number(text)) for name, _, text in texts),
        tuple(Bar(name, text, (Piece(wording.gettext("applications"), count, text),)) for name, count, text in texts),
        wording.number(total) if part else "",
        wording.gettext(label) if part else "",
        _N("There is no application."),
        _N("Counts of people's records are rounded to five, each by itself: they need not add up."),
    )


def jobs(answer: PageAnswer, wording: Wording) -> Shown:
    """Open postings by industry."""
    part = answer.part("jobPostingGroups")
    groups = _with_others(part)
    return Shown(
        (_N("Industry"), _N("postings")),
        tuple(
            (Cell(group["key"].get("industry") or _rest_of(group, wording)), number(wording.number(group["count"])))
            for group in groups
        ),
        _counted(groups, "industry", wording),
        wording.number(part["totals"]["count"]) if part else "",
        wording.gettext("postings are open") if part else "",
        _N("No posting is open."),
    )


def _counted(groups: Any, name: str, wording: Wording) -> tuple[Bar, ...]:
    return tuple(
        Bar(group["key"].get(name) or _rest_of(group, wording), text := wording.number(group["count"]), (
            Piece(wording.gettext("count"), group["count"], text),
        ))
        for group in groups
    )  # fmt: skip


def events(answer: PageAnswer, wording: Wording) -> Shown:
    """The next events."""
    rows = []
    for event in answer.rows("events"):
        start, area = moment_of(event["startDate"]), event["area"] or {}
        place = " · ".join(filter(None, (event["location"], area.get("name"))))
        rows.append((
            Cell(_start(start, wording, all_day=bool(event["allDay"]))),
            Cell(event["name"] or NONE),
            Cell(place or NONE, href=f"/areas/{area['code']}" if area else ""),
        ))  # fmt: skip
    return Shown((_N("When"), _N("Event"), _N("Where")), tuple(rows), nothing=_N("No event is announced."))


def _start(start: datetime | None, wording: Wording, *, all_day: bool) -> str:
    if start is None:
        return NONE
    return wording.day(wording.here(start).date()) if all_day else wording.time(start)
