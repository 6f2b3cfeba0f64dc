"""How the answers to the questions of the panels are shown, a function for each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from api.pages.answers import Answer
from api.pages.frame import gettext_noop
from api.pages.liveroom.shown import Bar, Cell, Piece, Shown, number
from api.pages.wording import NONE, Wording, moment_of

_N = gettext_noop
_MARKS = (
    ("greenCount", "green", _N("in time")),
    ("yellowCount", "yellow", _N("to be answered soon")),
    ("redCount", "red", _N("overdue")),
    ("unknownUrgencyCount", "soft", _N("not known")),
)
"""How LAKSA marks open complaints."""

_IN_PROGRESS = ("SUBMITTED", "IN_REVIEW", "RETURNED")
_SEVERITY = {"EXTREME": "red", "SEVERE": "red", "MODERATE": "yellow"}


def complaints(answer: Answer, wording: Wording) -> Shown:
    """Open complaints by kind, marked by how long they may still wait."""
    part = answer.part("complaintGroups")
    rows, bars = [], []
    for group in part.get("groups", ()):
        category = group["key"].get("category") or {}
        name = category.get("name") or group["key"].get("categoryCode") or wording.gettext("not known")
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


def responses(answer: Answer, wording: Wording) -> Shown:
    """How long departments take for their first answer, in the hours in which offices are open."""
    part = answer.part("complaintGroups")
    rows, bars = [], []
    for group in part.get("groups", ()):
        department = group["key"].get("department") or {}
        name = department.get("abbreviation") or group["key"].get("departmentCode") or wording.gettext("not known")
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
            bars.append(Bar(name, texts[2], (Piece(wording.gettext("half are answered within"), median, texts[2]),)))
    middle = (part.get("totals") or {}).get("timeToFirstResponse", {}).get("medianWorkingHours")
    return Shown(
        (_N("Department"), _N("complaints"), _N("answered"), _N("half within"), _N("nine tenths within")),
        tuple(rows),
        tuple(sorted(bars, key=lambda bar: -bar.length)),
        _hours(middle, wording) if part else "",
        wording.gettext("of working time until half of the complaints of 30 days were answered") if part else "",
        _N("No complaint was reported in 30 days."),
    )


def _hours(hours: float | None, wording: Wording) -> str:
    return NONE if hours is None else wording.gettext("%(hours)s h") % {"hours": wording.number(hours)}


def beds(answer: Answer, wording: Wording) -> Shown:
    """Free beds by class, and of each hospital with the age of what it reported."""
    part = answer.part("bedAvailabilityGroups")
    bars = tuple(_bed_bar(group, wording) for group in part.get("groups", ()))
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
        wording.gettext("of %(beds)s beds are free") % {"beds": _sum(totals, "capacity", wording)} if totals else "",
        _N("No hospital has reported beds."),
    )


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
    return Bar(group["key"]["careClassLabel"], text, pieces)


def _age(provenance: Mapping[str, Any], wording: Wording) -> Cell:
    text = wording.as_of(moment_of(provenance["asOf"]))
    if provenance["freshness"] != "STALE":
        return Cell(text)
    return Cell(f"{text} ({wording.gettext('old data')})", tone="yellow")


def prices(answer: Answer, wording: Wording) -> Shown:
    """What goods cost on the average of the markets, and what has changed most within a week."""
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
        (_N("Good"), _N("price"), _N("a week before"), _N("change")),
        tuple(row for _, row in rows),
        nothing=_N("No market has reported prices."),
        note=_N("Averages of all markets that reported on that day. What changed most stands first."),
    )


def _average(prices: Mapping[str, Any] | None) -> Decimal | None:
    amounts = [Decimal(row["price"]["amount"]) for row in (prices or {}).get("nodes", ()) if row["price"]]
    return sum(amounts, Decimal(0)) / len(amounts) if amounts else None


def emergencies(answer: Answer, wording: Wording) -> Shown:
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
            Cell(group["key"]["kindLabel"]),
            Cell(wording.gettext("emergencies of 7 days")),
            number(wording.number(group["count"])),
        )
        for group in part.get("groups", ())
    )
    in_force = len(alerts) if answer.data.get("alerts") is not None else None
    return Shown(
        (_N("What"), _N("How grave"), _N("Until when, or how many")),
        alerts + counted,
        _counted(part.get("groups", ()), "kindLabel", wording),
        wording.number(in_force) if in_force is not None else "",
        wording.gettext("alerts are in force") if in_force is not None else "",
        _N("No alert is in force, and no emergency was reported within 7 days."),
    )


def licenses(answer: Answer, wording: Wording) -> Shown:
    """Applications for licences by where they stand."""
    return _applications(
        answer.part("licenseApplicationStatistics"), wording, _N("applications in progress"), _IN_PROGRESS
    )


def admissions(answer: Answer, wording: Wording) -> Shown:
    """Applications of pupils by where they stand."""
    return _applications(answer.part("admissionApplicationStatistics"), wording, _N("applications"), None)


def _applications(part: Mapping[str, Any], wording: Wording, label: str, counted: tuple[str, ...] | None) -> Shown:
    cells = part.get("cells", ())
    total = sum(cell["count"] for cell in cells if counted is None or cell["status"] in counted)
    texts = [(cell["statusLabel"], cell["count"], wording.number(cell["count"])) for cell in cells]
    return Shown(
        (_N("Status"), _N("applications")),
        tuple((Cell(name), number(text)) for name, _, text in texts),
        tuple(Bar(name, text, (Piece(wording.gettext("applications"), count, text),)) for name, count, text in texts),
        wording.number(total) if part else "",
        wording.gettext(label) if part else "",
        _N("There is no application."),
        _N("Counts of people's records are rounded to five."),
    )


def jobs(answer: Answer, wording: Wording) -> Shown:
    """Open postings by industry."""
    part = answer.part("jobPostingGroups")
    groups = part.get("groups", ())
    return Shown(
        (_N("Industry"), _N("postings")),
        tuple(
            (Cell(group["key"]["industry"] or wording.gettext("not known")), number(wording.number(group["count"])))
            for group in groups
        ),
        _counted(groups, "industry", wording),
        wording.number(part["totals"]["count"]) if part else "",
        wording.gettext("postings are open") if part else "",
        _N("No posting is open."),
    )


def _counted(groups: Any, name: str, wording: Wording) -> tuple[Bar, ...]:
    return tuple(
        Bar(group["key"][name] or wording.gettext("not known"), text := wording.number(group["count"]), (
            Piece(wording.gettext("count"), group["count"], text),
        ))
        for group in groups
    )  # fmt: skip


def events(answer: Answer, wording: Wording) -> Shown:
    """What comes next."""
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
